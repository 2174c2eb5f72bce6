package io.ilion.storage.engine;

import io.ilion.model.data.Deletion;
import io.ilion.storage.PartitionCursor;
import io.ilion.storage.RowCursor;
import io.ilion.storage.Slices;

/**
 * Shows of a file that another number of lanes wrote only the partitions that one lane owns now.
 */
final class LaneFilter implements PartitionCursor {
  private final PartitionCursor source;
  private final int lane;
  private final int laneCount;

  LaneFilter(PartitionCursor source, int lane, int laneCount) {
    this.source = source;
    this.lane = lane;
    this.laneCount = laneCount;
  }

  @Override
  public Step next() {
    Step step = source.next();
    while (step == Step.PARTITION && Engine.laneOf(source.token(), laneCount) != lane) {
      step = source.next();
    }
    return step;
  }

  @Override
  public void awaitBlock(Runnable resume) {
    source.awaitBlock(resume);
  }

  @Override
  public long token() {
    return source.token();
  }

  @Override
  public byte[] partitionKey() {
    return source.partitionKey();
  }

  @Override
  public Deletion partitionDeletion() {
    return source.partitionDeletion();
  }

  @Override
  public byte[] staticRow() {
    return source.staticRow();
  }

  @Override
  public RowCursor rows(Slices slices, boolean reversed) {
    return source.rows(slices, reversed);
  }

  @Override
  public void close() {
    source.close();
  }
}
