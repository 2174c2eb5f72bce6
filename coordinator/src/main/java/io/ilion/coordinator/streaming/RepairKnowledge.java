package io.ilion.coordinator.streaming;

import io.ilion.coordinator.WriteCallback;
import io.ilion.runtime.NodeAddress;

/** What nodes know of repairs. Who takes over ranges has to know it of those whom it asks. */
@FunctionalInterface
public interface RepairKnowledge {
  /**
   * Learns all that another node knows.
   *
   * @param done told on this lane, lane 0, when that is known here, and durable
   */
  void learn(NodeAddress of, WriteCallback done);
}
