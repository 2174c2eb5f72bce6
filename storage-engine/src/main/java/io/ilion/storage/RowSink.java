package io.ilion.storage;

import io.ilion.model.data.Deletion;
import io.ilion.model.data.RowReader;

/**
 * Takes what a read finds, on the lane that owns it, merged and without what deletions shadow; but
 * tombstones and expired cells come along, and the sink decides by its own time. The arguments are
 * valid during the call only. A sink that returns false ends the read, which then counts as
 * finished.
 */
public interface RowSink {

  /**
   * A partition begins. Not called for partitions of which nothing remains.
   *
   * @return whether its rows are wanted; false skips to the next partition
   */
  boolean partition(long token, byte[] partitionKey, Deletion deletion);

  /** The static row of the partition; called before its rows, if there is one. */
  boolean staticRow(RowReader row);

  /** A row of the partition. */
  boolean row(byte[] keyArray, int keyOffset, int keyLength, RowReader row);

  /** The partition ended (also when the sink ended it). */
  default boolean endOfPartition() {
    return true;
  }

  /** The read is over: everything was given, or a method returned false. */
  void finished();

  /** The read failed; what was given so far is not to be used. */
  void failed(Throwable cause);
}
