package io.ilion.storage.sstable;

import io.ilion.model.data.Deletion;
import io.ilion.runtime.Lane;
import io.ilion.storage.PartitionCursor;
import io.ilion.storage.ReadCommand.PartitionRange;
import io.ilion.storage.RowCursor;
import io.ilion.storage.Slices;
import java.util.Arrays;

/** Walks over the partitions of an SSTable in a range, or over one. */
final class SSTableCursor implements PartitionCursor {
  private final SSTable table;
  private final BlockIndex index;
  private final Lane lane;
  private final BlockSource source;
  private final long startToken;
  private final byte[] startKey;
  private final boolean startInclusive;
  private final long endToken;
  private final boolean single;
  private final BlockReader reader = new BlockReader();

  /** Where to look for the next head: a block and an offset there, -1 for its beginning. */
  private int block;

  private int offset = -1;
  private boolean ended;

  private long token;
  private byte[] key;
  private Deletion deletion = Deletion.NONE;
  private byte[] staticRow;
  private boolean onPartition;

  /** Over one partition. */
  SSTableCursor(SSTable table, Lane lane, long token, byte[] key) {
    this(table, lane, token, key, true, token, true);
  }

  /** Over a range. */
  SSTableCursor(SSTable table, Lane lane, PartitionRange range, byte[] from) {
    this(
        table,
        lane,
        range.startToken(),
        from,
        range.startInclusive() || range.startKey() == null,
        range.endToken(),
        false);
  }

  private SSTableCursor(
      SSTable table,
      Lane lane,
      long startToken,
      byte[] startKey,
      boolean startInclusive,
      long endToken,
      boolean single) {
    this.table = table;
    this.index = table.index();
    this.lane = lane;
    this.source = new BlockSource(table, lane);
    this.startToken = startToken;
    this.startKey = startKey;
    this.startInclusive = startInclusive;
    this.endToken = endToken;
    this.single = single;
    this.block = index.blockOfHead(startToken, startKey);
    this.ended = index.count == 0;
  }

  @Override
  public Step next() {
    if (onPartition) {
      onPartition = false;
      if (single) {
        ended = true;
      } else {
        // What is left of a long partition is stepped over by the index.
        int last = index.lastBlock(block, key);
        if (last > block) {
          block = last;
          offset = -1;
        }
      }
    }
    while (!ended) {
      if (block >= index.count || index.tokens[block] > endToken) {
        ended = true;
        break;
      }
      byte[] bytes = source.get(block);
      if (bytes == null) {
        return Step.BLOCKED;
      }
      reader.bytes = bytes;
      int at = Math.max(offset, 0);
      while (at < bytes.length) {
        at = reader.read(at);
        if (reader.kind == SSTableWriter.HEAD) {
          int order = compareToStart();
          if (order > 0 || (order == 0 && startInclusive)) {
            return take(order, at);
          }
        }
      }
      block++;
      offset = -1;
      if (single && !(block < index.count && index.positions[block] == null && isStart(block))) {
        ended = true;
      }
    }
    return Step.END;
  }

  private boolean isStart(int at) {
    return index.tokens[at] == startToken && Arrays.equals(index.keys[at], startKey);
  }

  private int compareToStart() {
    int order = Long.compare(reader.token, startToken);
    return order != 0 ? order : reader.compareKey(startKey);
  }

  /** The head that was just read begins the next partition, if it is still within the range. */
  private Step take(int order, int behind) {
    if (reader.token > endToken || (single && order != 0)) {
      ended = true;
      return Step.END;
    }
    token = reader.token;
    key = Arrays.copyOfRange(reader.bytes, reader.keyOffset, reader.keyOffset + reader.keyLength);
    deletion = reader.deletion();
    staticRow =
        reader.imageLength < 0
            ? null
            : Arrays.copyOfRange(
                reader.bytes, reader.imageOffset, reader.imageOffset + reader.imageLength);
    offset = behind;
    onPartition = true;
    return Step.PARTITION;
  }

  @Override
  public void awaitBlock(Runnable resume) {
    source.await(resume);
  }

  @Override
  public long token() {
    return token;
  }

  @Override
  public byte[] partitionKey() {
    return key;
  }

  @Override
  public Deletion partitionDeletion() {
    return deletion;
  }

  @Override
  public byte[] staticRow() {
    return staticRow;
  }

  @Override
  public RowCursor rows(Slices slices, boolean reversed) {
    return new SSTableRowCursor(
        table,
        new BlockSource(table, lane),
        reader.bytes,
        block,
        offset,
        index.lastBlock(block, key),
        slices.intervals(),
        reversed);
  }

  @Override
  public void close() {
    ended = true;
  }
}
