package io.ilion.conformance.durability;

import static org.assertj.core.api.Assertions.assertThat;

import com.datastax.oss.driver.api.core.CqlSession;
import io.ilion.conformance.client.DriverSession;
import io.ilion.conformance.server.ServerProcess;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;

/**
 * A node that is killed again and again while it takes writes, mostly as by {@code kill -9}, and
 * started again with any number of lanes; after each start all that was acknowledged is compared.
 */
final class KillCycles {
  private static final int MOST_LANES = 4;

  private final long seed;
  private final SplittableRandom random;
  private final AcknowledgedWrites writes;
  private int kills;
  private int stops;

  KillCycles(long seed) {
    this.seed = seed;
    random = new SplittableRandom(seed);
    writes = new AcknowledgedWrites(random.split());
  }

  /** Options with which a node flushes, compacts and begins new segments all the time. */
  static String[] options() {
    return new String[] {
      "--memory", "512MiB",
      "--memtable-heap-space", "4MiB",
      "--commitlog-segment-size", "1MiB",
      "--commitlog-total-space", "8MiB",
      "--disk-free-reserve", "1MiB",
      "--auto-snapshot", "false"
    };
  }

  /** One life of a node that runs: compare, write for some time, end. The next one is started. */
  void cycle(ServerProcess node, long mostNanos) throws Exception {
    try (CqlSession session = DriverSession.openAt(node.address())) {
      SoakTables tables = new SoakTables(session);
      compare(tables);
      AcknowledgedWrites.Running running = writes.begin(tables);
      LockSupport.parkNanos(mostNanos / 10 + random.nextLong(mostNanos * 9 / 10));
      if (random.nextInt(6) == 0) {
        stops++;
        node.stop();
      } else {
        kills++;
        node.kill();
      }
      writes.end();
      running.stop();
    }
    node.restart("--lanes", Integer.toString(1 + random.nextInt(MOST_LANES)));
  }

  /** Compares once more, when all is quiet. */
  void compare(ServerProcess node) {
    try (CqlSession session = DriverSession.openAt(node.address())) {
      compare(new SoakTables(session));
    }
  }

  private void compare(SoakTables tables) {
    assertThat(writes.compare(tables)).as("seed %d, %s", seed, this).isEmpty();
  }

  @Override
  public String toString() {
    return "%d kills and %d orderly stops, %d operations acknowledged, %d without an answer"
        .formatted(kills, stops, writes.acknowledged(), writes.refused());
  }
}
