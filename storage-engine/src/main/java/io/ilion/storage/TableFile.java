package io.ilion.storage;

import io.ilion.runtime.Lane;
import io.ilion.storage.ReadCommand.PartitionRange;

/**
 * An immutable sorted file of one table, counted by reference: whoever made or opened it holds one,
 * every reader one more. An obsolete file is deleted when the last one is let go.
 */
public interface TableFile {

  /** The number in its name; unique in the node. */
  long generation();

  /**
   * A cursor over one partition, or null if the file surely does not have it.
   *
   * @param lane that the cursor must not block, or null for background work
   */
  PartitionCursor partition(long token, byte[] key, Lane lane);

  /** A cursor over the partitions of a range; the lane as above. */
  PartitionCursor scan(PartitionRange range, Lane lane);

  /** Adds a reference; any thread. */
  void retain();

  /** Lets a reference go; any thread. */
  void release();

  /** Has the file deleted with its last reference. */
  void markObsolete();

  /** Bytes on disk. */
  long bytes();

  /** The number of partitions. */
  long partitions();

  /** The least timestamp of anything in the file. */
  long minTimestamp();

  /** The greatest timestamp of anything in the file. */
  long maxTimestamp();
}
