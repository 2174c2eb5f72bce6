package io.ilion.storage;

import io.ilion.model.data.Deletion;

/**
 * Moves over the partitions of one source (a memtable, an SSTable, a merge of them) in the order of
 * tokens, then of keys. The same rule for {@link Step#BLOCKED} as for {@link RowCursor} holds.
 */
public interface PartitionCursor extends AutoCloseable {

  /** What a step arrived at. */
  enum Step {
    /** A partition: its head can be read and {@link #rows} called. */
    PARTITION,
    /** Nothing more. */
    END,
    /** Nothing happened: a block is missing. */
    BLOCKED
  }

  /** Moves to the next partition; what is left of the rows of the current one is skipped. */
  Step next();

  /** As {@link RowCursor#awaitBlock}. */
  void awaitBlock(Runnable resume);

  /** The token of the current partition. */
  long token();

  /** The key of the current partition; not to be changed. */
  byte[] partitionKey();

  /** The deletion of the current partition as a whole, or NONE. */
  Deletion partitionDeletion();

  /** The image of the static row, or null; not shadowed by the partition's deletion. */
  byte[] staticRow();

  /** The rows of the current partition, until the next one; once for each partition. */
  RowCursor rows(Slices slices, boolean reversed);

  /** Lets go of what the cursor holds. */
  @Override
  void close();
}
