package io.ilion.storage;

import io.ilion.model.ring.TokenRange;
import io.ilion.runtime.Lane;
import io.ilion.storage.ReadCommand.PartitionRange;
import java.util.List;

/**
 * An immutable sorted file of one table, counted by reference: whoever made or opened it holds one,
 * every reader one more. An obsolete file is deleted when the last one is let go.
 */
public interface TableFile {

  /** The number in its name; unique in the node. */
  long generation();

  /**
   * A cursor over one partition, or null if the file surely has nothing of it in these slices.
   *
   * @param slices what will be asked of the partition's rows
   * @param lane that the cursor must not block, or null for background work
   */
  PartitionCursor partition(long token, byte[] key, Slices slices, Lane lane);

  /**
   * A position before all rows and markers of the file in the direction of a walk over slices, and
   * none of them, if no partition has anything else; null if it is known of none that such a walk
   * would not begin behind.
   */
  default byte[] latePosition(Slices slices, boolean reversed) {
    return null;
  }

  /** A cursor over the partitions of a range, or null as above; slices and lane as above. */
  PartitionCursor scan(PartitionRange range, Slices slices, Lane lane);

  /** Adds a reference; any thread. */
  void retain();

  /** Lets a reference go; any thread. */
  void release();

  /** Has the file deleted with its last reference. */
  void markObsolete();

  /** Bytes on disk. */
  long bytes();

  /** Bytes of the data before compression. */
  long rawBytes();

  /** How many of these, since it was opened, reads of clients found missing in the cache. */
  default long missedBytes() {
    return 0;
  }

  /** Whether a partition has a static row. */
  boolean hasStaticRows();

  /** The number of partitions. */
  long partitions();

  /** The number of rows. */
  long rows();

  /** The number of cells, tombstones among them. */
  long cells();

  /** The number of deleted cells, rows, ranges and partitions. */
  long tombstones();

  /**
   * At least how many cells, livenesses, rows, ranges and partitions were deleted or expire before
   * a time in seconds since 1970; not many fewer than there are.
   */
  long deletedOrExpiredBefore(long seconds);

  /** The least timestamp of anything in the file. */
  long minTimestamp();

  /** The greatest timestamp of anything in the file. */
  long maxTimestamp();

  /**
   * The earliest time, in seconds since 1970, at which something in the file was deleted or
   * expires; Long.MAX_VALUE if nothing ever does.
   */
  long minLocalDeletion();

  /** The latest of these times; Long.MAX_VALUE if something in the file stays for ever. */
  long maxLocalDeletion();

  /** The token of the first partition. */
  long firstToken();

  /** The token of the last partition. */
  long lastToken();

  /** Whether {@link #copy} can be asked for: all that its blocks have is the table's. */
  default boolean isCopyable() {
    return false;
  }

  /** A piece of the blocks as they are stored, as {@link StoredFiles#read} has it; blocks. */
  default byte[] copy(List<TokenRange> ranges, int range, long block, int limit) {
    throw new UnsupportedOperationException("what is shown in part cannot be copied");
  }
}
