package io.ilion.storage;

import io.ilion.model.data.Deletion;
import io.ilion.model.data.RowReader;

/**
 * Takes what a read finds, on the lane that owns it, merged and without what deletions shadow; but
 * tombstones and expired cells come along, and the sink decides by its own time. The arguments are
 * valid during the call only. A sink that wants no more of a partition returns false for one of its
 * rows; one that wants no more at all, at the partition's end.
 */
public interface RowSink {

  /**
   * A partition begins. Not called for partitions of which nothing remains.
   *
   * @return whether its rows are wanted; false skips to the next partition
   */
  default boolean partition(long token, byte[] partitionKey, Deletion deletion) {
    return true;
  }

  /**
   * The static row of the partition, before its rows; false if those are not wanted. Nothing to
   * those who ask for rows alone.
   */
  default boolean staticRow(RowReader row) {
    return true;
  }

  /** A row of the partition; false if no more of the partition is wanted. */
  boolean row(byte[] keyArray, int keyOffset, int keyLength, RowReader row);

  /**
   * A range deletion begins, ends or changes in the slices that are read; which, and whether it is
   * before or behind a row, is of no matter to those who only count.
   */
  default void deletionMarker(long token, byte[] partitionKey) {}

  /**
   * Whether range deletions are wanted for themselves: then a partition is announced before its
   * markers too, each of which goes to {@link #marker} alone.
   */
  default boolean wantsMarkers() {
    return false;
  }

  /**
   * A marker, in its place among the rows, for those who want them.
   *
   * @param at stands at the marker, whose position and deletions can be read
   * @return false if no more of the partition is wanted
   */
  default boolean marker(RowCursor at) {
    return true;
  }

  /** The partition ended, maybe by the sink's wish; false if no more partitions are wanted. */
  default boolean endOfPartition() {
    return true;
  }

  /** The read is over: everything was given, or a method returned false. */
  void finished();

  /** The read failed; what was given so far is not to be used. */
  void failed(Throwable cause);
}
