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
  private MemPartition partition;
  private long token;
  private byte[] key;
  private long position = SortedIndex.NONE;
  private int seenChanges = -1;
  private boolean started;
  private boolean ended;

  /** Over one partition. */
  MemtableCursor(long token, MemPartition partition) {
    this.memtable = null;
    this.range = null;
    this.token = token;
    this.partition = partition;
  }

  /** Over a range of partitions. */
  MemtableCursor(Memtable memtable, PartitionRange range) {
    this.memtable = memtable;
    this.range = range;
  }

  @Override
  public Step next() {
    if (memtable == null) {
      ended = started;
      started = true;
      return ended ? Step.END : Step.PARTITION;
    }
    if (ended) {
      return Step.END;
    }
    SortedIndex<MemPartition> partitions = memtable.partitions();
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
      partition = null;
      return Step.END;
    }
    partition = partitions.at(position);
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
      int offset = partition.keyOffset();
      key = Arrays.copyOfRange(partition.keyArray(), offset, offset + partition.keyLength());
    }
    return key;
  }

  @Override
  public Deletion partitionDeletion() {
    return partition.deletion();
  }

  @Override
  public byte[] staticRow() {
    MemRow row = partition.staticRow();
    if (row == null) {
      return null;
    }
    RowWriter out = new RowWriter();
    row.mergeTo(scratch(), out);
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
      rows = new MemRowCursor(this);
    }
    return rows.begin(partition, slices, reversed);
  }

  @Override
  public void close() {
    ended = true;
  }
}
