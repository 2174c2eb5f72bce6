package io.ilion.cql.function;

import io.ilion.model.CqlException;
import io.ilion.model.data.Bytes;
import io.ilion.model.type.CqlDuration;
import io.ilion.model.type.CqlType;
import io.ilion.model.type.NativeType;
import java.util.ArrayList;
import java.util.List;

/** {@code floor}: the beginning of the span of a given length that a point of time is in. */
final class FloorFunctions {
  private static final NativeType DURATION = NativeType.DURATION;
  private static final long DAY_NANOS = 86_400_000_000_000L;

  private FloorFunctions() {}

  static List<CqlFunction> all() {
    List<CqlFunction> functions = new ArrayList<>();
    for (NativeType type : List.of(NativeType.TIMESTAMP, NativeType.TIMEUUID, NativeType.DATE)) {
      NativeType result = type.equals(NativeType.DATE) ? type : NativeType.TIMESTAMP;
      functions.add(floor(result, List.of(type, DURATION)));
      functions.add(floor(result, List.of(type, DURATION, result)));
    }
    functions.add(
        NativeScalar.strict(
                "floor",
                NativeType.TIME,
                List.of(NativeType.TIME, DURATION),
                (a, c) -> floorTime(Bytes.getLong(a[0], 0), (CqlDuration) DURATION.decode(a[1])))
            .monotonic());
    return functions;
  }

  private static CqlFunction floor(NativeType result, List<CqlType> arguments) {
    return NativeScalar.strict(
            "floor",
            result,
            arguments,
            (values, context) -> {
              for (byte[] value : values) {
                if (value.length == 0) {
                  return null;
                }
              }
              CqlDuration duration = (CqlDuration) DURATION.decode(values[1]);
              if (result.equals(NativeType.DATE) && duration.nanos() != 0) {
                throw CqlException.invalid(
                    "The floor on %s values cannot be computed for the %s duration as precision is"
                        + " below 1 day",
                    result.cqlName(), duration);
              }
              if (duration.nanos() % 1_000_000L != 0) {
                throw CqlException.invalid(
                    "The floor cannot be computed for the %s duration as precision is below 1"
                        + " millisecond",
                    duration);
              }
              long start = values.length > 2 ? TimeFunctions.millis(result, values[2]) : 0;
              long floor =
                  floor(TimeFunctions.millis(arguments.get(0), values[0]), duration, start);
              return result.equals(NativeType.DATE)
                  ? TimeFunctions.date(floor)
                  : TimeFunctions.ofLong(floor);
            })
        .monotonic();
  }

  /** The last time not after {@code millis} that is {@code start} plus a multiple of a duration. */
  private static long floor(long millis, CqlDuration duration, long start) {
    if (start > millis) {
      throw CqlException.invalid(
          "The floor function starting time is greater than the provided time");
    }
    refuseNegative(duration);
    if (duration.months() == 0) {
      long length = Calendars.millisOf(duration);
      return length == 0 ? millis : millis - (millis - start) % length;
    }
    return Calendars.floorByMonths(millis, duration, start);
  }

  private static byte[] floorTime(long nanos, CqlDuration duration) {
    refuseNegative(duration);
    if (duration.months() != 0 || duration.days() != 0 || duration.nanos() > DAY_NANOS) {
      throw CqlException.invalid(
          "For time values, the floor can only be computed for durations smaller that a day");
    }
    return TimeFunctions.ofLong(duration.nanos() == 0 ? nanos : nanos - nanos % duration.nanos());
  }

  private static void refuseNegative(CqlDuration duration) {
    if (duration.months() < 0 || duration.days() < 0 || duration.nanos() < 0) {
      throw CqlException.invalid("Negative durations are not supported by the floor function");
    }
  }
}
