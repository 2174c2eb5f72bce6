package io.ilion.storage.memtable;

import io.ilion.model.data.Deletion;
import io.ilion.model.data.UpdateReader;
import io.ilion.storage.PartitionCursor;
import io.ilion.storage.ReadCommand.PartitionRange;
import java.util.Arrays;

/**
 * What one lane wrote to one table since the last flush. Keys and rows are copied once, into a few
 * large arrays (see {@link Arena}), and known by their addresses; partitions and the rows of one
 * stand in sorted flat arrays of these. So a row is no object: the collector, which would copy each
 * twice before the next flush, has nothing to do with it.
 *
 * <p>Owned by its lane until it is frozen; from then on it never changes, and any thread may read
 * it. Cursors of the lane may stay open over writes: after one they find their place again by key,
 * and may or may not see it.
 */
public final class Memtable {
  private static final byte[] EMPTY = {};

  private final MemRow.Scratch scratch = new MemRow.Scratch();
  private final Arena arena = new Arena();
  private final SortedIndex partitions = new SortedIndex(arena);

  /** Null as long as there are few partitions. */
  private PartitionTable table;

  /** Those partitions that are more than one row. */
  private MemPartition[] wide = new MemPartition[4];

  private int wideCount;
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
    long before = bytes();
    long node = table == null ? 0 : table.find(token, array, offset, length);
    if (node == 0) {
      node = findOrInsert(token, array, offset, length);
    }
    apply(node, update);
    minTimestamp = Math.min(minTimestamp, scratch.minTimestamp);
    firstPosition = Math.min(firstPosition, position);
    lastPosition = Math.max(lastPosition, position);
    return bytes() - before;
  }

  private long findOrInsert(long token, byte[] key, int offset, int length) {
    long place = partitions.seek(token, key, offset, length);
    long node = partitions.match(place, token, key, offset, length);
    if (node == 0) {
      node = Node.create(arena, key, offset, length);
      partitions.insert(place, token, node);
      if (table != null) {
        table.add(token, node);
      } else if (partitions.size() == PartitionTable.LEAST_PARTITIONS) {
        table = new PartitionTable(arena, partitions);
      }
    }
    return node;
  }

  /** Applies an update that is placed before its first entry. */
  private void apply(long node, UpdateReader update) {
    byte[] array = update.array();
    Deletion deletion = update.partitionDeletion();
    if (!deletion.isNone()) {
      widen(node).delete(deletion);
    }
    if (update.hasStaticRow()) {
      scratch.see(array, update.staticRowOffset(), update.staticRowLength());
      widen(node).applyStaticRow(update, arena, scratch);
    }
    while (update.nextEntry()) {
      if (update.isRow()) {
        scratch.see(array, update.imageOffset(), update.imageLength());
        applyRow(node, update);
      } else {
        widen(node).applyRange(update, arena);
      }
    }
  }

  private void applyRow(long node, UpdateReader update) {
    long only = Node.content(arena, node);
    if (only == 0) {
      Node.setContent(arena, node, MemPartition.row(update, arena));
    } else if (only > 0
        && Node.compareKey(arena, only, update.array(), update.keyOffset(), update.keyLength())
            == 0) {
      MemRow.add(arena, only, update.array(), update.imageOffset(), update.imageLength(), scratch);
    } else {
      widen(node).applyRow(update, arena, scratch);
    }
  }

  /** Makes room in a partition for more than one row. */
  private MemPartition widen(long node) {
    MemPartition partition = wide(node);
    if (partition == null) {
      partition = new MemPartition(Node.content(arena, node));
      if (wideCount == wide.length) {
        wide = Arrays.copyOf(wide, wideCount * 2);
      }
      wide[wideCount] = partition;
      Node.setContent(arena, node, ~wideCount);
      wideCount++;
      arena.account(MemPartition.HEAP_BYTES);
    }
    return partition;
  }

  /** What a partition has if it is more than one row, else null. */
  MemPartition wide(long node) {
    long content = Node.content(arena, node);
    return content < 0 ? wide[(int) ~content] : null;
  }

  Arena arena() {
    return arena;
  }

  /** The memory taken, in bytes; 0 if nothing was applied. */
  public long bytes() {
    return isEmpty() ? 0 : arena.bytes();
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
    long node =
        table == null
            ? partitions.find(token, key, 0, key.length)
            : table.find(token, key, 0, key.length);
    return node == 0 ? null : new MemtableCursor(this, token, node);
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
        && Node.compareKey(arena, partitions.at(position), key, 0, key.length) == 0) {
      position = partitions.next(position);
    }
    return position;
  }

  SortedIndex partitions() {
    return partitions;
  }
}
