package io.ilion.storage.sstable;

import io.ilion.model.data.Deletion;
import io.ilion.storage.PartitionCursor;
import java.util.Arrays;

/** Over partitions in blocks. What stands at their heads is copied, since rows come after it. */
abstract class BlockPartitionCursor implements PartitionCursor {
  final BlockReader reader = new BlockReader();

  /** The current partition, or where to look for it. */
  long token;

  byte[] key;

  private Deletion deletion = Deletion.NONE;
  private byte[] staticRow;

  /** Takes the partition whose head the reader has read. */
  final void takePartition() {
    token = reader.token;
    key = Arrays.copyOfRange(reader.bytes(), reader.keyOffset, reader.keyOffset + reader.keyLength);
    takeHead();
  }

  /** As {@link #takePartition}, of the partition whose token and key are here already. */
  final void takeHead() {
    deletion = reader.deletion();
    staticRow =
        reader.imageLength < 0
            ? null
            : Arrays.copyOfRange(
                reader.bytes(), reader.imageOffset, reader.imageOffset + reader.imageLength);
  }

  @Override
  public final long token() {
    return token;
  }

  @Override
  public final byte[] partitionKey() {
    return key;
  }

  @Override
  public final Deletion partitionDeletion() {
    return deletion;
  }

  @Override
  public final byte[] staticRow() {
    return staticRow;
  }
}
