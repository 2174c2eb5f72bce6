package io.ilion.driver.policy;

import io.ilion.driver.metadata.Node;
import io.ilion.model.Consistency;
import java.util.List;

/** What a load-balancing policy is told of a request. */
public interface Routing {
  /** Whether the partition that the request concerns is known, and with it {@link #token}. */
  boolean hasToken();

  /** The token of the partition. */
  long token();

  /** How many replicas will have to answer. */
  Consistency consistency();

  /**
   * The nodes that have the partition, in the order of the ring.
   *
   * @param datacenter theirs, or null for any; empty when the partition is not known
   */
  List<Node> replicas(String datacenter);

  /**
   * The nodes of the cluster, always in the same order.
   *
   * @param datacenter theirs, or null for any
   */
  List<Node> nodes(String datacenter);

  /** The data centres, in alphabetical order. */
  List<String> datacenters();
}
