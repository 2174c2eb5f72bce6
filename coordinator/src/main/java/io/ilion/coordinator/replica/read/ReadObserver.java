package io.ilion.coordinator.replica.read;

import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.messaging.FailureReason;
import io.ilion.storage.ReadForecast;

/** Told what replicas are asked for a read, and how long they take. On any lane. */
public interface ReadObserver {
  /**
   * A replica answered.
   *
   * @param digest whether it was asked for a digest, else for the data
   * @param looked the memtables and files that it looked into; null if it did not say
   */
  void answered(NodeInfo node, boolean digest, long nanos, int bytes, ReadForecast looked);

  /** A replica did not do what it was asked for. */
  void failed(NodeInfo node, boolean digest, long nanos, FailureReason reason);

  /** Replicas had not the same; all of them are asked for their data. */
  void mismatched();

  /** A replica takes long, so one more is asked. */
  void speculated();
}
