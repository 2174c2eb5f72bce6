package io.ilion.cql.function;

import io.ilion.model.data.Bytes;
import io.ilion.model.type.CqlType;
import io.ilion.model.type.NativeType;
import java.util.ArrayList;
import java.util.List;

/** Points of time: now, and conversions between timeuuid, timestamp, date and milliseconds. */
final class TimeFunctions {
  static final long DAY_MILLIS = 86_400_000L;

  /** From 15 October 1582, where version 1 UUIDs begin, to 1970, in units of 100 ns. */
  private static final long UUID_EPOCH = 0x01B2_1DD2_1381_4000L;

  private static final long SMALLEST_NODE = 0x8080_8080_8080_8080L;
  private static final long LARGEST_NODE = 0x7F7F_7F7F_7F7F_7F7FL;

  private TimeFunctions() {}

  static List<CqlFunction> all() {
    List<CqlFunction> functions = new ArrayList<>();
    for (String name : List.of("now", "currenttimeuuid", "current_timeuuid")) {
      functions.add(
          NativeScalar.impure(name, NativeType.TIMEUUID, (a, context) -> context.newTimeUuid()));
    }
    functions.add(
        NativeScalar.impure("uuid", NativeType.UUID, (a, context) -> context.newRandomUuid()));
    for (String name : List.of("currenttimestamp", "current_timestamp")) {
      functions.add(
          NativeScalar.impure(name, NativeType.TIMESTAMP, (a, c) -> ofLong(c.nowMillis())));
    }
    for (String name : List.of("currentdate", "current_date")) {
      functions.add(NativeScalar.impure(name, NativeType.DATE, (a, c) -> date(c.nowMillis())));
    }
    for (String name : List.of("currenttime", "current_time")) {
      functions.add(NativeScalar.impure(name, NativeType.TIME, (a, c) -> time(c.nowMillis())));
    }
    for (String name : List.of("mintimeuuid", "min_timeuuid")) {
      functions.add(
          NativeScalar.unary(
              name,
              NativeType.TIMEUUID,
              NativeType.TIMESTAMP,
              t -> t.length == 0 ? null : minTimeUuid(Bytes.getLong(t, 0))));
    }
    for (String name : List.of("maxtimeuuid", "max_timeuuid")) {
      functions.add(
          NativeScalar.unary(
              name,
              NativeType.TIMEUUID,
              NativeType.TIMESTAMP,
              t -> t.length == 0 ? null : bound(Bytes.getLong(t, 0), 9999, LARGEST_NODE)));
    }
    convert(functions, List.of("todate", "to_date"), NativeType.DATE);
    convert(functions, List.of("totimestamp", "to_timestamp"), NativeType.TIMESTAMP);
    convert(functions, List.of("tounixtimestamp", "to_unix_timestamp"), NativeType.BIGINT);
    return functions;
  }

  private static void convert(List<CqlFunction> functions, List<String> names, CqlType target) {
    for (String name : names) {
      for (NativeType from : List.of(NativeType.TIMEUUID, NativeType.TIMESTAMP, NativeType.DATE)) {
        if (!from.equals(target)) {
          functions.add(
              NativeScalar.unary(name, target, from, value -> convert(from, target, value))
                  .monotonic());
        }
      }
    }
  }

  /** Converts a timeuuid, timestamp or date into a date, timestamp or bigint of milliseconds. */
  static byte[] convert(CqlType from, CqlType target, byte[] value) {
    if (value.length == 0) {
      return null;
    }
    long millis = millis(from, value);
    return target.equals(NativeType.DATE) ? date(millis) : ofLong(millis);
  }

  /** The milliseconds since 1970 of a timeuuid, timestamp or date that is not empty. */
  static long millis(CqlType type, byte[] value) {
    return switch (type.kind()) {
      case TIMEUUID -> Math.floorDiv(uuidTime(value) - UUID_EPOCH, 10_000L);
      case DATE -> days(value) * DAY_MILLIS;
      default -> Bytes.getLong(value, 0);
    };
  }

  /** The days since 1970 of a date. */
  static long days(byte[] date) {
    return (Bytes.getInt(date, 0) & 0xFFFF_FFFFL) - (1L << 31);
  }

  private static long uuidTime(byte[] uuid) {
    long high = Bytes.getLong(uuid, 0);
    return (high & 0x0FFF) << 48 | (high >>> 16 & 0xFFFF) << 32 | high >>> 32;
  }

  /** The smallest timeuuid of a millisecond. */
  static byte[] minTimeUuid(long millis) {
    return bound(millis, 0, SMALLEST_NODE);
  }

  private static byte[] bound(long millis, long more, long node) {
    long time = millis * 10_000 + UUID_EPOCH + more;
    byte[] uuid = new byte[16];
    Bytes.putLong(uuid, 0, time << 32 | (time >>> 32 & 0xFFFF) << 16 | 0x1000 | time >>> 48);
    Bytes.putLong(uuid, 8, node);
    return uuid;
  }

  /**
   * The date of a point of time; a time within the day before 1970 counts to 1970, as in Cassandra.
   */
  static byte[] date(long millis) {
    return ofInt((int) (millis / DAY_MILLIS + (1L << 31)));
  }

  private static byte[] time(long millis) {
    return ofLong(Math.floorMod(millis, DAY_MILLIS) * 1_000_000L);
  }

  static byte[] ofLong(long value) {
    byte[] result = new byte[8];
    Bytes.putLong(result, 0, value);
    return result;
  }

  static byte[] ofInt(int value) {
    byte[] result = new byte[4];
    Bytes.putInt(result, 0, value);
    return result;
  }
}
