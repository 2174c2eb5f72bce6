package io.ilion.storage.memtable;

import io.ilion.model.data.UpdateReader;
import io.ilion.storage.PartitionCursor;
import io.ilion.storage.ReadCommand.PartitionRange;

/**
 * What one lane wrote to one table since the last flush. Keys and rows are copied once, into a few
 * large arrays (see {@link Arena}); partitions and rows stand in sorted flat arrays.
 *
 * <p>Owned by its lane until it is frozen; from then on it never changes, and any thread may read
 * it. Cursors of the lane may stay open over writes: after one they find their place again by key,
 * and may or may not see it.
 */
public final class Memtable {
  private static final byte[] EMPTY = {};

  private final SortedIndex<MemPartition> partitions = new SortedIndex<>();
  private final MemRow.Scratch scratch = new MemRow.Scratch();
  private final Arena arena = new Arena();
  private long bytes;
  private long minTimestamp = Long.MAX_VALUE;
  private long firstPosition = Long.MAX_VALUE;
  private long lastPosition = -1;

  /**
   * Applies an update.
   *
   * @param token of its partition key
   * @param update placed on the update, of which nothing is kept
   * @param position of its record in the lane's part of the commit log
   * @return by how many bytes the memtable grew; negative if rows became smaller
   */
  public long apply(long token, UpdateReader update, long position) {
    byte[] array = update.array();
    int offset = update.partitionKeyOffset();
    int length = update.partitionKeyLength();
    long grown = -arena.bytes();
    long place = partitions.seek(token, array, offset, length);
    MemPartition partition = partitions.match(place, token, array, offset, length);
    if (partition == null) {
      int at = arena.take(length);
      System.arraycopy(array, offset, arena.array(), at, length);
      partition = new MemPartition(arena.array(), at, length);
      partitions.insert(place, token, partition);
      grown += MemPartition.OVERHEAD;
    }
    grown += partition.apply(update, scratch, arena);
    grown += arena.bytes();
    minTimestamp = Math.min(minTimestamp, scratch.minTimestamp);
    bytes += grown;
    firstPosition = Math.min(firstPosition, position);
    lastPosition = Math.max(lastPosition, position);
    return grown;
  }

  /** An estimate of the memory taken, in bytes. */
  public long bytes() {
    return bytes;
  }

  /** The least timestamp of anything that rows brought, or Long.MAX_VALUE. */
  public long minTimestamp() {
    return minTimestamp;
  }

  /** Whether nothing was applied. */
  public boolean isEmpty() {
    return partitions.size() == 0;
  }

  /** The number of partitions. */
  public int partitionCount() {
    return partitions.size();
  }

  /** The position of the first record applied, or Long.MAX_VALUE. */
  public long firstPosition() {
    return firstPosition;
  }

  /** The position of the last record applied, or -1. */
  public long lastPosition() {
    return lastPosition;
  }

  /** A cursor over one partition, or null if it is absent. */
  public PartitionCursor partition(long token, byte[] key) {
    MemPartition partition = partitions.find(token, key, 0, key.length);
    return partition == null ? null : new MemtableCursor(token, partition);
  }

  /** A cursor over the partitions of a range. */
  public PartitionCursor scan(PartitionRange range) {
    return new MemtableCursor(this, range);
  }

  /** The position of the first partition at or behind a place. */
  long seek(long token, byte[] key, boolean inclusive) {
    byte[] from = key == null ? EMPTY : key;
    long position = partitions.ceiling(token, from, 0, from.length);
    if (!inclusive
        && key != null
        && position != SortedIndex.NONE
        && partitions.orderAt(position) == token
        && partitions.at(position).compareKey(key, 0, key.length) == 0) {
      position = partitions.next(position);
    }
    return position;
  }

  SortedIndex<MemPartition> partitions() {
    return partitions;
  }
}
