package io.ilion.gossip;

import io.ilion.gossip.NodeInfo.State;
import io.ilion.runtime.NodeAddress;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;

/** Nodes for tests. */
public final class Nodes {
  private Nodes() {}

  /** The host id of a number. */
  public static UUID id(int number) {
    return new UUID(0x4000, number);
  }

  /** A node of data centre dc1, rack1. */
  public static NodeInfo node(int number, State state, Long... tokens) {
    return node(number, "dc1", "rack1", state, Arrays.asList(tokens));
  }

  /** A node. */
  public static NodeInfo node(
      int number, String datacenter, String rack, State state, List<Long> tokens) {
    return new NodeInfo(
        id(number),
        new NodeAddress("node" + number, 7000),
        new NodeAddress("node" + number, 9042),
        datacenter,
        rack,
        state,
        tokens,
        "5.0.0");
  }
}
