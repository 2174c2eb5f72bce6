package io.ilion.storage.engine;

import io.ilion.model.data.Deletion;
import io.ilion.storage.PartitionCursor;
import io.ilion.storage.RowCursor;
import io.ilion.storage.Slices;
import java.util.List;

/**
 * Shows of a file that another number of lanes wrote only the partitions that one lane owns now.
 */
final class LaneFilter implements PartitionCursor {
  private final PartitionCursor source;
  private final LaneShare own;
  private final List<LaneShare> taken;

  /**
   * Filters a file's partitions.
   *
   * @param taken is not shown either, since it has been rewritten
   */
  LaneFilter(PartitionCursor source, LaneShare own, List<LaneShare> taken) {
    this.source = source;
    this.own = own;
    this.taken = taken;
  }

  @Override
  public Step next() {
    Step step = source.next();
    while (step == Step.PARTITION && !isShown(source.token())) {
      step = source.next();
    }
    return step;
  }

  private boolean isShown(long token) {
    if (!own.contains(token)) {
      return false;
    }
    for (LaneShare share : taken) {
      if (share.contains(token)) {
        return false;
      }
    }
    return true;
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
