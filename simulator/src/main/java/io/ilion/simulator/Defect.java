package io.ilion.simulator;

import io.ilion.runtime.simulated.SimulatedNode;
import io.ilion.server.NodeSeams;
import io.ilion.server.config.Config;

/** What is wrong on purpose with each node of a cluster, to see whether it is found. */
public interface Defect extends NodeSeams {
  /** Nothing is wrong. */
  Defect NONE = new Defect() {};

  /** Has nodes be told something wrong. */
  default Config config(Config usual) {
    return usual;
  }

  /** Has a machine do wrong, before anything runs on it. */
  default void machine(SimulatedNode machine) {}
}
