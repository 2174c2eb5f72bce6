package io.ilion.cql.function;

import io.ilion.model.CqlException;
import io.ilion.model.type.CqlDuration;
import io.ilion.model.type.CqlType;
import io.ilion.model.type.NativeType;
import java.util.ArrayList;
import java.util.List;

/** A timestamp or a date plus or minus a duration, and texts put together with {@code +}. */
final class TemporalArithmetic {
  private static final NativeType DURATION = NativeType.DURATION;

  private TemporalArithmetic() {}

  static List<CqlFunction> all() {
    List<CqlFunction> functions = new ArrayList<>();
    for (NativeType type : List.of(NativeType.TIMESTAMP, NativeType.DATE)) {
      for (boolean add : new boolean[] {true, false}) {
        functions.add(
            NativeScalar.strict(
                add ? "_add" : "_substract",
                type,
                List.of(type, DURATION),
                (a, c) -> shift(type, a[0], a[1], add)));
      }
    }
    List<NativeType> texts = List.of(NativeType.ASCII, NativeType.TEXT);
    for (NativeType left : texts) {
      for (NativeType right : texts) {
        CqlType result = left.equals(right) ? left : NativeType.TEXT;
        functions.add(
            NativeScalar.strict(
                "_add", result, List.of(left, right), (a, c) -> concatenate(a[0], a[1])));
      }
    }
    return functions;
  }

  private static byte[] concatenate(byte[] left, byte[] right) {
    byte[] result = java.util.Arrays.copyOf(left, left.length + right.length);
    System.arraycopy(right, 0, result, left.length, right.length);
    return result;
  }

  private static byte[] shift(CqlType type, byte[] value, byte[] by, boolean add) {
    if (value.length == 0 || by.length == 0) {
      return null;
    }
    CqlDuration duration = (CqlDuration) DURATION.decode(by);
    long millis = TimeFunctions.millis(type, value);
    if (type.equals(NativeType.DATE)) {
      if (duration.nanos() != 0) {
        throw failed(type, add, "The duration must have a day precision. Was: " + duration);
      }
      return TimeFunctions.date(Calendars.add(millis, duration, add ? 1 : -1));
    }
    if (duration.nanos() % 1_000_000L != 0) {
      throw failed(type, add, "The duration must have a millisecond precision. Was: " + duration);
    }
    return TimeFunctions.ofLong(Calendars.add(millis, duration, add ? 1 : -1));
  }

  private static CqlException failed(CqlType type, boolean add, String why) {
    return Arithmetic.failed(add ? "_add" : "_substract", add ? "+" : "-", type, DURATION, why);
  }
}
