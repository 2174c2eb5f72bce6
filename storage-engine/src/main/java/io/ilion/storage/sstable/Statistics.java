package io.ilion.storage.sstable;

import io.ilion.model.data.Deletion;
import io.ilion.model.data.RowReader;
import io.ilion.storage.Slices;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * What is known of a whole file, so that reads and compactions can pass it by.
 *
 * @param tombstones cells, rows, ranges and partitions that are deleted
 * @param minTimestamp microseconds, of anything in the file
 * @param minLocalDeletion the earliest time, in seconds, at which something was deleted or expires;
 *     Long.MAX_VALUE if nothing ever does
 * @param maxLocalDeletion the latest of these times; Long.MAX_VALUE if something stays for ever
 * @param wholePartitions whether something concerns a partition as a whole: its deletion or its
 *     static row
 * @param firstPosition at or before all rows and markers; null if there are none
 * @param lastPosition at or behind all of them
 */
record Statistics(
    long partitions,
    long rows,
    long tombstones,
    long minTimestamp,
    long maxTimestamp,
    long minLocalDeletion,
    long maxLocalDeletion,
    long firstToken,
    long lastToken,
    boolean wholePartitions,
    byte[] firstPosition,
    byte[] lastPosition) {

  /** Bounds are cut to so many bytes. */
  private static final int BOUND_BYTES = 256;

  /** Whether a partition of the file may have something that a read of these slices needs. */
  boolean mayConcern(Slices slices) {
    if (wholePartitions) {
      return true;
    }
    if (firstPosition == null) {
      return false;
    }
    for (Slices.Interval interval : slices.intervals()) {
      if (Arrays.compareUnsigned(interval.start(), lastPosition) <= 0
          && Arrays.compareUnsigned(interval.end(), firstPosition) > 0) {
        return true;
      }
    }
    return false;
  }

  byte[] toBytes() {
    int first = firstPosition == null ? 0 : firstPosition.length;
    int last = lastPosition == null ? 0 : lastPosition.length;
    ByteBuffer out = ByteBuffer.allocate(9 * 8 + 1 + 2 * 4 + first + last);
    out.putLong(partitions).putLong(rows).putLong(tombstones);
    out.putLong(minTimestamp).putLong(maxTimestamp);
    out.putLong(minLocalDeletion).putLong(maxLocalDeletion);
    out.putLong(firstToken).putLong(lastToken);
    out.put((byte) ((wholePartitions ? 1 : 0) | (firstPosition == null ? 0 : 2)));
    out.putInt(first).putInt(last);
    if (firstPosition != null) {
      out.put(firstPosition).put(lastPosition);
    }
    return out.array();
  }

  static Statistics read(ByteBuffer in) {
    long partitions = in.getLong();
    long rows = in.getLong();
    long tombstones = in.getLong();
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
    boolean positions = (flags & 2) != 0;
    return new Statistics(
        partitions,
        rows,
        tombstones,
        minTimestamp,
        maxTimestamp,
        minLocalDeletion,
        maxLocalDeletion,
        firstToken,
        lastToken,
        (flags & 1) != 0,
        positions ? first : null,
        positions ? last : null);
  }

  /** Sees everything that goes into a file, in its order. */
  static final class Collector {
    private final RowReader reader = new RowReader();
    private long partitions;
    private long rows;
    private long tombstones;
    private long minTimestamp = Long.MAX_VALUE;
    private long maxTimestamp = Long.MIN_VALUE;
    private long minLocalDeletion = Long.MAX_VALUE;
    private long maxLocalDeletion = Long.MIN_VALUE;
    private long firstToken;
    private long lastToken;
    private boolean wholePartitions;
    private byte[] firstPosition;
    private byte[] lastPosition;

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
      if (staticRow != null) {
        image(staticRow, 0, staticRow.length);
      }
      wholePartitions |= staticRow != null || !deletion.isNone();
    }

    void marker(Deletion after) {
      deletion(after);
    }

    void row(byte[] image, int offset, int length) {
      rows++;
      image(image, offset, length);
    }

    /** The rows and markers of one partition lie between two positions. */
    void positions(byte[] first, byte[] last) {
      if (firstPosition == null || Arrays.compareUnsigned(first, firstPosition) < 0) {
        firstPosition = first.length > BOUND_BYTES ? Arrays.copyOf(first, BOUND_BYTES) : first;
      }
      if (lastPosition == null || Arrays.compareUnsigned(last, lastPosition) > 0) {
        lastPosition =
            last.length > BOUND_BYTES ? Slices.behind(Arrays.copyOf(last, BOUND_BYTES)) : last;
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
    }

    Statistics statistics() {
      return new Statistics(
          partitions,
          rows,
          tombstones,
          minTimestamp,
          maxTimestamp,
          minLocalDeletion,
          maxLocalDeletion,
          firstToken,
          lastToken,
          wholePartitions,
          firstPosition,
          lastPosition);
    }
  }
}
