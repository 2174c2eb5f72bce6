package io.ilion.conformance.chaos;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;

/**
 * How long and with which seeds clusters are disturbed. {@code -Dilion.soak.seconds} (0) goes on
 * with fresh seeds for so long; {@code -Dilion.seed} says the first one, by default one that is
 * fixed without a soak and fresh with it; {@code -Dilion.chaos.seconds} (45) is how long faults
 * happen in each run, {@code -Dilion.outage.seconds} (20) how long a node is down in a long outage.
 */
public final class ChaosSeeds {
  private static final long FIXED_SEED = 1;
  private static final int CLIENTS = 4;
  private static final Path KEPT = Path.of("target", "chaos");

  private ChaosSeeds() {}

  /**
   * Runs one seed, or as many as there is time for.
   *
   * @param name of the driver
   * @param connect makes a session with the nodes at these addresses
   */
  public static void run(String name, int nodes, Function<List<InetSocketAddress>, Client> connect)
      throws IOException, InterruptedException {
    long soak = Long.getLong("ilion.soak.seconds", 0);
    long end = System.nanoTime() + soak * 1_000_000_000L;
    long seed = Long.getLong("ilion.seed", soak == 0 ? FIXED_SEED : System.currentTimeMillis());
    int seconds = Integer.getInteger("ilion.chaos.seconds", 45);
    do {
      ChaosRun.Options options = new ChaosRun.Options(name, seed, nodes, CLIENTS, seconds);
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

  /** Restarts each of three nodes in order, once, or as often as {@code -Dilion.chaos.rounds}. */
  public static void runRollingRestart(
      String name, Function<List<InetSocketAddress>, Client> connect)
      throws IOException, InterruptedException {
    long seed = Long.getLong("ilion.seed", FIXED_SEED);
    ChaosRun.Options options = new ChaosRun.Options(name + "-restart", seed, 3, CLIENTS, 0);
    int rounds = Integer.getInteger("ilion.chaos.rounds", 1);
    System.out.println(new ChaosRun(options, KEPT).runRollingRestart(connect, rounds));
  }
}
