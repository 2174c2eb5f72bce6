package io.ilion.protocol;

import io.ilion.model.Consistency;
import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import java.util.Objects;

/**
 * What accompanies a statement.
 *
 * @param consistency how many replicas have to answer
 * @param values the bound values; {@link BoundValues#NONE} when there are none (always for batches,
 *     whose values stand with their statements)
 * @param skipMetadata whether rows may come without the description of their columns
 * @param pageSize the greatest number of rows of a page, or {@link #NO_PAGE_SIZE}
 * @param pagingState where to go on, or null
 * @param serialConsistency the consistency of a conditional update's decision
 * @param timestamp the default timestamp in microseconds, or {@link #NO_TIMESTAMP}
 * @param keyspace the keyspace in place of the session's, or null (version 5)
 * @param nowInSeconds the time to decide about expiry by, or {@link #NO_NOW_IN_SECONDS} (version 5)
 */
public record QueryParameters(
    Consistency consistency,
    BoundValues values,
    boolean skipMetadata,
    int pageSize,
    byte[] pagingState,
    Consistency serialConsistency,
    long timestamp,
    String keyspace,
    int nowInSeconds) {

  /** The client asked for no paging. */
  public static final int NO_PAGE_SIZE = -1;

  /** The client gave no timestamp. */
  public static final long NO_TIMESTAMP = Long.MIN_VALUE;

  /** The client gave no time. */
  public static final int NO_NOW_IN_SECONDS = Integer.MIN_VALUE;

  private static final int VALUES = 0x01;
  private static final int SKIP_METADATA = 0x02;
  private static final int PAGE_SIZE = 0x04;
  private static final int PAGING_STATE = 0x08;
  private static final int SERIAL_CONSISTENCY = 0x10;
  private static final int TIMESTAMP = 0x20;
  private static final int NAMES = 0x40;
  private static final int KEYSPACE = 0x80;
  private static final int NOW_IN_SECONDS = 0x100;

  /** The parameters of a statement without values, paging or anything else. */
  public static QueryParameters of(Consistency consistency) {
    return of(consistency, BoundValues.NONE);
  }

  /** The same, with the metadata of the result. */
  public QueryParameters withMetadata() {
    return new QueryParameters(
        consistency,
        values,
        false,
        pageSize,
        pagingState,
        serialConsistency,
        timestamp,
        keyspace,
        nowInSeconds);
  }

  /** The parameters of a statement with nothing but values. */
  public static QueryParameters of(Consistency consistency, BoundValues values) {
    return new QueryParameters(
        consistency,
        values,
        false,
        NO_PAGE_SIZE,
        null,
        Consistency.SERIAL,
        NO_TIMESTAMP,
        null,
        NO_NOW_IN_SECONDS);
  }

  /** Returns these parameters with a page size and the place to go on (may be null). */
  public QueryParameters withPaging(int pageSize, byte[] pagingState) {
    return new QueryParameters(
        consistency,
        values,
        skipMetadata,
        pageSize,
        pagingState,
        serialConsistency,
        timestamp,
        keyspace,
        nowInSeconds);
  }

  static QueryParameters read(ByteBuf in, ProtocolVersion version) {
    Consistency consistency = Wire.readConsistency(in);
    int flags = version.atLeast(ProtocolVersion.V5) ? Wire.readInt(in) : Wire.readByte(in) & 0xFF;
    BoundValues values =
        (flags & VALUES) == 0
            ? BoundValues.NONE
            : BoundValues.read(in, version, (flags & NAMES) != 0);
    int pageSize = (flags & PAGE_SIZE) == 0 ? NO_PAGE_SIZE : Wire.readInt(in);
    if (pageSize == 0) {
      throw ProtocolException.recoverable("The page size cannot be 0");
    }
    byte[] pagingState = (flags & PAGING_STATE) == 0 ? null : Wire.readBytes(in);
    Consistency serial =
        (flags & SERIAL_CONSISTENCY) == 0 ? Consistency.SERIAL : Wire.readConsistency(in);
    long timestamp = NO_TIMESTAMP;
    if ((flags & TIMESTAMP) != 0) {
      timestamp = Wire.readLong(in);
      if (timestamp == NO_TIMESTAMP) {
        throw ProtocolException.recoverable(
            String.format(
                "Out of bound timestamp, must be in [%d, %d] (got %d)",
                Long.MIN_VALUE + 1, Long.MAX_VALUE, timestamp));
      }
    }
    String keyspace = null;
    int nowInSeconds = NO_NOW_IN_SECONDS;
    if (version.atLeast(ProtocolVersion.V5)) {
      keyspace = (flags & KEYSPACE) == 0 ? null : Wire.readString(in);
      nowInSeconds = (flags & NOW_IN_SECONDS) == 0 ? NO_NOW_IN_SECONDS : Wire.readInt(in);
    }
    return new QueryParameters(
        consistency,
        values,
        (flags & SKIP_METADATA) != 0,
        pageSize,
        pagingState,
        serial,
        timestamp,
        keyspace,
        nowInSeconds);
  }

  /** How many bytes stand behind the values, where neither page, keyspace nor time are given. */
  int bytesBehindValues() {
    return (pageSize != NO_PAGE_SIZE ? Integer.BYTES : 0)
        + (serialConsistency != Consistency.SERIAL ? Short.BYTES : 0)
        + (timestamp != NO_TIMESTAMP ? Long.BYTES : 0);
  }

  void write(ByteBuf out, ProtocolVersion version) {
    boolean v5 = version.atLeast(ProtocolVersion.V5);
    Wire.writeConsistency(out, consistency);
    int flags =
        (values.count() > 0 ? VALUES : 0)
            | (values.isNamed() ? NAMES : 0)
            | (skipMetadata ? SKIP_METADATA : 0)
            | (pageSize != NO_PAGE_SIZE ? PAGE_SIZE : 0)
            | (pagingState != null ? PAGING_STATE : 0)
            | (serialConsistency != Consistency.SERIAL ? SERIAL_CONSISTENCY : 0)
            | (timestamp != NO_TIMESTAMP ? TIMESTAMP : 0)
            | (v5 && keyspace != null ? KEYSPACE : 0)
            | (v5 && nowInSeconds != NO_NOW_IN_SECONDS ? NOW_IN_SECONDS : 0);
    if (v5) {
      out.writeInt(flags);
    } else {
      out.writeByte(flags);
    }
    if (values.count() > 0) {
      values.write(out);
    }
    if (pageSize != NO_PAGE_SIZE) {
      out.writeInt(pageSize);
    }
    if (pagingState != null) {
      Wire.writeBytes(out, pagingState);
    }
    if (serialConsistency != Consistency.SERIAL) {
      Wire.writeConsistency(out, serialConsistency);
    }
    if (timestamp != NO_TIMESTAMP) {
      out.writeLong(timestamp);
    }
    if ((flags & KEYSPACE) != 0) {
      Wire.writeString(out, keyspace);
    }
    if ((flags & NOW_IN_SECONDS) != 0) {
      out.writeInt(nowInSeconds);
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof QueryParameters that
        && consistency == that.consistency
        && values.equals(that.values)
        && skipMetadata == that.skipMetadata
        && pageSize == that.pageSize
        && Arrays.equals(pagingState, that.pagingState)
        && serialConsistency == that.serialConsistency
        && timestamp == that.timestamp
        && Objects.equals(keyspace, that.keyspace)
        && nowInSeconds == that.nowInSeconds;
  }

  @Override
  public int hashCode() {
    return Objects.hash(consistency, values, pageSize, timestamp, keyspace, nowInSeconds);
  }
}
