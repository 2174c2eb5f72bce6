package io.ilion.storage;

import java.io.IOException;

/**
 * A file of a table that is being written, piece by piece, so that whoever writes can pause in
 * between. Methods block, and are called by one background thread at a time. Either {@link #finish}
 * or {@link #abandon} ends it.
 */
public interface TableWriter {

  /**
   * Writes more.
   *
   * @param source the same each time; merged, with markers; it never blocks; closed by the caller
   * @param bytes after about so many of the file it returns, even within a partition
   * @return whether there may be more; if not, the source has ended
   */
  boolean write(PartitionCursor source, long bytes) throws IOException;

  /**
   * Begins to write one partition, for whoever has more than one file to write: the one at which a
   * cursor stands, behind those written so far. The cursor, merged and with markers, stays there
   * until {@link #addRows} has said that the partition is whole.
   */
  void begin(PartitionCursor source);

  /**
   * Writes rows of the partition that was begun.
   *
   * @param bytes after about so many of the file it returns
   * @return END if the partition is whole, BLOCKED if its cursor is; otherwise there are more rows
   */
  RowCursor.Step addRows(long bytes) throws IOException;

  /** After BLOCKED: runs the task when it is worth to go on, as {@link RowCursor} has it. */
  void awaitBlock(Runnable resume);

  /** How long the file is by now. */
  long bytes();

  /**
   * Makes the file durable, its name included.
   *
   * @return the open file, or null if nothing was written, and so there is none
   */
  TableFile finish() throws IOException;

  /** Deletes what was written, also if {@link #finish} failed. */
  void abandon() throws IOException;
}
