package io.ilion.cql.function;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ilion.model.CqlException;
import io.ilion.model.type.CqlType;
import io.ilion.model.type.ListType;
import io.ilion.model.type.NativeType;
import io.ilion.model.type.TypeParser;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

class NativeFunctionsTest {
  private static final String MARSHAL = "org.apache.cassandra.db.marshal.";
  private static final NativeFunctions FUNCTIONS = new NativeFunctions();

  /** The world of the tests: noon of 2 January 1970, and unique values of zeros. */
  private static final FunctionContext CONTEXT =
      new FunctionContext() {
        @Override
        public long nowMillis() {
          return 86_400_000L + 43_200_000L;
        }

        @Override
        public byte[] newTimeUuid() {
          return new byte[16];
        }

        @Override
        public byte[] newRandomUuid() {
          return new byte[16];
        }
      };

  /**
   * Every line of the file is a call and Cassandra's own answer: name, argument types, result type,
   * arguments in hexadecimal digits, and the result (x and digits) or the message of its error.
   */
  @Test
  void scalarsAnswerAsCassandraDoes() throws IOException {
    SoftAssertions softly = new SoftAssertions();
    for (String line : recorded("scalars.txt")) {
      String[] parts = line.split("\\|", 5);
      softly.assertThat(answer(parts)).as(line).isEqualTo(parts[4]);
    }
    softly.assertAll();
  }

  /**
   * The same for generic functions: name, receiver or null, argument types and values (with
   * semicolons between), result type, and the result, AGG for aggregates, or the message.
   */
  @Test
  void genericFunctionsAnswerAsCassandraDoes() throws IOException {
    SoftAssertions softly = new SoftAssertions();
    for (String line : recorded("generic.txt")) {
      String[] parts = line.split("\\|", 6);
      softly.assertThat(genericAnswer(parts)).as(line).isEqualTo(parts[4] + "|" + parts[5]);
    }
    softly.assertAll();
  }

  /** Aggregates: name, type of the argument, values of rows, and the result. */
  @Test
  void aggregatesAnswerAsCassandraDoes() throws IOException {
    SoftAssertions softly = new SoftAssertions();
    for (String line : recorded("aggregates.txt")) {
      String[] parts = line.split("\\|", 4);
      NativeType type = NativeType.byName(parts[1]);
      AggregateFunction function =
          (AggregateFunction)
              candidates(parts[0], List.of(type), null).stream()
                  .filter(f -> f.argumentTypes().equals(List.of(type)))
                  .findFirst()
                  .orElseThrow();
      AggregateFunction.State state = function.newState();
      for (String value : parts[2].isEmpty() ? new String[0] : parts[2].split(",")) {
        state.add(new byte[][] {value.equals("null") ? null : HexFormat.of().parseHex(value)});
      }
      softly.assertThat(hex(state.result())).as(line).isEqualTo(parts[3]);
    }
    softly.assertAll();
  }

  private static String genericAnswer(String[] parts) {
    List<CqlType> types =
        parts[2].isEmpty()
            ? List.of()
            : Arrays.stream(parts[2].split(";")).map(NativeFunctionsTest::type).toList();
    List<Argument> known = types.stream().map(t -> new Argument(t, t.className())).toList();
    try {
      CqlType receiver = parts[1].equals("null") ? null : type(parts[1]);
      CqlFunction function = FUNCTIONS.candidates(parts[0], known, receiver, null).get(0);
      String result = function.returnType().className().replace(MARSHAL, "") + "|";
      if (!(function instanceof ScalarFunction scalar)) {
        return result + "AGG";
      }
      String[] values = parts[3].split(";", -1);
      byte[][] arguments = new byte[values.length][];
      for (int i = 0; i < values.length; i++) {
        arguments[i] = values[i].equals("null") ? null : HexFormat.of().parseHex(values[i]);
      }
      return result + hex(scalar.execute(arguments, CONTEXT));
    } catch (CqlException e) {
      return "|E " + e.getMessage();
    }
  }

  private static CqlType type(String className) {
    return TypeParser.parseClassName(
        className.replaceAll("([A-Za-z0-9]+Type)", Matcher.quoteReplacement(MARSHAL) + "$1"));
  }

  private static List<CqlFunction> candidates(
      String name, List<? extends CqlType> types, CqlType receiver) {
    List<Argument> known = types.stream().map(t -> new Argument((CqlType) t, t.cqlName())).toList();
    return FUNCTIONS.candidates(name, known, receiver, null);
  }

  private static String answer(String[] parts) {
    List<CqlType> types =
        Arrays.stream(parts[1].split(",")).<CqlType>map(NativeType::byName).toList();
    CqlType result = NativeType.byName(parts[2]);
    ScalarFunction function =
        (ScalarFunction)
            candidates(parts[0], types, result).stream()
                .filter(f -> f.argumentTypes().equals(types))
                .findFirst()
                .orElseThrow();
    assertThat(function.returnType()).isEqualTo(result);
    String[] values = parts[3].split(",", -1);
    byte[][] arguments = new byte[values.length][];
    for (int i = 0; i < values.length; i++) {
      arguments[i] = values[i].equals("null") ? null : HexFormat.of().parseHex(values[i]);
    }
    try {
      return hex(function.execute(arguments, CONTEXT));
    } catch (CqlException e) {
      return "E " + e.getMessage();
    }
  }

  private static String hex(byte[] value) {
    return value == null ? "null" : "x" + HexFormat.of().formatHex(value);
  }

  private static List<String> recorded(String file) throws IOException {
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(
                NativeFunctionsTest.class.getResourceAsStream(file), StandardCharsets.UTF_8))) {
      return reader.lines().toList();
    }
  }

  @Test
  void functionsOfTheWorldAskTheContext() {
    assertThat(call("current_timestamp")).isEqualTo(CONTEXT.nowMillis());
    assertThat(NativeType.DATE.toText(bytes("current_date"))).isEqualTo("1970-01-02");
    assertThat(NativeType.TIME.toText(bytes("currenttime"))).startsWith("12:00:00");
    assertThat(bytes("now")).hasSize(16);
    assertThat(bytes("uuid")).hasSize(16);
  }

  private static byte[] bytes(String name) {
    ScalarFunction function = (ScalarFunction) candidates(name, List.of(), null).get(0);
    return function.execute(new byte[0][], CONTEXT);
  }

  private static long call(String name) {
    return ((java.time.Instant) NativeType.TIMESTAMP.decode(bytes(name))).toEpochMilli();
  }

  @Test
  void sumsWrapAroundAndAveragesDoNot() {
    assertThat(aggregate("sum", NativeType.INT, Integer.MAX_VALUE, 1)).isEqualTo(Integer.MIN_VALUE);
    assertThat(aggregate("avg", NativeType.BIGINT, Long.MAX_VALUE, Long.MAX_VALUE))
        .isEqualTo(Long.MAX_VALUE);
    assertThat(aggregate("avg", NativeType.INT, -7, null, 2)).isEqualTo(-2);
    assertThat(aggregate("sum", NativeType.INT)).isEqualTo(0);
    assertThat(aggregate("avg", NativeType.DOUBLE, 1e308, 1e308)).isEqualTo(1e308);
    assertThat(aggregate("sum", NativeType.DOUBLE, Double.POSITIVE_INFINITY, 1.0))
        .isEqualTo(Double.POSITIVE_INFINITY);
    assertThat(aggregate("max", NativeType.TEXT, "b", null, "c", "a")).isEqualTo("c");
    assertThat(aggregate("min", NativeType.INT)).isNull();
    assertThat(aggregate("count", NativeType.BLOB, NativeType.BLOB.decode(new byte[1]), null))
        .isEqualTo(1L);
  }

  private static Object aggregate(String name, NativeType type, Object... values) {
    AggregateFunction function =
        (AggregateFunction)
            candidates(name, List.of(type), null).stream()
                .filter(f -> f.argumentTypes().equals(List.of(type)))
                .findFirst()
                .orElseThrow();
    AggregateFunction.State state = function.newState();
    for (Object value : values) {
      state.add(new byte[][] {type.encode(value)});
    }
    return function.returnType().decode(state.result());
  }

  @Test
  void tinyNumbersAreRoundedAtOnce() {
    ScalarFunction exp = unary("exp", NativeType.VARINT);
    byte[] low = NativeType.VARINT.encode(BigInteger.valueOf(Integer.MIN_VALUE));
    assertThat(hex(exp.execute(new byte[][] {low}, CONTEXT))).isEqualTo("x00");
    ScalarFunction decimalExp = unary("exp", NativeType.DECIMAL);
    byte[] tiny = NativeType.DECIMAL.encode(new BigDecimal("1E-2000000000"));
    assertThat(
            (BigDecimal)
                NativeType.DECIMAL.decode(decimalExp.execute(new byte[][] {tiny}, CONTEXT)))
        .isEqualByComparingTo(BigDecimal.ONE);
  }

  private static ScalarFunction unary(String name, NativeType type) {
    return (ScalarFunction)
        candidates(name, List.of(type), null).stream()
            .filter(f -> f.argumentTypes().equals(List.of(type)))
            .findFirst()
            .orElseThrow();
  }

  private static ScalarFunction onDecimals(String operation) {
    return (ScalarFunction)
        candidates(operation, List.of(), null).stream()
            .filter(f -> f.argumentTypes().equals(List.of(NativeType.DECIMAL, NativeType.DECIMAL)))
            .findFirst()
            .orElseThrow();
  }

  @Test
  void hugeDecimalsFailInsteadOfFillingTheMemory() {
    byte[] huge = NativeType.DECIMAL.encode(new BigDecimal("1E+2000000000"));
    byte[] three = NativeType.DECIMAL.encode(new BigDecimal("3"));
    for (String operation : List.of("_divide", "_modulo")) {
      ScalarFunction function = onDecimals(operation);
      assertThatThrownBy(() -> function.execute(new byte[][] {huge, three}, CONTEXT))
          .isInstanceOf(CqlException.class);
    }
    byte[] nothing = onDecimals("_divide").execute(new byte[][] {three, huge}, CONTEXT);
    assertThat(NativeType.DECIMAL.decode(nothing)).isEqualTo(BigDecimal.ZERO);
    for (String name : List.of("round", "exp")) {
      ScalarFunction function = unary(name, NativeType.DECIMAL);
      assertThatThrownBy(() -> function.execute(new byte[][] {huge}, CONTEXT))
          .isInstanceOf(CqlException.class);
    }
  }

  @Test
  @Timeout(value = 30, threadMode = ThreadMode.SEPARATE_THREAD)
  void tinyDecimalsAreRoundedWithoutTheirDigits() {
    for (String tiny : List.of("9E-300000000", "-9E-2000000000", "0E-2147483647")) {
      byte[] rounded =
          unary("round", NativeType.DECIMAL)
              .execute(new byte[][] {NativeType.DECIMAL.encode(new BigDecimal(tiny))}, CONTEXT);
      assertThat(NativeType.DECIMAL.decode(rounded)).as(tiny).isEqualTo(BigDecimal.ZERO);
    }
  }

  /** What takes minutes for some megabytes would keep all who share the lane waiting. */
  @Test
  void longNumbersAreNotComputedWith() {
    byte[] number = new byte[100_000];
    Arrays.fill(number, 4, number.length, (byte) 0x55);
    for (NativeType type : List.of(NativeType.VARINT, NativeType.DECIMAL)) {
      for (String name : List.of("abs", "round", "exp", "log", "cast_as_text", "cast_as_double")) {
        assertTooLong(unary(name, type), number);
      }
      List<CqlType> both = List.of(type, type);
      assertTooLong((ScalarFunction) candidates("to_json", List.of(type), null).get(0), number);
      for (String operation : List.of("_add", "_multiply", "_divide", "_modulo")) {
        ScalarFunction function =
            candidates(operation, List.of(), null).stream()
                .filter(f -> f.argumentTypes().equals(both))
                .map(ScalarFunction.class::cast)
                .findFirst()
                .orElseThrow();
        assertTooLong(function, number, number);
      }
    }
  }

  private static void assertTooLong(ScalarFunction function, byte[]... arguments) {
    assertThatThrownBy(() -> function.execute(arguments, CONTEXT))
        .as("%s", function)
        .isInstanceOf(CqlException.class)
        .hasMessageContaining("A number of 100000 bytes is too long");
  }

  @Test
  void genericFunctionsTakeTheTypeOfTheirArgument() {
    CqlType list = new ListType(NativeType.INT, false);
    List<CqlFunction> found = new ArrayList<>();
    found.addAll(candidates("collection_max", List.of(list), null));
    found.addAll(candidates("min", List.of(NativeType.INT), null));
    found.addAll(candidates("from_json", List.of(NativeType.TEXT), NativeType.INT));
    assertThat(found).extracting(CqlFunction::returnType).containsOnly(NativeType.INT);
    assertThat(candidates("nope", List.of(), null)).isEmpty();
    assertThatThrownBy(() -> candidates("map_keys", List.of(), null))
        .hasMessage("Invalid number of arguments for function system.map_keys(map)");
  }
}
