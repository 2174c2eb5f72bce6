package io.ilion.tools.bench;

import io.ilion.bench.load.report.Requirement;
import io.ilion.bench.load.report.RunResult;
import java.util.List;

/**
 * Searches the highest rate at which requirements hold: doubles it until they do not, then halves
 * the gap until it is a twentieth.
 */
final class RateSearch {
  private static final double CLOSE = 1.05;
  private static final int MOST_RUNS = 24;

  /** A rate counts only if it was reached. */
  private static final double REACHED = 0.97;

  /** So many standard deviations of what arrives by chance. */
  private static final double CHANCE = 2;

  /** Runs at a rate; null if somebody ends the search. */
  interface Trial {
    RunResult at(double rate) throws InterruptedException;
  }

  private final List<Requirement> requirements;
  private final Trial trial;
  private boolean cutShort;

  RateSearch(List<Requirement> requirements, Trial trial) {
    this.requirements = requirements;
    this.trial = trial;
  }

  /** The highest rate found, or 0 if the requirements did not even hold at very low ones. */
  double find(double first) throws InterruptedException {
    double good = 0;
    double bad = Double.POSITIVE_INFINITY;
    double rate = first;
    for (int i = 0; i < MOST_RUNS && rate >= 1 && bad / Math.max(1, good) > CLOSE; i++) {
      RunResult result = trial.at(rate);
      if (result == null) {
        cutShort = true;
        break;
      }
      if (isReached(result, rate)
          && requirements.stream().allMatch(each -> each.isHeldBy(result))) {
        good = rate;
        rate = Double.isInfinite(bad) ? 2 * rate : (good + bad) / 2;
      } else {
        bad = rate;
        rate = good == 0 ? rate / 4 : (good + bad) / 2;
      }
    }
    return good;
  }

  /** Whether somebody ended the search, so that higher rates may do. */
  boolean cutShort() {
    return cutShort;
  }

  /**
   * Whether as much was done as the rate says, but for chance, which is large where it is little.
   */
  static boolean isReached(RunResult result, double rate) {
    long done = result.total().count();
    double due = result.throughput() == 0 ? 0 : rate * done / result.throughput();
    return done > 0 && done >= REACHED * due - CHANCE * Math.sqrt(due);
  }
}
