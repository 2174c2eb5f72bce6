package io.ilion.tools.load.codec;

import io.ilion.model.type.CollectionType;
import io.ilion.model.type.CqlType;
import io.ilion.model.type.TupleType;
import io.ilion.model.type.VectorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.UUID;

/** Random values of types, in their wire form. */
public final class RandomValues {
  /** All native types that a column can have. */
  public static final List<String> NATIVE =
      List.of(
          "ascii",
          "bigint",
          "blob",
          "boolean",
          "date",
          "decimal",
          "double",
          "duration",
          "float",
          "inet",
          "int",
          "smallint",
          "text",
          "time",
          "timestamp",
          "timeuuid",
          "tinyint",
          "uuid",
          "varint");

  private static final String LETTERS = "abz09 ,;:\"'\\[]{}()\n\t|é中";

  private RandomValues() {}

  /** A value of a type. */
  public static byte[] of(CqlType type, Random random) {
    return switch (type.kind()) {
      case LIST, SET, MAP -> collection((CollectionType) type, random);
      case TUPLE, UDT -> {
        List<byte[]> parts = new ArrayList<>();
        for (CqlType part : type.componentTypes()) {
          parts.add(random.nextInt(4) == 0 ? null : of(part, random));
        }
        yield ((TupleType) type).compose(parts);
      }
      case VECTOR -> {
        VectorType vector = (VectorType) type;
        List<byte[]> parts = new ArrayList<>();
        for (int i = 0; i < vector.dimensions(); i++) {
          parts.add(of(vector.elementType(), random));
        }
        yield vector.compose(parts);
      }
      default -> type.fromString(text(type, random));
    };
  }

  private static byte[] collection(CollectionType type, Random random) {
    int size = 1 + random.nextInt(3);
    List<byte[]> parts = new ArrayList<>();
    CqlType first = type.componentTypes().get(0);
    if (type.kind() == CqlType.Kind.LIST) {
      for (int i = 0; i < size; i++) {
        parts.add(of(first, random));
      }
      return type.compose(parts);
    }
    TreeSet<byte[]> keys = new TreeSet<>(first::compare);
    for (int i = 0; i < size; i++) {
      keys.add(of(first, random));
    }
    for (byte[] key : keys) {
      parts.add(key);
      if (type.kind() == CqlType.Kind.MAP) {
        parts.add(of(type.componentTypes().get(1), random));
      }
    }
    return type.compose(parts);
  }

  private static String text(CqlType type, Random random) {
    return switch (type.kind()) {
      case TEXT -> letters(random, LETTERS);
      case ASCII -> letters(random, LETTERS.substring(0, LETTERS.length() - 2));
      case BLOB -> String.format("%08x", random.nextInt());
      case BOOLEAN -> random.nextBoolean() ? "true" : "false";
      case TINYINT -> Integer.toString((byte) random.nextInt());
      case SMALLINT -> Integer.toString((short) random.nextInt());
      case INT -> Integer.toString(random.nextInt());
      case BIGINT, COUNTER -> Long.toString(random.nextLong());
      case VARINT -> new java.math.BigInteger(1 + random.nextInt(100), random).toString();
      case DECIMAL ->
          new java.math.BigDecimal(
                  new java.math.BigInteger(1 + random.nextInt(60), random), random.nextInt(10))
              .toString();
      case FLOAT -> Float.toString((random.nextFloat() - 0.5f) * 1e6f);
      case DOUBLE -> Double.toString(random.nextGaussian() * 1e12);
      case UUID -> new UUID(random.nextLong(), random.nextLong()).toString();
      case TIMEUUID ->
          new UUID(
                  random.nextLong() & ~0xF000L | 0x1000L,
                  random.nextLong() & 0x3FFFFFFFFFFFFFFFL | Long.MIN_VALUE)
              .toString();
      case INET ->
          random.nextBoolean()
              ? "10.0." + random.nextInt(256) + ".1"
              : "2001:db8::" + random.nextInt(9999);
      case DATE ->
          "20"
              + (10 + random.nextInt(80))
              + "-0"
              + (1 + random.nextInt(9))
              + "-1"
              + random.nextInt(9);
      case TIME ->
          "1"
              + random.nextInt(10)
              + ":"
              + (10 + random.nextInt(50))
              + ":07."
              + random.nextInt(1_000_000);
      case TIMESTAMP -> Long.toString(random.nextInt() * 1000L + random.nextInt(1000));
      case DURATION ->
          random.nextInt(20)
              + 1
              + "mo"
              + (random.nextInt(30) + 1)
              + "d"
              + (random.nextInt(90) + 1)
              + "m";
      default -> throw new AssertionError(type.cqlName());
    };
  }

  private static String letters(Random random, String from) {
    StringBuilder out = new StringBuilder();
    int length = random.nextInt(10);
    for (int i = 0; i < length; i++) {
      out.append(from.charAt(random.nextInt(from.length())));
    }
    return out.toString();
  }
}
