package io.ilion.driver.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ilion.model.type.CqlDuration;
import io.ilion.model.type.CqlType;
import io.ilion.model.type.ListType;
import io.ilion.model.type.MapType;
import io.ilion.model.type.NativeType;
import io.ilion.model.type.SetType;
import io.ilion.model.type.TupleType;
import io.ilion.model.type.UserType;
import io.ilion.model.type.VectorType;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class CodecsTest {
  private final CodecRegistry codecs = CodecRegistry.standard();

  private static final UserType ADDRESS =
      new UserType(
          "ks",
          "address",
          List.of("street_name", "zip"),
          List.of(NativeType.TEXT, NativeType.INT),
          false);

  record Address(String streetName, int zip) {}

  record Pair(long number, List<String> names) {}

  enum Colour {
    RED,
    GREEN
  }

  private void roundTrip(CqlType type, Object value) {
    byte[] encoded = codecs.encode(type, value);
    type.validate(encoded);
    byte[] padded = new byte[encoded.length + 7];
    System.arraycopy(encoded, 0, padded, 3, encoded.length);
    assertThat(codecs.natural(type).decode(padded, 3, encoded.length))
        .as(type.cqlName())
        .isEqualTo(value);
  }

  /** The types themselves, which the servers use, have the same values for the same bytes. */
  @Test
  void everyTypeAsItsLike() throws Exception {
    roundTrip(NativeType.INT, -7);
    roundTrip(NativeType.BIGINT, Long.MIN_VALUE);
    roundTrip(NativeType.COUNTER, 8L);
    roundTrip(NativeType.SMALLINT, (short) -2);
    roundTrip(NativeType.TINYINT, (byte) -1);
    roundTrip(NativeType.BOOLEAN, true);
    roundTrip(NativeType.FLOAT, 1.5f);
    roundTrip(NativeType.DOUBLE, -2.25);
    roundTrip(NativeType.TEXT, "h\u00e9 \ud83d\ude00");
    roundTrip(NativeType.ASCII, "ascii");
    roundTrip(NativeType.BLOB, new byte[] {1, 2});
    roundTrip(NativeType.VARINT, new BigInteger("-123456789012345678901234567890"));
    roundTrip(NativeType.DECIMAL, new BigDecimal("-1.2300"));
    roundTrip(NativeType.UUID, UUID.randomUUID());
    roundTrip(NativeType.TIMEUUID, UUID.fromString("50554d6e-29bb-11e5-b345-feff819cdc9f"));
    roundTrip(NativeType.TIMESTAMP, Instant.ofEpochMilli(-1234567));
    roundTrip(NativeType.DATE, LocalDate.of(-44, 3, 15));
    roundTrip(NativeType.TIME, LocalTime.of(23, 59, 59, 999_999_999));
    roundTrip(NativeType.INET, InetAddress.getByName("2001:db8::1"));
    roundTrip(NativeType.INET, InetAddress.getByName("10.0.0.1"));
    roundTrip(NativeType.DURATION, new CqlDuration(1, 2, 3));
    roundTrip(new ListType(NativeType.INT, true), List.of(3, 1, 2, 1));
    roundTrip(new SetType(NativeType.TEXT, true), Set.of("a"));
    roundTrip(new MapType(NativeType.INT, NativeType.TEXT, true), Map.of(1, "a", 2, "b"));
    roundTrip(new VectorType(NativeType.FLOAT, 3), new float[] {1, 2, 3});
    roundTrip(new VectorType(NativeType.TEXT, 2), List.of("a", "bcd"));
    roundTrip(
        new ListType(new MapType(NativeType.INT, new SetType(NativeType.TEXT, false), false), true),
        List.of(Map.of(1, Set.of("x")), Map.of()));
  }

  @Test
  void recordsForTypesOfUsersAndTuples() {
    byte[] bytes = codecs.encode(ADDRESS, new Address("Main", 12345));
    assertThat(codecs.find(ADDRESS, Address.class).decode(bytes, 0, bytes.length))
        .isEqualTo(new Address("Main", 12345));
    UdtValue value = (UdtValue) codecs.natural(ADDRESS).decode(bytes, 0, bytes.length);
    assertThat(value.get("street_name")).isEqualTo("Main");
    assertThat(codecs.encode(ADDRESS, value)).isEqualTo(bytes);
    assertThat(codecs.encode(ADDRESS, Map.of("street_name", "Main", "zip", 12345)))
        .isEqualTo(bytes);
    TupleType tuple =
        new TupleType(List.of(NativeType.BIGINT, new ListType(NativeType.TEXT, false)));
    byte[] pair = codecs.encode(tuple, new Pair(7, List.of("a", "b")));
    assertThat(codecs.find(tuple, Pair.class).decode(pair, 0, pair.length))
        .isEqualTo(new Pair(7, List.of("a", "b")));
    assertThat(codecs.encode(tuple, List.of(7L, List.of("a", "b")))).isEqualTo(pair);
  }

  @Test
  void valuesOfTypesThatWereChangedSince() {
    // Written before the second field was added.
    byte[] shorter = {0, 0, 0, 1, 'a'};
    assertThat(((UdtValue) codecs.natural(ADDRESS).decode(shorter, 0, 5)).get("zip")).isNull();
    assertThatThrownBy(() -> codecs.find(ADDRESS, Address.class).decode(shorter, 0, 5))
        .isInstanceOf(CodecException.class)
        .hasMessageContaining("zip");
  }

  @Test
  void numbersThatFit() {
    byte[] seven = codecs.encode(NativeType.INT, 7L);
    assertThat(seven).isEqualTo(new byte[] {0, 0, 0, 7});
    assertThat(codecs.find(NativeType.INT, long.class).decode(seven, 0, 4)).isEqualTo(7L);
    assertThat(codecs.find(NativeType.INT, BigDecimal.class).decode(seven, 0, 4))
        .isEqualTo(BigDecimal.valueOf(7));
    assertThat(codecs.encode(NativeType.DOUBLE, 3))
        .isEqualTo(codecs.encode(NativeType.DOUBLE, 3.0));
    assertThatThrownBy(() -> codecs.encode(NativeType.TINYINT, 300))
        .isInstanceOf(CodecException.class);
    assertThatThrownBy(() -> codecs.encode(NativeType.INT, 1.5)).isInstanceOf(CodecException.class);
    assertThatThrownBy(() -> codecs.encode(NativeType.INT, "1")).isInstanceOf(CodecException.class);
  }

  @Test
  void enumsBuffersAndDates() {
    byte[] red = codecs.encode(NativeType.TEXT, Colour.RED);
    assertThat(codecs.find(NativeType.TEXT, Colour.class).decode(red, 0, 3)).isEqualTo(Colour.RED);
    assertThat(codecs.encode(NativeType.BLOB, ByteBuffer.wrap(new byte[] {5}))).containsExactly(5);
    byte[] time = codecs.encode(NativeType.TIMESTAMP, new java.util.Date(5));
    assertThat(codecs.find(NativeType.TIMESTAMP, java.util.Date.class).decode(time, 0, 8))
        .isEqualTo(new java.util.Date(5));
  }

  record Money(long cents) {}

  @Test
  void codecsOfOnesOwnTakePrecedenceEverywhere() {
    CodecRegistry own =
        CodecRegistry.builder()
            .add(
                NativeType.BIGINT,
                Money.class,
                Codec.of(
                    value -> Bytes.ofLong(value.cents()),
                    (bytes, at, length) -> new Money(Bytes.longAt(bytes, at))))
            .build();
    byte[] bytes = own.encode(new ListType(NativeType.BIGINT, true), List.of(new Money(5)));
    assertThat(own.find(new ListType(NativeType.BIGINT, true), List.class).decode(bytes, 0, 16))
        .isEqualTo(List.of(5L));
    assertThat(own.find(NativeType.BIGINT, Money.class).decode(bytes, 8, 8))
        .isEqualTo(new Money(5));
  }

  @Test
  void bytesThatAreNoValues() {
    CqlType list = new ListType(NativeType.INT, true);
    for (byte[] bytes :
        List.of(
            new byte[] {0, 0},
            new byte[] {127, 0, 0, 0},
            new byte[] {0, 0, 0, 1, 0, 0, 0, 9, 1},
            new byte[] {-1, 0, 0, 1})) {
      assertThatThrownBy(() -> codecs.natural(list).decode(bytes, 0, bytes.length))
          .isInstanceOf(CodecException.class);
    }
    assertThatThrownBy(() -> codecs.natural(NativeType.INT).decode(new byte[3], 0, 3))
        .isInstanceOf(CodecException.class);
    assertThat(codecs.natural(NativeType.INT).decode(new byte[0], 0, 0)).isNull();
  }

  @Test
  void nullsInsideOfCollectionsAreRefused() {
    Map<Object, Object> map = new LinkedHashMap<>();
    map.put("a", null);
    assertThatThrownBy(() -> codecs.encode(new MapType(NativeType.TEXT, NativeType.INT, true), map))
        .isInstanceOf(CodecException.class);
  }
}
