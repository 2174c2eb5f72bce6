package io.ilion.conformance.chaos;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** Restarts one node after the other in order, as for a new release. */
final class RollingRestart implements Disturbance {
  private static final long BETWEEN_NANOS = 2_000_000_000L;

  private final ProcessCluster cluster;
  private final int rounds;
  private volatile Throwable failure;
  private final AtomicInteger restarts = new AtomicInteger();

  RollingRestart(ProcessCluster cluster, int rounds) {
    this.cluster = cluster;
    this.rounds = rounds;
  }

  @Override
  public void run() throws InterruptedException {
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
