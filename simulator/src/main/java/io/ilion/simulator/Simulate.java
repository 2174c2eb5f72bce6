package io.ilion.simulator;

import io.ilion.runtime.simulated.SimulatedRandom;
import io.ilion.simulator.Simulation.FailedException;
import io.ilion.simulator.Simulation.Options;
import io.ilion.simulator.Simulation.Report;
import io.ilion.simulator.workload.BatchesWorkload;
import io.ilion.simulator.workload.ConditionsWorkload;
import io.ilion.simulator.workload.CountersWorkload;
import io.ilion.simulator.workload.InsertsWorkload;
import io.ilion.simulator.workload.RowsWorkload;
import io.ilion.simulator.workload.SchemaWorkload;
import io.ilion.simulator.workload.SetsWorkload;
import io.ilion.simulator.workload.TruncationsWorkload;
import io.ilion.simulator.workload.WideWorkload;
import io.ilion.simulator.workload.Workload;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntFunction;
import java.util.function.Supplier;

/** Runs the simulations of many seeds, and says how those replay that fail. */
public final class Simulate {
  private static final int REPLICAS = 3;
  private static final long SHAPES = 0x5AFE;
  private static final int CLIENTS = 4;
  private static final int PARTITIONS = 20;
  private static final int CROWD = 12;
  private static final int CROWDED_PARTITIONS = 3;
  private static final int FEW_WORKLOADS = 4;
  private static final int REPORT_EVERY = 250;
  private static final long MILLISECOND = 1_000_000L;

  /** How long clients rest at most: a few runs are hot, the others leave time for more runs. */
  private static final List<Long> PAUSES =
      List.of(50 * MILLISECOND, 200 * MILLISECOND, 200 * MILLISECOND, 500 * MILLISECOND);

  /** Rows that are purged soon after they are deleted, which takes time, and clocks that agree. */
  private static final String PURGED = "purged";

  /** Conditional updates whose states are forgotten soon; as for those rows. */
  private static final String FINISHED = "finished";

  private static final Set<String> PURGING = Set.of(PURGED, FINISHED);
  private static final int RESTING_REGISTERS = 40;
  private static final int PURGING_SECONDS = 75;
  private static final Set<Faults.Kind> UNLIKE_CLOCKS =
      EnumSet.of(Faults.Kind.CLOCK_JUMP, Faults.Kind.CLOCK_DRIFT);
  private static final Map<String, IntFunction<Workload>> WORKLOADS = workloads();

  private final Plan plan;
  private final AtomicLong next;
  private final long last;
  private final PrintWriter out;
  private int runs;
  private int failed;
  private long done;
  private long virtualNanos;
  private long events;
  private long faults;

  /**
   * What each run does.
   *
   * @param nodes servers
   * @param seconds of virtual time with faults
   * @param faults the kinds that happen
   * @param workloads the names of those that clients do
   * @param defect makes what is wrong on purpose, anew for each run
   */
  public record Plan(
      int nodes,
      int seconds,
      Set<Faults.Kind> faults,
      Set<String> workloads,
      Supplier<Defect> defect) {
    /** What must not fail. */
    public Plan(int nodes, int seconds, Set<Faults.Kind> faults, Set<String> workloads) {
      this(nodes, seconds, faults, workloads, () -> Defect.NONE);
    }

    /** All workloads and faults. */
    public static Plan all(int nodes, int seconds) {
      return new Plan(nodes, seconds, EnumSet.allOf(Faults.Kind.class), WORKLOADS.keySet());
    }
  }

  /** Prepares runs of the seeds from the first to the last. */
  public Simulate(Plan plan, long first, long last, PrintWriter out) {
    this.plan = plan;
    next = new AtomicLong(first);
    this.last = last;
    this.out = out;
  }

  /** The names of all workloads. */
  public static Set<String> workloadNames() {
    return WORKLOADS.keySet();
  }

  /** Each workload by its name, for a number of partitions. */
  private static Map<String, IntFunction<Workload>> workloads() {
    Map<String, IntFunction<Workload>> all = new LinkedHashMap<>();
    all.put("rows", RowsWorkload::new);
    all.put("sets", SetsWorkload::new);
    all.put("counters", CountersWorkload::new);
    all.put("conditions", count -> new ConditionsWorkload(Math.min(5, count)));
    all.put("batches", BatchesWorkload::new);
    all.put("truncations", TruncationsWorkload::new);
    all.put("schema", count -> new SchemaWorkload());
    all.put("pages", count -> new WideWorkload(true, Math.min(3, count)));
    all.put("limits", count -> new WideWorkload(false, Math.min(3, count)));
    all.put("inserts", count -> new InsertsWorkload());
    all.put(PURGED, count -> new RowsWorkload(PURGED, " WITH gc_grace_seconds = 1", count));
    all.put(
        FINISHED,
        count ->
            new ConditionsWorkload(
                FINISHED, " WITH gc_grace_seconds = 1", true, RESTING_REGISTERS));
    return Collections.unmodifiableMap(all);
  }

  /** One run; fails as {@link Simulation#run}. */
  public static Report run(long seed, Plan plan) {
    SimulatedRandom draws = new SimulatedRandom(seed);
    boolean purging = PURGING.containsAll(plan.workloads);
    Set<String> purgingNames = new LinkedHashSet<>(plan.workloads);
    purgingNames.retainAll(PURGING);
    purging |= !purgingNames.isEmpty() && draws.oneIn(8);
    // Many clients on few partitions meet; few on many have more to lose.
    boolean crowded = !purging && draws.oneIn(2);
    long pause = PAUSES.get(draws.below(PAUSES.size()));
    Set<Faults.Kind> faults = new HashSet<>(plan.faults);
    Set<String> names = new LinkedHashSet<>(plan.workloads);
    names.removeAll(PURGING);
    // Some of the workloads at a time, each more often: others get in each other's way otherwise.
    if (names.size() > FEW_WORKLOADS && draws.chance(0.8)) {
      keepSome(names, draws);
    }
    if (purging) {
      faults.removeAll(UNLIKE_CLOCKS);
      names.addAll(purgingNames);
    }
    int partitions = crowded ? CROWDED_PARTITIONS : PARTITIONS;
    Options options =
        new Options(
            seed,
            plan.nodes,
            // Of a source of its own: what else a seed draws stays the same.
            Shape.draw(new SimulatedRandom(seed ^ SHAPES), plan.nodes),
            crowded ? CROWD : CLIENTS,
            purging ? Math.max(plan.seconds, PURGING_SECONDS) : plan.seconds,
            plan.workloads.size() > FEW_WORKLOADS ? pause : PAUSES.get(0),
            faults,
            faults.contains(Faults.Kind.CLOCK_JUMP) && draws.oneIn(2),
            // Purged elsewhere, a deletion that has rotten comes back from nowhere.
            plan.nodes >= REPLICAS && !purging && draws.oneIn(2),
            purging,
            plan.defect.get());
    List<Workload> workloads = new ArrayList<>();
    WORKLOADS.forEach(
        (name, workload) -> {
          if (names.contains(name)) {
            workloads.add(workload.apply(partitions));
          }
        });
    return new Simulation(options, workloads).run();
  }

  private static void keepSome(Set<String> names, SimulatedRandom draws) {
    List<String> left = new ArrayList<>(names);
    while (left.size() > FEW_WORKLOADS) {
      left.remove(draws.below(left.size()));
    }
    names.retainAll(left);
  }

  /**
   * Runs seeds until none is left. Several threads may do so at once: each run has a world of its
   * own, and who is done with one takes the next.
   */
  public void work() {
    for (long seed = next.getAndIncrement(); seed <= last; seed = next.getAndIncrement()) {
      try {
        Report report = run(seed, plan);
        synchronized (this) {
          runs++;
          done += report.done();
          virtualNanos += report.virtualNanos();
          events += report.events();
          faults += report.faults().values().stream().mapToInt(Integer::intValue).sum();
          if (runs % REPORT_EVERY == 0) {
            report();
          }
        }
      } catch (FailedException e) {
        synchronized (this) {
          runs++;
          failed++;
          out.printf("seed %d failed: %s%n", seed, e.getMessage());
          out.printf("replay it with: ./ilion simulate --seeds %d..%d%s%n", seed, seed, flags());
          out.flush();
        }
      }
    }
  }

  /**
   * Says what all runs did.
   *
   * @return how many failed
   */
  public synchronized int report() {
    out.printf(
        "%d seeds, %d failed: %.1f hours of %d nodes, %d operations done, %d faults, %d events%n",
        runs, failed, virtualNanos / 3.6e12, plan.nodes, done, faults, events);
    out.flush();
    return failed;
  }

  private String flags() {
    StringBuilder flags = new StringBuilder();
    flags.append(" --nodes ").append(plan.nodes).append(" --seconds ").append(plan.seconds);
    if (plan.faults.size() < Faults.Kind.values().length) {
      List<String> names =
          plan.faults.stream().map(k -> k.name().toLowerCase(Locale.ROOT)).toList();
      flags.append(" --faults ").append(names.isEmpty() ? "none" : String.join(",", names));
    }
    if (plan.workloads.size() < WORKLOADS.size()) {
      flags.append(" --workloads ").append(String.join(",", plan.workloads));
    }
    return flags.toString();
  }
}
