package io.ilion.tools.console;

import io.ilion.driver.metadata.Node;
import io.ilion.driver.policy.LoadBalancingPolicy;
import io.ilion.driver.policy.QueryPlan;
import io.ilion.driver.policy.Routing;
import java.net.InetSocketAddress;
import java.util.Iterator;
import java.util.List;

/** Only the nodes that were named: whoever opens a shell at a node wants to hear that node. */
public final class SingleNode implements LoadBalancingPolicy {
  private final List<InetSocketAddress> named;

  /** Knows nodes by how they were named. */
  public SingleNode(List<InetSocketAddress> contactPoints) {
    named =
        contactPoints.stream()
            .map(point -> new InetSocketAddress(point.getHostString(), point.getPort()))
            .toList();
  }

  @Override
  public Distance distance(Node node) {
    return named.contains(node.address()) ? Distance.LOCAL : Distance.IGNORED;
  }

  @Override
  public QueryPlan plan(Routing routing) {
    Iterator<Node> nodes =
        routing.nodes(null).stream()
            .filter(node -> distance(node) == Distance.LOCAL && node.isUp())
            .iterator();
    return () -> nodes.hasNext() ? nodes.next() : null;
  }
}
