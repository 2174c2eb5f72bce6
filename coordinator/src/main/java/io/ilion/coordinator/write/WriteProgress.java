package io.ilion.coordinator.write;

import io.ilion.model.WriteType;

/** How far a write is; to be looked at from any thread. */
public class WriteProgress {
  private volatile WriteType type = WriteType.SIMPLE;

  /**
   * What a write is that has not ended. A logged batch is BATCH_LOG while it may be lost, and BATCH
   * when it will be completed whatever happens.
   */
  public final WriteType type() {
    return type;
  }

  final void isNow(WriteType newType) {
    type = newType;
  }
}
