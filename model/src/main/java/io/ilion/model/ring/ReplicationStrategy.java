package io.ilion.model.ring;

import java.util.Map;
import java.util.TreeMap;

/** How the replicas of a token are chosen among the members of a ring. */
public sealed interface ReplicationStrategy {

  /** How many replicas of each token are asked for. */
  int replicas();

  /** Every member keeps what concerns itself alone; nothing is replicated. */
  record Local() implements ReplicationStrategy {
    @Override
    public int replicas() {
      return 1;
    }
  }

  /** The next so many members clockwise, wherever they are. */
  record Simple(int factor) implements ReplicationStrategy {
    @Override
    public int replicas() {
      return factor;
    }
  }

  /** In each data centre the next so many members clockwise, in different racks if possible. */
  record NetworkTopology(Map<String, Integer> factors) implements ReplicationStrategy {
    /** Copies the factors. */
    public NetworkTopology {
      factors = Map.copyOf(factors);
    }

    @Override
    public int replicas() {
      return factors.values().stream().mapToInt(Integer::intValue).sum();
    }
  }

  /**
   * Reads a keyspace's replication options, as its definition holds them.
   *
   * @throws IllegalArgumentException if the class is unknown or a factor is not a number
   */
  static ReplicationStrategy of(Map<String, String> options) {
    String name = options.getOrDefault("class", "");
    Map<String, Integer> factors = new TreeMap<>();
    options.forEach(
        (option, value) -> {
          if (!option.equals("class")) {
            factors.put(option, factor(value));
          }
        });
    return switch (name.substring(name.lastIndexOf('.') + 1)) {
      case "LocalStrategy" -> new Local();
      case "SimpleStrategy" -> new Simple(factors.getOrDefault("replication_factor", 1));
      case "NetworkTopologyStrategy" -> new NetworkTopology(factors);
      default -> throw new IllegalArgumentException("unknown replication strategy '" + name + "'");
    };
  }

  /** "3", or "3/1" of which one would be transient: those count as full replicas. */
  private static int factor(String text) {
    int slash = text.indexOf('/');
    return Integer.parseInt(slash < 0 ? text : text.substring(0, slash));
  }
}
