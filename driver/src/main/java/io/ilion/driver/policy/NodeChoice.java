package io.ilion.driver.policy;

import io.ilion.driver.metadata.Node;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/** Chooses among nodes that are equally near. The others follow in their order. */
@FunctionalInterface
public interface NodeChoice {
  /** The index of the node to be tried first; the list is not empty. */
  int choose(List<Node> nodes);

  /** Each in turn. */
  static NodeChoice roundRobin() {
    AtomicInteger turn = new AtomicInteger();
    return nodes -> Math.floorMod(turn.getAndIncrement(), nodes.size());
  }

  /** Any. */
  static NodeChoice random() {
    return nodes -> nodes.size() == 1 ? 0 : ThreadLocalRandom.current().nextInt(nodes.size());
  }

  /** Of two that are drawn at random the one with fewer requests without an answer. */
  static NodeChoice leastBusy() {
    return nodes -> better(nodes, false);
  }

  /**
   * Of two that are drawn at random the one that will probably answer first, by the latency of its
   * last answers and by how many requests it has not answered.
   */
  static NodeChoice latencyWeighted() {
    return nodes -> better(nodes, true);
  }

  private static int better(List<Node> nodes, boolean latency) {
    int size = nodes.size();
    if (size == 1) {
      return 0;
    }
    ThreadLocalRandom random = ThreadLocalRandom.current();
    int one = random.nextInt(size);
    int other = (one + 1 + random.nextInt(size - 1)) % size;
    return cost(nodes.get(other), latency) < cost(nodes.get(one), latency) ? other : one;
  }

  private static double cost(Node node, boolean latency) {
    if (!node.isUp()) {
      return Double.MAX_VALUE;
    }
    // A node whose latency is not known is tried, so that it becomes known.
    return latency ? (double) node.latencyNanos() * (1 + node.inFlight()) : node.inFlight();
  }
}
