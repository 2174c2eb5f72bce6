package io.ilion.coordinator.write;

import io.ilion.model.WriteType;

/** How far a write is; to be looked at from any thread. */
public class WriteProgress {
  private int partitions;
  private volatile WriteType type = WriteType.SIMPLE;

  /**
   * What a write is that has not ended. A logged batch is BATCH_LOG while it may be lost, and BATCH
   * when it will be completed whatever happens.
   */
  public final WriteType type() {
    return type;
  }

  /** How many partitions are written; 0 before that is known. */
  public final int partitions() {
    return partitions;
  }

  final void touches(int newPartitions) {
    partitions = newPartitions;
  }

  final void isNow(WriteType newType) {
    type = newType;
  }
}
