package io.ilion.tools.load.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ilion.model.type.CqlType;
import io.ilion.model.type.ListType;
import io.ilion.model.type.MapType;
import io.ilion.model.type.NativeType;
import io.ilion.model.type.SetType;
import io.ilion.model.type.TupleType;
import io.ilion.model.type.UserType;
import io.ilion.model.type.VectorType;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FieldCodecsTest {
  private static final UserType ADDRESS =
      new UserType(
          "ks",
          "address",
          List.of("street", "number"),
          List.of(NativeType.TEXT, NativeType.INT),
          false);

  private static final List<CqlType> COMPOSITES =
      List.of(
          new ListType(NativeType.TEXT, true),
          new SetType(NativeType.INT, true),
          new MapType(NativeType.TEXT, NativeType.DOUBLE, true),
          new MapType(NativeType.INT, new ListType(NativeType.TEXT, false), true),
          new MapType(new ListType(NativeType.INT, false), NativeType.TEXT, true),
          new TupleType(List.of(NativeType.TEXT, NativeType.INT, NativeType.BOOLEAN)),
          ADDRESS,
          new ListType(ADDRESS, true),
          new MapType(NativeType.TIMESTAMP, NativeType.UUID, true),
          new SetType(NativeType.INET, true),
          new VectorType(NativeType.FLOAT, 3),
          new VectorType(NativeType.TEXT, 2));

  private static String read(CqlType type, String text) {
    return read(type, text, FieldFormats.STANDARD);
  }

  private static String read(CqlType type, String text, FieldFormats formats) {
    return type.toCqlLiteral(bytes(FieldCodecs.of("f", type, formats), text));
  }

  private static byte[] bytes(FieldCodec codec, String text) {
    WireBuffer out = new WireBuffer(0);
    codec.encode(text, out);
    int length = out.intAt(0);
    assertThat(out.size()).isEqualTo(4 + Math.max(0, length));
    return length < 0 ? null : Arrays.copyOfRange(out.array(), 4, 4 + length);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "int|42|42",
        "int|-2147483648|-2147483648",
        "int|+7|7",
        "bigint|9223372036854775807|9223372036854775807",
        "bigint|-9223372036854775808|-9223372036854775808",
        "tinyint|-128|-128",
        "smallint|32767|32767",
        "varint|123456789012345678901234567890|123456789012345678901234567890",
        "decimal|1.50|1.50",
        "double|1e3|1000.0",
        "float|0.1|0.1",
        "double|Infinity|Infinity",
        "boolean|TRUE|true",
        "boolean|no|false",
        "text|it's|'it''s'",
        "ascii|abc|'abc'",
        "blob|0xCAFE|0xcafe",
        "blob|cafe|0xcafe",
        "uuid|123e4567-e89b-12d3-a456-426614174000|123e4567-e89b-12d3-a456-426614174000",
        "timeuuid|123e4567-e89b-12d3-a456-426614174000|123e4567-e89b-12d3-a456-426614174000",
        "inet|::1|'0:0:0:0:0:0:0:1'",
        "date|2026-11-21|'2026-11-21'",
        "time|14:30:05.5|'14:30:05.500000000'",
        "duration|1h30m|1h30m",
        "timestamp|2026-11-21|'2026-11-21T00:00:00.000Z'",
        "timestamp|2026-11-21 14:30|'2026-11-21T14:30:00.000Z'",
        "timestamp|2026-11-21T14:30:05.123Z|'2026-11-21T14:30:05.123Z'",
        "timestamp|2026-11-21 14:30:05.5+0100|'2026-11-21T13:30:05.500Z'",
        "timestamp|1763735400000|'2025-11-21T14:30:00.000Z'",
      })
  void textsOfNativeTypesAreRead(String type, String text, String literal) {
    CqlType cqlType = NativeType.byName(type);
    assertThat(cqlType.toCqlLiteral(bytes(FieldCodecs.of(cqlType, FieldFormats.STANDARD), text)))
        .isEqualTo(cqlType.toCqlLiteral(cqlType.fromString(unquoted(literal))));
  }

  private static String unquoted(String literal) {
    return literal.startsWith("'")
        ? literal.substring(1, literal.length() - 1).replace("''", "'")
        : literal;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "int|2147483648|out of range",
        "int|12x|is no int",
        "int|-|is no int",
        "bigint|9223372036854775808|out of range",
        "bigint|-9223372036854775809|out of range",
        "bigint|99999999999999999999999|out of range",
        "tinyint|128|out of range",
        "double|1,5|is no double",
        "boolean|maybe|expected one of",
        "uuid|123e4567|UUID",
        "uuid|123e4567-e89b-12d3-a456-42661417400g|is no uuid",
        "blob|0xabc|pairs of digits",
        "timestamp|2026-13-21|",
        "date|21.11.2026|",
        "ascii|é|is no ascii",
      })
  void whatIsNoValueIsRefused(String type, String text, String reason) {
    FieldCodec codec = FieldCodecs.of(NativeType.byName(type), FieldFormats.STANDARD);
    assertThatThrownBy(() -> bytes(codec, text))
        .isInstanceOf(FieldException.class)
        .hasMessageContaining(reason == null ? "" : reason);
  }

  @Test
  void formatsAreThoseThatWereAskedFor() {
    FieldFormats german =
        FieldFormats.STANDARD
            .times("dd.MM.yyyy HH:mm", "dd.MM.yyyy", "HH:mm", ZoneId.of("Europe/Berlin"))
            .numbers(',', '.')
            .booleans("ja,j:nein,n");
    assertThat(read(NativeType.TIMESTAMP, "21.11.2026 15:30", german))
        .contains("2026-11-21")
        .contains("14:30");
    assertThat(read(NativeType.DATE, "21.11.2026", german)).contains("2026-11-21");
    assertThat(read(NativeType.TIME, "15:30", german)).contains("15:30:00");
    assertThat(read(NativeType.DOUBLE, "1.234,5", german)).isEqualTo("1234.5");
    assertThat(read(NativeType.INT, "1.234", german)).isEqualTo("1234");
    assertThat(read(NativeType.BOOLEAN, "J", german)).isEqualTo("true");
    FieldFormats epoch =
        FieldFormats.STANDARD.times("epoch-seconds", "epoch-seconds", null, ZoneOffset.UTC);
    assertThat(read(NativeType.TIMESTAMP, "86400", epoch)).contains("1970-01-02");
    assertThat(read(NativeType.DATE, "86400", epoch)).contains("1970-01-02");
    FieldFormats cqlsh =
        FieldFormats.STANDARD.times("%d/%m/%Y %H:%M:%S%z", null, null, ZoneOffset.UTC);
    assertThat(read(NativeType.TIMESTAMP, "21/11/2026 15:30:00+0100", cqlsh)).contains("14:30");
    FieldFormats single = FieldFormats.STANDARD.fields(Map.of("f", "MM/dd/yyyy"));
    assertThat(read(NativeType.DATE, "11/21/2026", single)).contains("2026-11-21");
  }

  @Test
  void compositesAreReadAsJsonAsCqlAndBare() {
    CqlType texts = new ListType(NativeType.TEXT, true);
    for (String form : List.of("[\"a\", \"b c\"]", "['a', 'b c']", "[a, b c]", "{a,b c}")) {
      assertThat(read(texts, form)).describedAs(form).isEqualTo("['a', 'b c']");
    }
    CqlType map = new MapType(NativeType.TEXT, NativeType.INT, true);
    for (String form : List.of("{\"a\": 1, \"b\": 2}", "{'b':2,'a':1}", "{ a : 1 , b : 2 }")) {
      assertThat(read(map, form)).describedAs(form).isEqualTo("{'a': 1, 'b': 2}");
    }
    for (String form :
        List.of(
            "{\"street\": \"Main\", \"number\": 7}",
            "{number: 7, street: 'Main'}",
            "('Main', 7)",
            "[\"Main\", 7]")) {
      assertThat(read(ADDRESS, form)).describedAs(form).isEqualTo("{street: 'Main', number: 7}");
    }
    assertThat(read(ADDRESS, "{street: null}")).isEqualTo(read(ADDRESS, "{}"));
    assertThat(read(texts, "[\"\\u00e9\\n\", 'it''s']")).isEqualTo("['é\n', 'it''s']");
    assertThatThrownBy(() -> read(texts, "[a, null]"))
        .hasMessageContaining("there can be no null in it");
    assertThatThrownBy(() -> read(texts, "[a")).hasMessageContaining("expected , or ]");
    assertThatThrownBy(() -> read(texts, "[a] b")).hasMessageContaining("behind its end");
    assertThatThrownBy(() -> read(ADDRESS, "{town: x}")).hasMessageContaining("no field town");
    assertThatThrownBy(() -> read(new VectorType(NativeType.FLOAT, 3), "[1, 2]"))
        .hasMessageContaining("2 elements");
    assertThatThrownBy(() -> read(texts, "[".repeat(100))).isInstanceOf(FieldException.class);
  }

  /** What is written is read back, as JSON and as CQL writes it. */
  @Test
  void whatIsWrittenIsReadBack() {
    for (long seed = 0; seed < 50; seed++) {
      Random random = new Random(seed);
      for (FieldFormats formats :
          List.of(FieldFormats.STANDARD, FieldFormats.STANDARD.literals(true, -1, -1))) {
        for (CqlType type : COMPOSITES) {
          roundTrip(type, RandomValues.of(type, random), formats, seed);
        }
        for (String name : RandomValues.NATIVE) {
          CqlType type = NativeType.byName(name);
          roundTrip(type, RandomValues.of(type, random), formats, seed);
        }
      }
    }
  }

  /** COPY's formats hold within collections, too, as cqlsh has it. */
  @Test
  void whatIsWithinIsWrittenAsTheRest() {
    FieldFormats copy =
        FieldFormats.STANDARD
            .times("uuuu-MM-dd HH:mm:ss.SSSxx", null, null, ZoneOffset.UTC)
            .booleans("True,False")
            .literals(true, 5, 12);
    assertWritten(copy, NativeType.BOOLEAN, "True");
    assertWritten(copy, NativeType.INET, "2001:db8::1");
    assertWritten(copy, NativeType.TIMESTAMP, "2048-01-02 03:04:05.678+0000");
    assertWritten(
        copy,
        new MapType(NativeType.TEXT, NativeType.TIMESTAMP, true),
        "{'it''s': '2048-01-02 03:04:05.678+0000'}");
    assertWritten(
        copy,
        new TupleType(List.of(NativeType.TEXT, NativeType.INT, NativeType.BOOLEAN)),
        "('x', null, False)");
    assertWritten(copy, new SetType(NativeType.INET, true), "{'::1', '10.0.0.1'}");
    assertWritten(copy, new ListType(ADDRESS, true), "[{street: 'a, b', number: 7}]");
    assertWritten(copy, new VectorType(NativeType.FLOAT, 2), "[1.5, -2.0]");
    FieldFormats german = copy.booleans("J:N");
    assertWritten(german, new ListType(NativeType.BOOLEAN, true), "[J, N]");
    assertThat(read(NativeType.BOOLEAN, "j", german)).isEqualTo("true");
  }

  private static void assertWritten(FieldFormats formats, CqlType type, String text) {
    byte[] value = bytes(FieldCodecs.of("f", type, formats), text);
    assertThat(new FieldPrinter("f", type, formats).text(value)).isEqualTo(text);
  }

  private static void roundTrip(CqlType type, byte[] value, FieldFormats formats, long seed) {
    String text = new FieldPrinter("f", type, formats).text(value);
    assertThat(bytes(FieldCodecs.of("f", type, formats), text))
        .describedAs("seed %d, %s: %s", seed, type.cqlName(), text)
        .isEqualTo(value);
  }
}
