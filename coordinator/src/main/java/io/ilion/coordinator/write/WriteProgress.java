package io.ilion.coordinator.write;

import io.ilion.coordinator.replica.Acknowledgements;
import io.ilion.model.WriteType;
import java.util.ArrayList;
import java.util.List;

/** How far a write is; to be looked at from any thread. */
public class WriteProgress {
  private int partitions;
  private volatile WriteType type = WriteType.SIMPLE;
  private volatile List<? extends Acknowledgements> writes = List.of();

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

  /** How many replicas have acknowledged the first partition that has not enough of them. */
  public final int received() {
    Acknowledgements write = current();
    return write == null ? 0 : Math.min(write.received(), write.blockFor() - 1);
  }

  /** How many replicas have to acknowledge it. */
  public final int blockFor() {
    Acknowledgements write = current();
    return write == null ? 1 : write.blockFor();
  }

  private Acknowledgements current() {
    for (Acknowledgements write : writes) {
      if (!write.isOver()) {
        return write;
      }
    }
    return null;
  }

  final void touches(int newPartitions) {
    partitions = newPartitions;
  }

  final void isNow(WriteType newType) {
    type = newType;
  }

  /** Looks at some more writes, behind those that it looks at already. */
  final synchronized void watches(List<? extends Acknowledgements> newWrites) {
    if (writes.isEmpty()) {
      writes = newWrites;
    } else {
      List<Acknowledgements> all = new ArrayList<>(writes);
      all.addAll(newWrites);
      writes = all;
    }
  }
}
