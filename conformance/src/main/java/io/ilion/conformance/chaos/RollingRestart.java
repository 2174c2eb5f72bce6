package io.ilion.conformance.chaos;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** Restarts one node after the other in order, as for a new release. */
final class RollingRestart implements Disturbance {
  private static final long BETWEEN_NANOS = 2_000_000_000L;

  private static final long WARM_NANOS = 60_000_000_000L;

  private final ProcessCluster cluster;
  private final int rounds;
  private final BooleanSupplier isWarm;
  private final Consumer<Boolean> mayFail;
  private volatile Throwable failure;
  private final AtomicInteger restarts = new AtomicInteger();

  /**
   * Restarts that have not begun.
   *
   * @param rounds how often each node is restarted
   * @param isWarm whether some requests of each kind have been done, before which none is restarted
   * @param mayFail told whether requests may fail: none once the nodes are warm, all through the
   *     restarts
   */
  RollingRestart(
      ProcessCluster cluster, int rounds, BooleanSupplier isWarm, Consumer<Boolean> mayFail) {
    this.cluster = cluster;
    this.rounds = rounds;
    this.isWarm = isWarm;
    this.mayFail = mayFail;
  }

  @Override
  public void run() throws InterruptedException {
    // All nodes have only just started, and none has answered such requests yet.
    long end = System.nanoTime() + WARM_NANOS;
    do {
      LockSupport.parkNanos(BETWEEN_NANOS);
    } while (!isWarm.getAsBoolean() && System.nanoTime() < end);
    mayFail.accept(false);
    try {
      for (int round = 0; round < rounds; round++) {
        for (NodeProcess node : cluster.nodes()) {
          LockSupport.parkNanos(BETWEEN_NANOS);
          node.terminate();
          node.launch();
          node.awaitServing();
          restarts.incrementAndGet();
        }
      }
      LockSupport.parkNanos(BETWEEN_NANOS);
    } catch (IOException | RuntimeException e) {
      failure = e;
    }
    mayFail.accept(true);
  }

  @Override
  public Throwable failure() {
    return failure;
  }

  @Override
  public String toString() {
    return restarts + " orderly restarts";
  }
}
