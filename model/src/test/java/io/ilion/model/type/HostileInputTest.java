package io.ilion.model.type;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import io.ilion.model.CqlException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Whatever bytes and texts come in, types answer with a value or a {@link CqlException}. */
class HostileInputTest {
  private static final long SEED = 20_261_121L;

  private static List<CqlType> types() {
    List<CqlType> types = new ArrayList<>();
    for (String name :
        ("ascii bigint blob boolean counter date decimal double duration empty float inet int"
                + " smallint text time timestamp timeuuid tinyint uuid varint")
            .split(" ")) {
      types.add(NativeType.byName(name));
    }
    for (CqlType type : List.copyOf(types)) {
      types.add(new ListType(type, false));
      types.add(new SetType(type, false));
      types.add(new MapType(type, NativeType.INT, false));
      types.add(new TupleType(List.of(type, NativeType.TEXT)));
      types.add(new VectorType(type, 3));
      types.add(
          new UserType("ks", "u", List.of("a", "b"), List.of(type, NativeType.DECIMAL), false));
    }
    types.add(new CustomType("some.Class"));
    types.add(new ListType(new MapType(NativeType.TEXT, NativeType.VARINT, false), false));
    return types;
  }

  @Test
  void bytesGiveValuesOrErrors() {
    Random random = new Random(SEED);
    for (CqlType type : types()) {
      for (int i = 0; i < 400; i++) {
        byte[] bytes = new byte[random.nextInt(40)];
        random.nextBytes(bytes);
        for (int k = 0; k < bytes.length; k++) {
          if (random.nextInt(3) > 0) {
            bytes[k] = (byte) (random.nextInt(12) == 0 ? 0xFF : random.nextInt(4) == 0 ? 4 : 0);
          }
        }
        check(type, bytes);
      }
    }
  }

  private static void check(CqlType type, byte[] bytes) {
    try {
      new ComparableReader(bytes);
      attempt(() -> type.readComparable(new ComparableReader(bytes)));
      boolean[] valid = {false};
      attempt(
          () -> {
            type.validate(bytes);
            valid[0] = true;
          });
      if (valid[0] && (bytes.length > 0 || type.allowsEmpty())) {
        Object value = type.decode(bytes);
        type.toJson(bytes);
        type.toCqlLiteral(bytes);
        assertThat(type.compare(bytes, bytes)).isZero();
        if (bytes.length > 0) {
          ByteSink out = new ByteSink();
          type.writeComparable(bytes, out);
          byte[] back = type.readComparable(new ComparableReader(out.toByteArray()));
          assertThat(type.compare(back, bytes)).isZero();
        }
        attempt(() -> type.encode(value));
      }
    } catch (RuntimeException | AssertionError e) {
      fail("seed " + SEED + ", " + type + ", 0x" + HexFormat.of().formatHex(bytes), e);
    }
  }

  private static void attempt(Runnable action) {
    try {
      action.run();
    } catch (CqlException e) {
      assertThat(e.getMessage()).isNotNull();
    }
  }

  @Test
  void textsGiveValuesOrErrors() {
    Random random = new Random(SEED);
    String letters = "0123456789-+.:eExPTYMDHSWnsum 'truefalZNaIity[]{}(),\"\u00e9\u0000";
    for (CqlType type : types()) {
      for (int i = 0; i < 400; i++) {
        StringBuilder text = new StringBuilder();
        int length = random.nextInt(24);
        for (int k = 0; k < length; k++) {
          text.append(letters.charAt(random.nextInt(letters.length())));
        }
        try {
          attempt(() -> type.fromString(text.toString()));
          attempt(() -> type.fromJson(text.toString()));
        } catch (RuntimeException e) {
          fail("seed " + SEED + ", " + type + ", " + text, e);
        }
      }
    }
  }

  @Test
  void wrongJsonGivesErrors() {
    List<Object> given =
        List.of(1, 1L, 1.5, true, "x", List.of(), List.of(1, "a"), java.util.Map.of("a", 1));
    for (CqlType type : types()) {
      for (Object json : given) {
        try {
          attempt(() -> type.fromJson(json));
        } catch (RuntimeException e) {
          fail(type + " from " + json, e);
        }
      }
    }
  }

  @Test
  void deepTypesAreRefused() {
    String list = "org.apache.cassandra.db.marshal.ListType(";
    for (String text :
        List.of(
            list.repeat(10_000),
            list.repeat(10_000) + "Int32Type" + ")".repeat(10_000),
            "(".repeat(10_000),
            "",
            "VectorType(Int32Type , 99999999999)",
            "VectorType(Int32Type , -1)",
            "UserType(ks,zz,61:Int32Type)",
            "UserType(ks")) {
      assertThatThrownBy(() -> TypeParser.parseClassName(text)).isInstanceOf(CqlException.class);
    }
  }
}
