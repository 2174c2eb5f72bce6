package io.ilion.cql.function;

import io.ilion.model.CqlException;
import io.ilion.model.data.Bytes;
import io.ilion.model.type.CqlType;
import io.ilion.model.type.NativeType;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;

/** {@code mask_default mask_null mask_replace mask_hash mask_inner mask_outer}. */
final class MaskingFunctions {
  private static final String TEXTS = "text|varchar|ascii";

  private MaskingFunctions() {}

  static List<Factory> factories() {
    return List.of(
        Factory.of("mask_default", MaskingFunctions::byDefault, "any"),
        Factory.of("mask_null", MaskingFunctions::byNull, "any"),
        Factory.of("mask_replace", MaskingFunctions::byReplacement, "any", "any"),
        Factory.optional("mask_hash", 1, MaskingFunctions::byHash, "any", "text"),
        partial("mask_inner", true),
        partial("mask_outer", false));
  }

  private static Factory partial(String name, boolean inner) {
    return Factory.optional(
        name,
        3,
        (factory, types, receiver) -> byPosition(factory, types, receiver, inner),
        "[" + TEXTS + "]",
        "int",
        "int",
        "text");
  }

  private static CqlType masked(Factory.Arguments types, CqlType receiver) {
    return types.type(0, receiver);
  }

  private static CqlFunction byDefault(Factory factory, Factory.Arguments types, CqlType receiver) {
    CqlType type = masked(types, receiver);
    byte[] mask = DefaultMasks.of(type);
    return NativeScalar.lenient(factory.name(), type, List.of(type), (a, c) -> mask);
  }

  private static CqlFunction byNull(Factory factory, Factory.Arguments types, CqlType receiver) {
    CqlType type = masked(types, receiver);
    return NativeScalar.lenient(factory.name(), type, List.of(type), (a, c) -> null);
  }

  private static CqlFunction byReplacement(
      Factory factory, Factory.Arguments types, CqlType receiver) {
    CqlType type = masked(types, receiver);
    return NativeScalar.lenient(factory.name(), type, List.of(type, type), (a, c) -> a[1]);
  }

  private static CqlFunction byHash(Factory factory, Factory.Arguments types, CqlType receiver) {
    CqlType type = masked(types, null);
    if (types.size() > 1) {
      types.expect(1, NativeType.TEXT);
    }
    List<CqlType> arguments = types.size() == 1 ? List.of(type) : List.of(type, NativeType.TEXT);
    return NativeScalar.lenient(
        factory.name(),
        NativeType.BLOB,
        arguments,
        (a, c) -> {
          String algorithm =
              a.length < 2 || a[1] == null ? "SHA-256" : new String(a[1], StandardCharsets.UTF_8);
          try {
            MessageDigest digest = MessageDigest.getInstance(algorithm);
            return a[0] == null ? null : digest.digest(a[0]);
          } catch (NoSuchAlgorithmException e) {
            throw CqlException.invalid("Hash algorithm not found: %s", algorithm);
          }
        });
  }

  private static CqlFunction byPosition(
      Factory factory, Factory.Arguments types, CqlType receiver, boolean inner) {
    CqlType text =
        types.typeOrNull(0) == null
            ? (receiver != null && isText(receiver) ? receiver : NativeType.TEXT)
            : types.typeOrNull(0);
    if (!isText(text)) {
      throw types.wrong(0, "an argument of type [" + TEXTS + "]");
    }
    types.expect(1, NativeType.INT);
    types.expect(2, NativeType.INT);
    if (types.size() > 3) {
      types.expect(3, NativeType.TEXT);
    }
    List<CqlType> arguments = new ArrayList<>(List.of(text, NativeType.INT, NativeType.INT));
    if (types.size() > 3) {
      arguments.add(NativeType.TEXT);
    }
    return NativeScalar.lenient(
        factory.name(),
        text,
        arguments,
        (a, c) -> {
          char padding = padding(factory, a.length < 4 ? null : a[3]);
          if (a[0] == null) {
            return null;
          }
          String value = new String(a[0], StandardCharsets.UTF_8);
          // What ASCII has not becomes a question mark.
          return mask(value, count(a[1]), count(a[2]), padding, inner)
              .getBytes(
                  text.equals(NativeType.ASCII)
                      ? StandardCharsets.US_ASCII
                      : StandardCharsets.UTF_8);
        });
  }

  private static boolean isText(CqlType type) {
    return type.equals(NativeType.TEXT) || type.equals(NativeType.ASCII);
  }

  private static int count(byte[] value) {
    return value == null || value.length == 0 ? 0 : Math.max(0, Bytes.getInt(value, 0));
  }

  private static char padding(Factory factory, byte[] value) {
    if (value == null) {
      return '*';
    }
    String text = new String(value, StandardCharsets.UTF_8);
    if (text.length() != 1) {
      throw CqlException.invalid(
          "The padding argument for function system.%s should be single-character, but '%s' has %d"
              + " characters.",
          factory.name(), text, text.length());
    }
    return text.charAt(0);
  }

  /** Masks all but the first and last characters, or only those. */
  private static String mask(String text, int first, int last, char padding, boolean inner) {
    StringBuilder result = new StringBuilder(text);
    for (int i = 0; i < text.length(); i++) {
      boolean outside = i < first || i >= (long) text.length() - last;
      if (outside != inner) {
        result.setCharAt(i, padding);
      }
    }
    return result.toString();
  }
}
