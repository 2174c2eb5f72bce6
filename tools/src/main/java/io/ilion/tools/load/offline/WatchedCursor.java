package io.ilion.tools.load.offline;

import io.ilion.model.data.Deletion;
import io.ilion.storage.PartitionCursor;
import io.ilion.storage.RowCursor;
import io.ilion.storage.Slices;
import java.util.function.LongConsumer;

/** The partitions of a cursor, of each of which somebody is told the token when it begins. */
record WatchedCursor(PartitionCursor partitions, LongConsumer watcher) implements PartitionCursor {
  @Override
  public Step next() {
    Step step = partitions.next();
    if (step == Step.PARTITION) {
      watcher.accept(partitions.token());
    }
    return step;
  }

  @Override
  public void awaitBlock(Runnable resume) {
    partitions.awaitBlock(resume);
  }

  @Override
  public long token() {
    return partitions.token();
  }

  @Override
  public byte[] partitionKey() {
    return partitions.partitionKey();
  }

  @Override
  public Deletion partitionDeletion() {
    return partitions.partitionDeletion();
  }

  @Override
  public byte[] staticRow() {
    return partitions.staticRow();
  }

  @Override
  public RowCursor rows(Slices slices, boolean reversed) {
    return partitions.rows(slices, reversed);
  }

  @Override
  public void close() {
    partitions.close();
  }
}
