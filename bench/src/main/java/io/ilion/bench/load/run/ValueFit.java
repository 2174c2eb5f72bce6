package io.ilion.bench.load.run;

import io.ilion.bench.load.BenchException;
import io.ilion.model.type.CollectionType;
import io.ilion.model.type.CqlType;
import io.ilion.model.type.ListType;
import io.ilion.model.type.MapType;
import io.ilion.model.type.SetType;
import io.ilion.model.type.VectorType;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** Makes of what a generator gives what the driver takes for a column of a type. */
final class ValueFit {
  private ValueFit() {}

  /**
   * The value for a type; null stays null.
   *
   * @throws BenchException if it cannot be one
   */
  static Object fit(Object value, CqlType type) {
    if (value == null) {
      return null;
    }
    return switch (type.kind()) {
      case TEXT, ASCII -> value.toString();
      case BIGINT, COUNTER -> whole(value, type);
      case INT -> Math.toIntExact(whole(value, type));
      case SMALLINT -> (short) whole(value, type);
      case TINYINT -> (byte) whole(value, type);
      case VARINT -> BigInteger.valueOf(whole(value, type));
      case DOUBLE -> real(value, type);
      case FLOAT -> (float) real(value, type);
      case DECIMAL ->
          value instanceof Long number
              ? BigDecimal.valueOf(number)
              : BigDecimal.valueOf(real(value, type));
      case BOOLEAN -> value instanceof Boolean ? value : whole(value, type) != 0;
      case TIMESTAMP -> value instanceof Long millis ? Instant.ofEpochMilli(millis) : value;
      case DATE -> value instanceof Long days ? LocalDate.ofEpochDay(days) : value;
      case UUID, TIMEUUID -> value instanceof Long number ? new UUID(0x4000L, number) : value;
      case BLOB -> value instanceof Long number ? ByteBuffer.allocate(8).putLong(0, number) : value;
      case LIST, SET, MAP -> collection(value, (CollectionType) type);
      case VECTOR -> elements(value, ((VectorType) type).elementType(), new ArrayList<>(), type);
      default -> value;
    };
  }

  private static Object collection(Object value, CollectionType type) {
    return switch (type) {
      case ListType list -> elements(value, list.elementType(), new ArrayList<>(), type);
      case SetType set -> elements(value, set.elementType(), new LinkedHashSet<>(), type);
      case MapType map -> {
        if (!(value instanceof Map<?, ?> entries)) {
          throw wrong(value, type);
        }
        Map<Object, Object> fitting = new LinkedHashMap<>();
        entries.forEach(
            (key, each) -> fitting.put(fit(key, map.keyType()), fit(each, map.valueType())));
        yield fitting;
      }
    };
  }

  private static <C extends Collection<Object>> C elements(
      Object value, CqlType element, C into, CqlType type) {
    if (!(value instanceof List<?>) && !(value instanceof Set<?>)) {
      throw wrong(value, type);
    }
    for (Object each : (Collection<?>) value) {
      into.add(fit(each, element));
    }
    return into;
  }

  private static long whole(Object value, CqlType type) {
    return switch (value) {
      case Long number -> number;
      case Double number -> Math.round(number);
      case Boolean truth -> truth ? 1 : 0;
      default -> throw wrong(value, type);
    };
  }

  private static double real(Object value, CqlType type) {
    return switch (value) {
      case Long number -> number;
      case Double number -> number;
      default -> throw wrong(value, type);
    };
  }

  private static BenchException wrong(Object value, CqlType type) {
    return new BenchException("'" + value + "' is no " + type);
  }
}
