package io.ilion.simulator;

import io.ilion.simulator.Simulation.FailedException;
import io.ilion.simulator.Simulation.Options;
import io.ilion.simulator.Simulation.Report;
import io.ilion.simulator.workload.BatchesWorkload;
import io.ilion.simulator.workload.ConditionsWorkload;
import io.ilion.simulator.workload.CountersWorkload;
import io.ilion.simulator.workload.RowsWorkload;
import io.ilion.simulator.workload.SetsWorkload;
import io.ilion.simulator.workload.Workload;
import java.io.PrintStream;
import java.util.EnumSet;
import java.util.List;

/** Runs the simulations of many seeds, one after another, and says how those replay that fail. */
public final class Simulate {
  private static final int CLIENTS = 4;

  private final int nodes;
  private final int seconds;
  private final PrintStream out;

  /**
   * Prepares runs.
   *
   * @param nodes servers in each; of up to three all are replicas, of more three
   * @param seconds of virtual time with faults in each run
   */
  public Simulate(int nodes, int seconds, PrintStream out) {
    this.nodes = nodes;
    this.seconds = seconds;
    this.out = out;
  }

  /** One run with all workloads and faults; fails as {@link Simulation#run}. */
  public static Report run(long seed, int nodes, int seconds) {
    Options options =
        new Options(
            seed, nodes, Math.min(3, nodes), CLIENTS, seconds, EnumSet.allOf(Faults.Kind.class));
    return new Simulation(options, workloads()).run();
  }

  private static List<Workload> workloads() {
    return List.of(
        new RowsWorkload(20),
        new SetsWorkload(10),
        new CountersWorkload(10),
        new ConditionsWorkload(5),
        new BatchesWorkload(10));
  }

  /**
   * Runs seeds from the first to the last.
   *
   * @return how many failed
   */
  public int run(long first, long last) {
    int failed = 0;
    long done = 0;
    long virtualNanos = 0;
    long events = 0;
    long faults = 0;
    for (long seed = first; seed <= last; seed++) {
      try {
        Report report = run(seed, nodes, seconds);
        done += report.done();
        virtualNanos += report.virtualNanos();
        events += report.events();
        faults += report.faults().values().stream().mapToInt(Integer::intValue).sum();
      } catch (FailedException e) {
        failed++;
        out.printf("seed %d failed: %s%n", seed, e.getMessage());
        out.printf(
            "replay it with: ./ilion simulate --seeds %d..%d --nodes %d --seconds %d%n",
            seed, seed, nodes, seconds);
      }
    }
    out.printf(
        "%d seeds, %d failed: %.1f hours of %d nodes, %d operations done, %d faults, %d events%n",
        last - first + 1, failed, virtualNanos / 3.6e12, nodes, done, faults, events);
    return failed;
  }
}
