package io.ilion.conformance.chaos;

import io.ilion.conformance.server.SmallDisk;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;

/**
 * How long and with which seeds clusters are disturbed. {@code -Dilion.soak.seconds} (0) goes on
 * with fresh seeds for so long; {@code -Dilion.seed} says the first one, by default one that is
 * fixed without a soak and fresh with it; {@code -Dilion.chaos.seconds} (90) is how long faults
 * happen in each run, {@code -Dilion.outage.seconds} (20) how long a node is down in a long outage.
 */
public final class ChaosSeeds {
  /** How long faults happen in a run of a seed that is fixed: long enough for one of each kind. */
  static final int SECONDS = 90;

  private static final long FIXED_SEED = 1;
  private static final int CLIENTS = 4;
  private static final int RESTART_CLIENTS = 12;
  private static final int DISK_MEBIBYTES = 1;
  private static final Path KEPT = Path.of("target", "chaos");

  private ChaosSeeds() {}

  /** What is run with a seed of its own that is fixed. */
  public enum Fixed {
    APACHE_DRIVER_THREE_NODES("apache-driver", 3),
    APACHE_DRIVER_FIVE_NODES("apache-driver", 5),
    ILION_DRIVER_THREE_NODES("ilion-driver", 3);

    private final String driver;
    private final int nodes;

    Fixed(String driver, int nodes) {
      this.driver = driver;
      this.nodes = nodes;
    }

    long seed() {
      return FIXED_SEED + ordinal();
    }

    int nodes() {
      return nodes;
    }
  }

  /**
   * Whether nodes get disks that can be filled; where this system lets nobody mount a small one,
   * runs do without full disks.
   */
  public static boolean hasSmallDisks() throws IOException, InterruptedException {
    try (SmallDisk disk = SmallDisk.ofMebibytes(DISK_MEBIBYTES)) {
      return disk != null;
    }
  }

  /**
   * Runs one seed, or as many as there is time for.
   *
   * @param connect makes a session with the nodes at these addresses
   */
  public static void run(Fixed run, Function<List<InetSocketAddress>, Client> connect)
      throws IOException, InterruptedException {
    long soak = Long.getLong("ilion.soak.seconds", 0);
    long end = System.nanoTime() + soak * 1_000_000_000L;
    long seed = Long.getLong("ilion.seed", soak == 0 ? run.seed() : System.currentTimeMillis());
    int seconds = Integer.getInteger("ilion.chaos.seconds", SECONDS);
    do {
      ChaosRun.Options options =
          new ChaosRun.Options(run.driver, seed, run.nodes, CLIENTS, seconds);
      System.out.println(new ChaosRun(options, KEPT).run(connect));
      seed++;
    } while (System.nanoTime() < end);
  }

  /** Has one of three nodes down for a while, as long as {@code -Dilion.outage.seconds} says. */
  public static void runOutage(String name, Function<List<InetSocketAddress>, Client> connect)
      throws IOException, InterruptedException {
    long seed = Long.getLong("ilion.seed", FIXED_SEED);
    int seconds = Integer.getInteger("ilion.outage.seconds", 20);
    int clients = Integer.getInteger("ilion.outage.clients", CLIENTS);
    ChaosRun.Options options = new ChaosRun.Options(name + "-outage", seed, 3, clients, seconds);
    System.out.println(new ChaosRun(options, KEPT).runOutage(connect));
  }

  /** Restarts each node in order, twice, or as often as {@code -Dilion.chaos.rounds} says. */
  public static void runRollingRestart(
      String name, int nodes, Function<List<InetSocketAddress>, Client> connect)
      throws IOException, InterruptedException {
    long seed = Long.getLong("ilion.seed", FIXED_SEED);
    ChaosRun.Options options =
        new ChaosRun.Options(name + "-restart-" + nodes, seed, nodes, RESTART_CLIENTS, 0);
    int rounds = Integer.getInteger("ilion.chaos.rounds", 2);
    System.out.println(new ChaosRun(options, KEPT).runRollingRestart(connect, rounds));
  }
}
