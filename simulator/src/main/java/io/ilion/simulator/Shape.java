package io.ilion.simulator;

import io.ilion.model.Consistency;
import io.ilion.runtime.simulated.SimulatedRandom;
import io.ilion.server.config.Config;
import io.ilion.server.config.Settings;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Where the nodes of a cluster stand, and at which levels its clients work. Whatever it is, a read
 * shows what was acknowledged and what an earlier read has shown.
 *
 * @param factors how many replicas each data centre has of a row
 * @param racks of each data centre
 * @param levels of the clients
 * @param home the data centre that clients ask whose level is a local one
 */
public record Shape(Map<String, Integer> factors, int racks, Levels levels, String home) {
  private static final int MOST_REPLICAS = 3;
  private static final int LEAST_FOR_RACKS = 3;
  private static final int LEAST_FOR_DATACENTERS = 4;

  /** Keeps the order of the data centres, which is that of their names. */
  public Shape {
    factors = Collections.unmodifiableMap(new TreeMap<>(factors));
  }

  /** Levels whose quorums have a member in common. */
  public enum Levels {
    /** All replicas count, wherever they are. */
    ALL_ALIKE(Consistency.QUORUM, Consistency.QUORUM, Consistency.SERIAL),
    /** Clients know one data centre, which agrees alone; the others get what it was told. */
    AT_HOME(Consistency.LOCAL_QUORUM, Consistency.LOCAL_QUORUM, Consistency.LOCAL_SERIAL),
    /** Each data centre has what was acknowledged, so that one is enough to read it. */
    EVERYWHERE(Consistency.EACH_QUORUM, Consistency.LOCAL_QUORUM, Consistency.SERIAL);

    private final Consistency write;
    private final Consistency read;
    private final Consistency serial;

    Levels(Consistency write, Consistency read, Consistency serial) {
      this.write = write;
      this.read = read;
      this.serial = serial;
    }

    /** At which clients write, conditionally too. */
    public Consistency write() {
      return write;
    }

    /** At which clients read. */
    public Consistency read() {
      return read;
    }

    /** At which clients agree. */
    public Consistency serial() {
      return serial;
    }
  }

  /** One rack, and a strategy that knows of none. */
  static Shape plain(int nodes) {
    int replicas = Math.min(MOST_REPLICAS, nodes);
    return new Shape(Map.of(datacenter(0), replicas), 1, Levels.ALL_ALIKE, datacenter(0));
  }

  /**
   * The shape of a run.
   *
   * @param draws of nothing else
   */
  static Shape draw(SimulatedRandom draws, int nodes) {
    if (nodes < LEAST_FOR_RACKS || draws.oneIn(3)) {
      return plain(nodes);
    }
    int datacenters = nodes >= LEAST_FOR_DATACENTERS && draws.chance(0.7) ? 2 : 1;
    Map<String, Integer> factors = new TreeMap<>();
    for (int i = 0; i < datacenters; i++) {
      int size = (nodes + datacenters - 1 - i) / datacenters;
      int most = Math.min(MOST_REPLICAS, size);
      factors.put(datacenter(i), datacenters == 1 ? most : (int) draws.between(2, most));
    }
    return new Shape(
        factors,
        datacenters == 1 ? 2 + draws.below(2) : 1 + draws.below(2),
        Levels.values()[draws.below(Levels.values().length)],
        datacenter(draws.below(datacenters)));
  }

  /** The same of clients in another data centre. */
  Shape at(String datacenter) {
    return new Shape(factors, racks, levels, datacenter);
  }

  /** The same with one replica less in a data centre. */
  Shape lowered(String datacenter) {
    Map<String, Integer> lower = new TreeMap<>(factors);
    lower.merge(datacenter, -1, Integer::sum);
    return new Shape(lower, racks, levels, home);
  }

  private static String datacenter(int number) {
    return "dc" + (number + 1);
  }

  /** Has the machine of a number stand where its turn is. */
  Config place(Config config, int machine) {
    return config
        .with(Settings.DC, datacenter(machine % factors.size()))
        .with(Settings.RACK, "rack" + (1 + machine / factors.size() % racks));
  }

  /** The replication of the clients' keyspace, as CQL has it. */
  String replication() {
    if (isPlain()) {
      return "{'class': 'SimpleStrategy', 'replication_factor': %d}".formatted(factors.get(home));
    }
    return factors.entrySet().stream()
        .map(factor -> ", '%s': %d".formatted(factor.getKey(), factor.getValue()))
        .collect(Collectors.joining("", "{'class': 'NetworkTopologyStrategy'", "}"));
  }

  /** Whether there is nothing to tell nodes apart by. */
  boolean isPlain() {
    return factors.size() == 1 && racks == 1;
  }

  @Override
  public String toString() {
    return "replicas %s, %d racks each, writes at %s, reads at %s of %s"
        .formatted(factors, racks, levels.write, levels.read, home);
  }
}
