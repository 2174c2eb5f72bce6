package io.ilion.model.type;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The byte-comparable form against the order of each type, over random and extreme values. */
final class ComparableFormTest {
  private static final long SEED = 20261121;

  static Stream<CqlType> types() {
    return Stream.of(
        NativeType.ASCII,
        NativeType.TEXT,
        NativeType.BLOB,
        NativeType.TINYINT,
        NativeType.SMALLINT,
        NativeType.INT,
        NativeType.BIGINT,
        NativeType.FLOAT,
        NativeType.DOUBLE,
        NativeType.VARINT,
        NativeType.DECIMAL,
        NativeType.BOOLEAN,
        NativeType.DATE,
        NativeType.TIME,
        NativeType.TIMESTAMP,
        NativeType.UUID,
        NativeType.TIMEUUID,
        NativeType.INET,
        new ListType(NativeType.VARINT, false),
        new SetType(NativeType.TEXT, false),
        new MapType(NativeType.TEXT, new ListType(NativeType.INT, false), false),
        new TupleType(List.of(NativeType.INT, NativeType.TEXT, NativeType.DECIMAL)),
        new UserType("ks", "t", List.of("a", "b"), List.of(NativeType.TEXT, NativeType.INT), false),
        new VectorType(NativeType.FLOAT, 3),
        new VectorType(NativeType.TEXT, 2));
  }

  @ParameterizedTest
  @MethodSource("types")
  void theOrderOfTheBytesIsTheOrderOfTheValues(CqlType type) {
    Random random = new Random(SEED);
    List<byte[]> values = new ArrayList<>();
    for (int i = 0; i < 150; i++) {
      values.add(RandomValues.value(type, random));
    }
    for (byte[] a : values) {
      type.validate(a);
      for (byte[] b : values) {
        int expected = Integer.signum(type.compare(a, b));
        int actual =
            Integer.signum(Arrays.compareUnsigned(comparable(type, a), comparable(type, b)));
        assertThat(actual)
            .as("seed %d: %s against %s", SEED, type.toCqlLiteral(a), type.toCqlLiteral(b))
            .isEqualTo(expected);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("types")
  void theBytesGiveTheValueBack(CqlType type) {
    Random random = new Random(SEED);
    for (int i = 0; i < 500; i++) {
      byte[] value = RandomValues.value(type, random);
      byte[] back = type.readComparable(new ComparableReader(comparable(type, value)));
      assertThat(type.compare(value, back)).as(type.toCqlLiteral(value)).isZero();
      assertThat(comparable(type, back)).isEqualTo(comparable(type, value));
    }
  }

  @ParameterizedTest
  @MethodSource("types")
  void noFormIsThePrefixOfAnother(CqlType type) {
    Random random = new Random(SEED);
    for (int i = 0; i < 3000; i++) {
      byte[] a = comparable(type, RandomValues.value(type, random));
      byte[] b = comparable(type, RandomValues.value(type, random));
      if (!Arrays.equals(a, b)) {
        assertThat(Arrays.mismatch(a, b)).isLessThan(Math.min(a.length, b.length));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("types")
  void classNamesAreReadBack(CqlType type) {
    assertThat(TypeParser.parseClassName(type.className())).isEqualTo(type);
    assertThat(TypeParser.parseClassName(type.asMultiCell().className()))
        .isEqualTo(type.asMultiCell());
  }

  private static byte[] comparable(CqlType type, byte[] value) {
    ByteSink out = new ByteSink();
    type.writeComparable(value, out);
    return out.toByteArray();
  }

  /** Values with a taste for extremes. */
  static final class RandomValues {
    private RandomValues() {}

    static byte[] value(CqlType type, Random random) {
      if (type instanceof CollectionType collection) {
        return collection(collection, random);
      }
      if (type instanceof TupleType tuple) {
        return tuple(tuple, random);
      }
      return type instanceof VectorType vector ? vector(vector, random) : nativeValue(type, random);
    }

    private static byte[] collection(CollectionType type, Random random) {
      List<Object> decoded = new ArrayList<>();
      int count = random.nextInt(4);
      CqlType first = type.componentTypes().get(0);
      for (int i = 0; i < count; i++) {
        decoded.add(first.decode(value(first, random)));
      }
      if (type instanceof MapType map) {
        java.util.Map<Object, Object> entries = new java.util.LinkedHashMap<>();
        decoded.forEach(
            k -> entries.put(k, map.valueType().decode(value(map.valueType(), random))));
        return type.encode(entries);
      }
      return type.encode(type instanceof SetType ? new java.util.HashSet<>(decoded) : decoded);
    }

    private static byte[] tuple(TupleType type, Random random) {
      List<byte[]> parts = new ArrayList<>();
      for (CqlType component : type.componentTypes()) {
        parts.add(random.nextInt(4) == 0 ? null : value(component, random));
      }
      return type.compose(parts.subList(0, 1 + random.nextInt(parts.size())));
    }

    private static byte[] vector(VectorType type, Random random) {
      List<byte[]> parts = new ArrayList<>();
      for (int i = 0; i < type.dimensions(); i++) {
        parts.add(value(type.elementType(), random));
      }
      return type.compose(parts);
    }

    private static byte[] nativeValue(CqlType type, Random random) {
      return switch (type.kind()) {
        case TINYINT, SMALLINT, INT, BIGINT -> number(type, random);
        case FLOAT, DOUBLE -> type.encode(floating(random));
        case VARINT ->
            type.encode(
                new BigInteger(1 + random.nextInt(80 * 8), random)
                    .multiply(BigInteger.valueOf(random.nextBoolean() ? 1 : -1)));
        case DECIMAL ->
            type.encode(
                new BigDecimal(
                    BigInteger.valueOf(random.nextInt(2000) - 1000), random.nextInt(9) - 4));
        case BOOLEAN -> new byte[] {(byte) random.nextInt(2)};
        case UUID -> uuid(random, random.nextBoolean() ? 1 : 4);
        case TIMEUUID -> uuid(random, 1);
        case INET -> bytes(random, random.nextBoolean() ? 4 : 16);
        case DATE -> bytes(random, 4);
        case TIMESTAMP -> bytes(random, 8);
        case TIME ->
            type.encode(java.time.LocalTime.ofNanoOfDay(random.nextLong(86_400_000_000_000L)));
        case BLOB -> bytes(random, 1 + random.nextInt(5));
        default -> text(random);
      };
    }

    private static byte[] number(CqlType type, Random random) {
      long[] extremes = {0, -1, 1, Long.MIN_VALUE, Long.MAX_VALUE};
      long value =
          random.nextInt(5) == 0
              ? extremes[random.nextInt(5)]
              : random.nextLong() >> random.nextInt(64);
      return type.encode(value);
    }

    private static double floating(Random random) {
      double[] special = {
        0.0, -0.0, Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY
      };
      return random.nextInt(4) == 0 ? special[random.nextInt(5)] : random.nextGaussian() * 1e3;
    }

    private static byte[] uuid(Random random, int version) {
      byte[] value = bytes(random, 16);
      value[6] = (byte) (value[6] & 0x0f | version << 4);
      value[8] = (byte) (value[8] & 0x3f | 0x80);
      return value;
    }

    private static byte[] text(Random random) {
      byte[] value = new byte[1 + random.nextInt(4)];
      for (int i = 0; i < value.length; i++) {
        value[i] = (byte) random.nextInt(4);
      }
      return value;
    }

    private static byte[] bytes(Random random, int length) {
      byte[] value = new byte[length];
      random.nextBytes(value);
      if (random.nextBoolean()) {
        value[0] = (byte) random.nextInt(3);
      }
      return value;
    }
  }
}
