package io.ilion.storage.engine;

import io.ilion.storage.ForwardingPartitionCursor;
import io.ilion.storage.PartitionCursor;
import java.util.List;

/**
 * Shows of a file that another number of lanes wrote only the partitions that one lane owns now.
 */
final class LaneFilter extends ForwardingPartitionCursor {
  private final LaneShare own;
  private final List<LaneShare> taken;

  /**
   * Filters a file's partitions.
   *
   * @param taken is not shown either, since it has been rewritten
   */
  LaneFilter(PartitionCursor source, LaneShare own, List<LaneShare> taken) {
    super(source);
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
}
