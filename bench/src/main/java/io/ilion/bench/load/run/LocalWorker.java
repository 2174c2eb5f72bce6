package io.ilion.bench.load.run;

import io.ilion.bench.load.generate.Generators;
import io.ilion.bench.load.generate.Records;
import io.ilion.bench.load.workload.Phase;
import io.ilion.bench.load.workload.Workload;
import io.ilion.driver.Session;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Issues operations from this process: all of a run, or the part that is its. One for a run, since
 * it remembers what was acknowledged; the session stays its owner's.
 */
public final class LocalWorker implements LoadWorker {
  private static final double NANOS = 1e9;

  private final Session session;
  private final Workload workload;
  private final long seed;
  private final int part;
  private final int parts;
  private final Versions versions;
  private final Records records;
  private volatile PhaseRun running;
  private volatile boolean stopped;

  /** One that does everything. */
  public LocalWorker(Session session, Workload workload, long seed) {
    this(session, workload, seed, 0, 1);
  }

  /**
   * One of several.
   *
   * @param seed from which all values follow; the same for all of them
   * @param part of the operations that it issues: those whose remainder by {@code parts} it is
   */
  public LocalWorker(Session session, Workload workload, long seed, int part, int parts) {
    this.session = session;
    this.workload = workload;
    this.seed = seed;
    this.part = part;
    this.parts = parts;
    this.versions = new Versions(workload.records());
    this.records = new Records(workload.records(), part, parts);
  }

  @Override
  public void run(Part what, PhaseOptions given, Consumer<ProcessInterval> observer)
      throws InterruptedException {
    Phase phase = what == Part.POPULATE ? workload.populate() : workload.run();
    PhaseOptions options = given.share(part, parts);
    Generators generators = new Generators(seed, records);
    workload.generators().forEach(generators::define);
    List<Operation> operations =
        Operation.prepare(phase.statements(), session, generators, versions);
    PhaseRun run = new PhaseRun(session, operations, options, seed);
    running = run;
    if (stopped) {
      return;
    }
    Intervals intervals = new Intervals(operations);
    run.run(elapsed -> observer.accept(intervals.next(run.underWay())));
    observer.accept(intervals.next(0));
  }

  /** Ends what is running now, or is about to. */
  @Override
  public void stop() {
    stopped = true;
    PhaseRun run = running;
    if (run != null) {
      run.stop();
    }
  }

  /** Takes what was recorded, again and again. */
  private static final class Intervals {
    private final List<Operation> operations;
    private final long start = System.nanoTime();
    private long last;
    private double lastProcessor = processorSeconds();

    Intervals(List<Operation> operations) {
      this.operations = operations;
    }

    ProcessInterval next(int underWay) {
      long from = last;
      last = System.nanoTime() - start;
      double before = lastProcessor;
      lastProcessor = processorSeconds();
      List<StatementInterval> statements = new ArrayList<>();
      for (Operation operation : operations) {
        StatementInterval interval = operation.stats().next();
        if (interval.response().getTotalCount() > 0 || !interval.errors().isEmpty()) {
          statements.add(interval);
        }
      }
      return new ProcessInterval(from, last, underWay, lastProcessor - before, statements);
    }

    private static double processorSeconds() {
      return ManagementFactory.getOperatingSystemMXBean()
              instanceof com.sun.management.OperatingSystemMXBean system
          ? system.getProcessCpuTime() / NANOS
          : Double.NaN;
    }
  }
}
