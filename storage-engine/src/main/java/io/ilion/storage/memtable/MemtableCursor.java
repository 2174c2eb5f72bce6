package io.ilion.storage.memtable;

import io.ilion.model.data.Deletion;
import io.ilion.model.data.RowWriter;
import io.ilion.storage.PartitionCursor;
import io.ilion.storage.ReadCommand.PartitionRange;
import io.ilion.storage.RowCursor;
import io.ilion.storage.Slices;
import java.util.Arrays;

/**
 * Walks over the partitions of a memtable, or over one. Never blocked. What a partition's own
 * deletions shadow still comes along: merging takes it out.
 */
final class MemtableCursor implements PartitionCursor {
  private final Memtable memtable;
  private final PartitionRange range;
  private MemRow.Scratch scratch;
  private MemRowCursor rows;

  /** The current partition. */
  private long node;

  private long token;
  private byte[] key;
  private long position = SortedIndex.NONE;
  private int seenChanges = -1;
  private boolean started;
  private boolean ended;

  /** Over one partition. */
  MemtableCursor(Memtable memtable, long token, long node) {
    this.memtable = memtable;
    this.range = null;
    this.token = token;
    this.node = node;
  }

  /** Over a range of partitions. */
  MemtableCursor(Memtable memtable, PartitionRange range) {
    this.memtable = memtable;
    this.range = range;
  }

  @Override
  public Step next() {
    if (range == null) {
      ended = started;
      started = true;
      return ended ? Step.END : Step.PARTITION;
    }
    if (ended) {
      return Step.END;
    }
    SortedIndex partitions = memtable.partitions();
    if (!started) {
      position = memtable.seek(range.startToken(), range.startKey(), range.startInclusive());
      started = true;
    } else if (seenChanges == partitions.changes()) {
      position = partitions.next(position);
    } else {
      position = memtable.seek(token, partitionKey(), false);
    }
    seenChanges = partitions.changes();
    key = null;
    if (position == SortedIndex.NONE || partitions.orderAt(position) > range.endToken()) {
      ended = true;
      return Step.END;
    }
    node = partitions.at(position);
    token = partitions.orderAt(position);
    return Step.PARTITION;
  }

  @Override
  public void awaitBlock(Runnable resume) {
    throw new IllegalStateException("a memtable is never blocked");
  }

  @Override
  public long token() {
    return token;
  }

  @Override
  public byte[] partitionKey() {
    if (key == null) {
      Arena arena = memtable.arena();
      int offset = Node.keyOffset(node);
      key = Arrays.copyOfRange(arena.array(node), offset, offset + Node.keyLength(arena, node));
    }
    return key;
  }

  @Override
  public Deletion partitionDeletion() {
    MemPartition wide = memtable.wide(node);
    return wide == null ? Deletion.NONE : wide.deletion();
  }

  @Override
  public byte[] staticRow() {
    MemPartition wide = memtable.wide(node);
    if (wide == null || wide.staticRow() == 0) {
      return null;
    }
    RowWriter out = new RowWriter();
    MemRow.mergeTo(memtable.arena(), wide.staticRow(), scratch(), out);
    return out.toByteArray();
  }

  /** What merging needs; made for the first row that has several images. */
  MemRow.Scratch scratch() {
    if (scratch == null) {
      scratch = new MemRow.Scratch();
    }
    return scratch;
  }

  @Override
  public RowCursor rows(Slices slices, boolean reversed) {
    if (rows == null) {
      rows = new MemRowCursor(this, memtable);
    }
    return rows.begin(node, slices, reversed);
  }

  @Override
  public void close() {
    ended = true;
  }
}
