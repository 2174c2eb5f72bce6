package io.ilion.conformance.chaos;

import io.ilion.conformance.chaos.Fault.Kind;
import io.ilion.conformance.chaos.Links.State;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/** Does to a cluster what a schedule says, and mends all in the end. */
final class Faults implements Disturbance {
  private final ProcessCluster cluster;
  private final List<Fault> schedule;
  private final List<ReentrantLock> processes = new ArrayList<>();
  private final List<Thread> running = new ArrayList<>();
  private final Map<Kind, Integer> counts = new EnumMap<>(Kind.class);
  private Throwable failure;

  Faults(ProcessCluster cluster, List<Fault> schedule) {
    this.cluster = cluster;
    this.schedule = schedule;
    for (int i = 0; i < cluster.size(); i++) {
      processes.add(new ReentrantLock());
    }
  }

  @Override
  public synchronized String toString() {
    return "faults " + counts;
  }

  @Override
  public synchronized Throwable failure() {
    return failure;
  }

  @Override
  public void run() throws InterruptedException {
    long start = System.nanoTime();
    for (Fault fault : schedule) {
      awaitNanos(start + fault.atNanos());
      if (failure() != null) {
        break;
      }
      synchronized (this) {
        counts.merge(fault.kind(), 1, Integer::sum);
      }
      running.add(Thread.ofVirtual().name(fault.toString()).start(() -> happen(fault)));
    }
    for (Thread thread : running) {
      thread.join();
    }
    cluster.links().heal();
  }

  private static void awaitNanos(long until) {
    for (long left = until - System.nanoTime(); left > 0; left = until - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  private static void hold(long nanos) {
    awaitNanos(System.nanoTime() + nanos);
  }

  private void happen(Fault fault) {
    List<ReentrantLock> held = new ArrayList<>();
    // Nor is a node started on a disk without a spare byte: it would say so and end.
    if (fault.kind().isOfProcess() || fault.kind() == Kind.FULL_DISK) {
      // In the order of the nodes, so that nobody waits for himself.
      fault.nodes().stream().sorted().map(processes::get).forEach(held::add);
    }
    held.forEach(ReentrantLock::lock);
    try {
      switch (fault.kind()) {
        case KILL, KILL_TWO, KILL_ALL -> kill(fault, false);
        case KILL_TWICE -> kill(fault, true);
        case PAUSE -> pause(fault);
        case RESTART -> restart(fault);
        case ISOLATE, CUT, STALL, SLOW -> disturb(fault);
        case FULL_DISK -> fill(fault);
      }
    } catch (IOException | RuntimeException e) {
      failed(fault, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      held.forEach(ReentrantLock::unlock);
    }
  }

  private synchronized void failed(Fault fault, Exception e) {
    if (failure == null) {
      failure = new IOException(fault + ": " + e.getMessage(), e);
    }
  }

  private void kill(Fault fault, boolean twice) throws IOException, InterruptedException {
    for (int node : fault.nodes()) {
      cluster.node(node).kill();
    }
    hold(fault.lastsNanos());
    if (twice) {
      cluster.node(fault.nodes().get(0)).launch();
      // The more of it is left the earlier in its start it ends.
      hold(fault.lastsNanos() / 4);
      cluster.node(fault.nodes().get(0)).kill();
    }
    for (int node : fault.nodes()) {
      cluster.node(node).launch();
    }
    for (int node : fault.nodes()) {
      cluster.node(node).awaitServing();
    }
  }

  private void pause(Fault fault) throws IOException, InterruptedException {
    NodeProcess node = cluster.node(fault.nodes().get(0));
    node.pause();
    try {
      hold(fault.lastsNanos());
    } finally {
      node.resume();
    }
  }

  private void restart(Fault fault) throws IOException, InterruptedException {
    NodeProcess node = cluster.node(fault.nodes().get(0));
    node.terminate();
    hold(fault.lastsNanos());
    node.launch();
    node.awaitServing();
  }

  private void disturb(Fault fault) {
    set(fault, fault.kind());
    hold(fault.lastsNanos());
    set(fault, null);
  }

  private void set(Fault fault, Kind kind) {
    int from = fault.nodes().get(0);
    State state =
        switch (kind) {
          case CUT, ISOLATE -> State.BROKEN;
          case STALL -> State.STALLED;
          case SLOW -> State.SLOW;
          case null, default -> State.OPEN;
        };
    boolean isOneWay = fault.nodes().size() == 2;
    for (int to = 0; to < cluster.size(); to++) {
      if (to != from && (!isOneWay || to == fault.nodes().get(1))) {
        cluster.links().set(from, to, state, fault.delayNanos());
        if (!isOneWay) {
          cluster.links().set(to, from, state, fault.delayNanos());
        }
      }
    }
  }

  private void fill(Fault fault) throws IOException {
    int node = fault.nodes().get(0);
    cluster.fillDisk(node);
    try {
      hold(fault.lastsNanos());
    } finally {
      cluster.freeDisk(node);
    }
  }
}
