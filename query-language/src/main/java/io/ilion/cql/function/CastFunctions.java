package io.ilion.cql.function;

import io.ilion.model.CqlException;
import io.ilion.model.type.CqlType;
import io.ilion.model.type.NativeType;
import io.ilion.model.type.NumberText;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** {@code CAST(a AS t)}: between numbers, between points of time, and of most things to text. */
final class CastFunctions {
  private CastFunctions() {}

  static List<CqlFunction> all() {
    List<CqlFunction> functions = new ArrayList<>();
    for (NativeType from : Numbers.TYPES) {
      for (NativeType to : Numbers.TYPES) {
        if (!from.equals(to) && !to.isCounter()) {
          add(functions, from, to, value -> number(from, to, value));
        }
      }
      addTexts(functions, from);
    }
    for (NativeType from :
        List.of(
            NativeType.INET,
            NativeType.BOOLEAN,
            NativeType.TIMEUUID,
            NativeType.TIMESTAMP,
            NativeType.DATE,
            NativeType.TIME,
            NativeType.UUID)) {
      addTexts(functions, from);
    }
    add(functions, NativeType.ASCII, NativeType.TEXT, value -> value);
    addTime(functions, NativeType.TIMEUUID, NativeType.DATE);
    addTime(functions, NativeType.TIMEUUID, NativeType.TIMESTAMP);
    addTime(functions, NativeType.TIMESTAMP, NativeType.DATE);
    addTime(functions, NativeType.DATE, NativeType.TIMESTAMP);
    return functions;
  }

  private static void addTime(List<CqlFunction> functions, NativeType from, NativeType to) {
    add(functions, from, to, value -> TimeFunctions.convert(from, to, value));
  }

  private static void addTexts(List<CqlFunction> functions, NativeType from) {
    for (NativeType to : List.of(NativeType.ASCII, NativeType.TEXT)) {
      add(functions, from, to, value -> value.length == 0 ? null : text(from, value));
    }
  }

  private static byte[] text(NativeType from, byte[] value) {
    NumberText.requireShort(value);
    return from.toText(value).getBytes(StandardCharsets.UTF_8);
  }

  private static void add(
      List<CqlFunction> functions, NativeType from, NativeType to, NativeScalar.Unary body) {
    functions.add(NativeScalar.unary(name(to), to, from, body));
    functions.add(NativeScalar.unary("cast_as_" + to.cqlName(), to, from, body));
  }

  /** The old name of the function behind casts to a type. */
  private static String name(CqlType to) {
    String target = to.cqlName();
    return "castAs" + target.substring(0, 1).toUpperCase(Locale.ROOT) + target.substring(1);
  }

  private static byte[] number(NativeType from, NativeType to, byte[] value) {
    Number number = Numbers.decode(from, value);
    if (number == null) {
      return null;
    }
    try {
      return switch (to.kind()) {
        case DECIMAL -> to.encode(Numbers.toBigDecimal(number));
        case VARINT -> to.encode(BigInteger.valueOf(number.longValue()));
        case DOUBLE -> to.encode(number.doubleValue());
        case FLOAT -> to.encode(number.floatValue());
        case BIGINT -> Numbers.encodeWhole(to, number.longValue());
        default -> Numbers.encodeWhole(to, number.intValue());
      };
    } catch (NumberFormatException e) {
      throw CqlException.server(
          "java.lang.NumberFormatException: Character %s is neither a decimal digit number, decimal"
              + " point, nor \"e\" notation exponential mark.",
          number.toString().replace("-", "").charAt(0));
    }
  }
}
