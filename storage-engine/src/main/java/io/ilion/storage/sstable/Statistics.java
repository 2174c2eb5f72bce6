package io.ilion.storage.sstable;

import io.ilion.model.data.Deletion;
import io.ilion.model.data.RowReader;
import io.ilion.storage.Slices;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/**
 * What is known of a whole file, so that reads and compactions can pass it by.
 *
 * @param cells with tombstones among them, those of static rows too
 * @param tombstones cells, rows, ranges and partitions that are deleted
 * @param rawBytes of all blocks when not compressed
 * @param minTimestamp microseconds, of anything in the file
 * @param minLocalDeletion the earliest time, in seconds, at which something was deleted or expires;
 *     Long.MAX_VALUE if nothing ever does
 * @param maxLocalDeletion the latest of these times; Long.MAX_VALUE if something stays for ever
 * @param deletedPartitions whether a partition was deleted
 * @param staticRows whether a partition has a static row
 * @param firstPosition at or before all rows and markers; null if there are none
 * @param lastPosition at or behind all of them
 * @param deletionTimes when what is deleted was deleted, and what expires expires
 */
record Statistics(
    long partitions,
    long rows,
    long cells,
    long tombstones,
    long rawBytes,
    long minTimestamp,
    long maxTimestamp,
    long minLocalDeletion,
    long maxLocalDeletion,
    long firstToken,
    long lastToken,
    boolean deletedPartitions,
    boolean staticRows,
    byte[] firstPosition,
    byte[] lastPosition,
    TimeHistogram deletionTimes) {

  /** Bounds are cut to so many bytes. */
  private static final int BOUND_BYTES = 256;

  private static final int DELETED_PARTITIONS = 1;
  private static final int STATIC_ROWS = 2;
  private static final int POSITIONS = 4;

  /** Whether a partition of the file may have something that a read of these slices needs. */
  boolean mayConcern(Slices slices) {
    if (deletedPartitions || staticRows) {
      return true;
    }
    if (firstPosition == null) {
      return false;
    }
    // A read asks this of every file: the iterator was a twentieth of a point read in a profile.
    List<Slices.Interval> intervals = slices.intervals();
    for (int i = 0; i < intervals.size(); i++) {
      Slices.Interval interval = intervals.get(i);
      if (Arrays.compareUnsigned(interval.start(), lastPosition) <= 0
          && Arrays.compareUnsigned(interval.end(), firstPosition) > 0) {
        return true;
      }
    }
    return false;
  }

  /** Whether partitions have rows and markers, and nothing else that concerns reads. */
  boolean hasOnlyRows() {
    return firstPosition != null && !deletedPartitions && !staticRows;
  }

  /** A bound behind everything that begins with the first bytes of a position. */
  private static byte[] behindAll(byte[] position) {
    int length = BOUND_BYTES;
    while (length > 0 && position[length - 1] == (byte) 0xff) {
      length--;
    }
    if (length == 0) {
      return position;
    }
    byte[] bound = Arrays.copyOf(position, length);
    bound[length - 1]++;
    return bound;
  }

  byte[] toBytes() {
    int first = firstPosition == null ? 0 : firstPosition.length;
    int last = lastPosition == null ? 0 : lastPosition.length;
    ByteBuffer out =
        ByteBuffer.allocate(11 * 8 + 1 + 2 * 4 + first + last + deletionTimes.length());
    out.putLong(partitions).putLong(rows).putLong(cells).putLong(tombstones).putLong(rawBytes);
    out.putLong(minTimestamp).putLong(maxTimestamp);
    out.putLong(minLocalDeletion).putLong(maxLocalDeletion);
    out.putLong(firstToken).putLong(lastToken);
    out.put(
        (byte)
            ((deletedPartitions ? DELETED_PARTITIONS : 0)
                | (staticRows ? STATIC_ROWS : 0)
                | (firstPosition == null ? 0 : POSITIONS)));
    out.putInt(first).putInt(last);
    if (firstPosition != null) {
      out.put(firstPosition).put(lastPosition);
    }
    deletionTimes.write(out);
    return out.array();
  }

  static Statistics read(ByteBuffer in) {
    long partitions = in.getLong();
    long rows = in.getLong();
    long cells = in.getLong();
    long tombstones = in.getLong();
    long rawBytes = in.getLong();
    long minTimestamp = in.getLong();
    long maxTimestamp = in.getLong();
    long minLocalDeletion = in.getLong();
    long maxLocalDeletion = in.getLong();
    long firstToken = in.getLong();
    long lastToken = in.getLong();
    int flags = in.get();
    byte[] first = new byte[in.getInt()];
    byte[] last = new byte[in.getInt()];
    in.get(first).get(last);
    if (last.length > BOUND_BYTES) {
      // It was cut as early builds did it, by a byte 0xff, behind which there may be more.
      last = behindAll(last);
    }
    boolean positions = (flags & POSITIONS) != 0;
    return new Statistics(
        partitions,
        rows,
        cells,
        tombstones,
        rawBytes,
        minTimestamp,
        maxTimestamp,
        minLocalDeletion,
        maxLocalDeletion,
        firstToken,
        lastToken,
        (flags & DELETED_PARTITIONS) != 0,
        (flags & STATIC_ROWS) != 0,
        positions ? first : null,
        positions ? last : null,
        TimeHistogram.read(in));
  }

  /** Sees everything that goes into a file, in its order. */
  static final class Collector {
    private final RowReader reader = new RowReader();
    private long partitions;
    private long rows;
    private long cells;
    private long tombstones;
    private long rawBytes;
    private long minTimestamp = Long.MAX_VALUE;
    private long maxTimestamp = Long.MIN_VALUE;
    private long minLocalDeletion = Long.MAX_VALUE;
    private long maxLocalDeletion = Long.MIN_VALUE;
    private long firstToken;
    private long lastToken;
    private boolean deletedPartitions;
    private boolean staticRows;
    private byte[] firstPosition;
    private byte[] lastPosition;
    private final TimeHistogram deletionTimes = new TimeHistogram();

    long partitions() {
      return partitions;
    }

    void partition(long token, Deletion deletion, byte[] staticRow) {
      if (partitions == 0) {
        firstToken = token;
      }
      lastToken = token;
      partitions++;
      deletion(deletion);
      deletedPartitions |= !deletion.isNone();
      if (staticRow != null) {
        staticRows = true;
        image(staticRow, 0, staticRow.length);
      }
    }

    void block(int length) {
      rawBytes += length;
    }

    void marker(Deletion after) {
      deletion(after);
    }

    void row(byte[] image, int offset, int length) {
      rows++;
      image(image, offset, length);
    }

    /** The rows and markers of one partition lie between two positions. */
    void positions(byte[] first, byte[] last, int lastLength) {
      if (firstPosition == null || Arrays.compareUnsigned(first, firstPosition) < 0) {
        firstPosition = first.length > BOUND_BYTES ? Arrays.copyOf(first, BOUND_BYTES) : first;
      }
      if (lastPosition == null
          || Arrays.compareUnsigned(last, 0, lastLength, lastPosition, 0, lastPosition.length)
              > 0) {
        byte[] bound = Arrays.copyOf(last, lastLength);
        lastPosition = lastLength > BOUND_BYTES ? behindAll(bound) : bound;
      }
    }

    private void image(byte[] image, int offset, int length) {
      reader.wrap(image, offset, length);
      if (reader.hasLiveness()) {
        seen(reader.livenessTimestamp(), reader.livenessExpiresAt());
      }
      if (reader.hasDeletion()) {
        tombstones++;
        seen(reader.deletionTimestamp(), reader.deletionLocalSeconds());
      }
      while (reader.nextCell()) {
        cells++;
        boolean deleted = reader.isTombstone() || reader.isColumnDeletion();
        tombstones += deleted ? 1 : 0;
        seen(reader.timestamp(), deleted ? reader.localDeletionSeconds() : reader.expiresAt());
      }
    }

    private void deletion(Deletion deletion) {
      if (!deletion.isNone()) {
        tombstones++;
        seen(deletion.timestamp(), deletion.localSeconds());
      }
    }

    private void seen(long timestamp, long localDeletion) {
      minTimestamp = Math.min(minTimestamp, timestamp);
      maxTimestamp = Math.max(maxTimestamp, timestamp);
      minLocalDeletion = Math.min(minLocalDeletion, localDeletion);
      maxLocalDeletion = Math.max(maxLocalDeletion, localDeletion);
      if (localDeletion != Long.MAX_VALUE) {
        deletionTimes.add(localDeletion);
      }
    }

    Statistics statistics() {
      return new Statistics(
          partitions,
          rows,
          cells,
          tombstones,
          rawBytes,
          minTimestamp,
          maxTimestamp,
          minLocalDeletion,
          maxLocalDeletion,
          firstToken,
          lastToken,
          deletedPartitions,
          staticRows,
          firstPosition,
          lastPosition,
          deletionTimes);
    }
  }
}
