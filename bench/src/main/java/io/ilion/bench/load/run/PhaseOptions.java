package io.ilion.bench.load.run;

import java.time.Duration;

/**
 * How a phase is run.
 *
 * @param warmUp whose operations are not recorded
 * @param duration behind that; zero for until the cycles are done
 * @param cycles how many operations there are in all; 0 for as many as the time allows
 * @param rate how many operations a second are begun (an open loop); null to begin one when another
 *     has ended (a closed loop)
 * @param poisson whether they arrive by chance
 * @param concurrency of a closed loop; of an open loop how many may be under way before it has to
 *     wait
 * @param dispatchers threads that begin the operations of an open loop
 * @param patience how long answers that are missing at the end are waited for
 * @param part of the cycles that this process takes: those whose remainder by {@code parts} it is
 * @param parts how many processes share the work
 */
public record PhaseOptions(
    Duration warmUp,
    Duration duration,
    long cycles,
    Rate rate,
    boolean poisson,
    int concurrency,
    int dispatchers,
    Duration patience,
    int part,
    int parts) {
  /** How long answers are waited for, if nobody says otherwise. */
  public static final Duration PATIENCE = Duration.ofSeconds(30);

  /** A closed loop of so many operations in this process alone. */
  public static PhaseOptions closedLoop(long cycles, int concurrency) {
    return new PhaseOptions(
        Duration.ZERO, Duration.ZERO, cycles, null, false, concurrency, 1, PATIENCE, 0, 1);
  }

  /** The same with so many operations in all. */
  PhaseOptions withCycles(long count) {
    return new PhaseOptions(
        warmUp, duration, count, rate, poisson, concurrency, dispatchers, patience, part, parts);
  }

  /** What one of several processes does of this. */
  PhaseOptions share(int which, int of) {
    int more = which < concurrency % of ? 1 : 0;
    return new PhaseOptions(
        warmUp,
        duration,
        cycles,
        rate,
        poisson,
        Math.max(1, concurrency / of + more),
        dispatchers,
        patience,
        which,
        of);
  }
}
