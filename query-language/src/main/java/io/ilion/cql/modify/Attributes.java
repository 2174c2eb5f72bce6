package io.ilion.cql.modify;

import io.ilion.cql.ast.Using;
import io.ilion.cql.term.Evaluation;
import io.ilion.cql.term.PreparedTerm;
import io.ilion.cql.term.Receiver;
import io.ilion.cql.term.TermPreparer;
import io.ilion.model.CqlException;
import io.ilion.model.type.NativeType;
import io.ilion.model.type.Values;
import java.nio.ByteBuffer;

/** The USING clause: a timestamp and a time to live, each may be absent. */
public final class Attributes {
  /** The longest time to live in seconds: 20 years. */
  static final int MAX_TIME_TO_LIVE = 20 * 365 * 24 * 60 * 60;

  private final PreparedTerm timestamp;
  private final PreparedTerm timeToLive;

  private Attributes(PreparedTerm timestamp, PreparedTerm timeToLive) {
    this.timestamp = timestamp;
    this.timeToLive = timeToLive;
  }

  /** Prepares a clause of a statement on a table, or of a batch, both of whose names are given. */
  public static Attributes prepare(
      Using using, String keyspace, String table, TermPreparer preparer) {
    return new Attributes(
        using.timestamp() == null
            ? null
            : preparer.prepare(
                using.timestamp(), new Receiver(keyspace, table, "[timestamp]", NativeType.BIGINT)),
        using.timeToLive() == null
            ? null
            : preparer.prepare(
                using.timeToLive(), new Receiver(keyspace, table, "[ttl]", NativeType.INT)));
  }

  /** Whether a timestamp is given. */
  public boolean hasTimestamp() {
    return timestamp != null;
  }

  /** Whether a time to live is given. */
  public boolean hasTimeToLive() {
    return timeToLive != null;
  }

  /** The timestamp in microseconds, or the default if none is given or it is unset. */
  public long timestamp(Evaluation evaluation, long defaultTimestamp) {
    if (timestamp == null) {
      return defaultTimestamp;
    }
    byte[] value = timestamp.evaluate(evaluation);
    if (value == null) {
      throw CqlException.invalid("Invalid null value of timestamp");
    }
    if (Values.isUnset(value)) {
      return defaultTimestamp;
    }
    if (value.length != Long.BYTES) {
      throw CqlException.invalid("Invalid timestamp value: " + value.length + " bytes");
    }
    long micros = ByteBuffer.wrap(value).getLong();
    if (micros == Long.MIN_VALUE) {
      throw CqlException.invalid(
          "Out of bound timestamp, must be in [%d, %d]", Long.MIN_VALUE + 1, Long.MAX_VALUE);
    }
    return micros;
  }

  /** The time to live in seconds, or the table's default if none is given or it is unset. */
  int timeToLive(Evaluation evaluation, int defaultSeconds) {
    if (timeToLive == null) {
      return defaultSeconds;
    }
    byte[] value = timeToLive.evaluate(evaluation);
    if (value == null) {
      return 0;
    }
    if (Values.isUnset(value)) {
      return defaultSeconds;
    }
    if (value.length != Integer.BYTES) {
      throw CqlException.invalid("Invalid timestamp value: " + value.length + " bytes");
    }
    int seconds = ByteBuffer.wrap(value).getInt();
    if (seconds < 0) {
      throw CqlException.invalid("A TTL must be greater or equal to 0, but was " + seconds);
    }
    if (seconds > MAX_TIME_TO_LIVE) {
      throw CqlException.invalid(
          "ttl is too large. requested (%d) maximum (%d)", seconds, MAX_TIME_TO_LIVE);
    }
    return seconds;
  }
}
