package io.ilion.coordinator.replica.read;

import io.ilion.gossip.NodeInfo;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;

/**
 * How fast replicas answer one lane of this node: a moving average for each. What was measured long
 * ago fades, so that one that was slow once is tried again.
 */
final class ReplicaLatencies {
  private static final double WEIGHT = 0.2;
  private static final double HALF_LIFE_NANOS = 10e9;

  /** Replicas whose averages differ by less than about a half are equally fast. */
  private static final double STEPS_OF_DOUBLING = 2;

  private static final double LEAST_NANOS = 100_000;
  private static final double PER_LOG = 1 / Math.log(2);

  /** More than any speed is. */
  private static final int ELSEWHERE = 1 << 20;

  private final UUID self;
  private final String datacenter;
  private final Map<UUID, Average> averages = new HashMap<>();

  private static final class Average {
    private double nanos;
    private long at;

    /** How many times it is twice the least, as a logarithm takes longer than all else here. */
    private double doublings;

    /** The same of what has not faded yet. */
    private double doublings(long now) {
      return doublings - (now - at) / HALF_LIFE_NANOS;
    }
  }

  /** Latencies as a node sees them. */
  ReplicaLatencies(NodeInfo self) {
    this.self = self.hostId();
    this.datacenter = self.datacenter();
  }

  /** Notes how long a replica took. */
  void add(NodeInfo node, long nanos, long now) {
    Average average = averages.get(node.hostId());
    if (average == null) {
      average = new Average();
      // Whoever left is among them.
      averages.values().removeIf(other -> other.doublings(now) <= 0);
      averages.put(node.hostId(), average);
    }
    average.nanos = average.at == 0 ? nanos : average.nanos + WEIGHT * (nanos - average.nanos);
    average.at = now;
    average.doublings = Math.log(average.nanos / LEAST_NANOS) * PER_LOG;
  }

  /** How many are remembered. */
  int measured() {
    return averages.size();
  }

  /**
   * Whom to ask first: nodes of this data centre, and of these the fastest; of equals this node,
   * then whoever stands first among the replicas.
   */
  Comparator<NodeInfo> order(long now) {
    return (a, b) -> Integer.compare(rank(a, now), rank(b, now));
  }

  private int rank(NodeInfo node, long now) {
    int rank = 2 * speed(node, now) + (node.hostId().equals(self) ? 0 : 1);
    return node.datacenter().equals(datacenter) ? rank : rank + ELSEWHERE;
  }

  private int speed(NodeInfo node, long now) {
    Average average = averages.get(node.hostId());
    if (average == null) {
      return 0;
    }
    double faded = average.doublings(now);
    return faded <= 0 ? 0 : (int) (STEPS_OF_DOUBLING * faded);
  }
}
