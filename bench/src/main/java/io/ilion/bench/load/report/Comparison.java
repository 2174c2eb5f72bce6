package io.ilion.bench.load.report;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.ilion.bench.load.generate.Hash;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.ToDoubleFunction;

/**
 * How two sets of runs differ. For each figure the ratio of the medians of their seconds, with an
 * interval that has the true one at 95 %: by resampling blocks of successive seconds (Künsch, "The
 * jackknife and the bootstrap for general stationary observations", 1989), since neighbouring
 * seconds are alike. It knows nothing of what differs between sittings: repeat the runs, in turns.
 */
public final class Comparison {
  private static final int BLOCK_SECONDS = 5;
  private static final int RESAMPLES = 2_000;
  private static final int LEAST_SECONDS = 4;
  private static final double CONFIDENCE = 0.95;

  /** Which way is better. */
  public enum Better {
    HIGHER,
    LOWER
  }

  /** What the interval allows to say. */
  public enum Verdict {
    BETTER,
    WORSE,
    NOT_SHOWN
  }

  /**
   * One figure.
   *
   * @param first its median in the first runs
   * @param second in the second ones
   * @param ratio of second to first
   * @param low where the ratio's interval begins; NaN if there are too few seconds to tell
   * @param high where it ends
   */
  public record Line(
      String name,
      double first,
      double second,
      double ratio,
      double low,
      double high,
      Better better) {
    /** What the interval allows to say of the second runs. */
    @JsonProperty
    public Verdict verdict() {
      if (low > 1) {
        return better == Better.HIGHER ? Verdict.BETTER : Verdict.WORSE;
      }
      if (high < 1) {
        return better == Better.HIGHER ? Verdict.WORSE : Verdict.BETTER;
      }
      return Verdict.NOT_SHOWN;
    }
  }

  private Comparison() {}

  /** Compares the second runs with the first. */
  public static List<Line> of(List<RunResult> first, List<RunResult> second) {
    List<Line> lines = new ArrayList<>();
    add(lines, first, second, "throughput", Better.HIGHER, Sample::rate);
    add(
        lines,
        first,
        second,
        "server us/operation",
        Better.LOWER,
        sample -> sample.serverCores() * 1e6 / sample.rate());
    Set<String> names = new LinkedHashSet<>();
    first.forEach(run -> run.statements().forEach(each -> names.add(each.name())));
    for (String name : names) {
      for (String percentile : List.of("p50", "p99", "p99.9")) {
        add(
            lines,
            first,
            second,
            name + " " + percentile + " us",
            Better.LOWER,
            sample -> {
              Sample.Statement statement = sample.statements().get(name);
              return statement == null ? Double.NaN : statement.response().byName(percentile);
            });
      }
    }
    return lines;
  }

  private static void add(
      List<Line> lines,
      List<RunResult> first,
      List<RunResult> second,
      String name,
      Better better,
      ToDoubleFunction<Sample> figure) {
    double[] before = values(first, figure);
    double[] after = values(second, figure);
    if (before.length == 0 || after.length == 0) {
      return;
    }
    double[] ratios = new double[RESAMPLES];
    boolean enough = before.length >= LEAST_SECONDS && after.length >= LEAST_SECONDS;
    for (int i = 0; enough && i < RESAMPLES; i++) {
      ratios[i] = median(resample(after, 2L * i)) / median(resample(before, 2L * i + 1));
    }
    Arrays.sort(ratios);
    int tail = (int) (RESAMPLES * (1 - CONFIDENCE) / 2);
    lines.add(
        new Line(
            name,
            median(before),
            median(after),
            median(after) / median(before),
            enough ? ratios[tail] : Double.NaN,
            enough ? ratios[RESAMPLES - 1 - tail] : Double.NaN,
            better));
  }

  private static double[] values(List<RunResult> runs, ToDoubleFunction<Sample> figure) {
    return runs.stream()
        .flatMap(run -> run.samples().stream())
        .filter(sample -> sample.seconds() > 0.5)
        .mapToDouble(figure)
        .filter(Double::isFinite)
        .toArray();
  }

  private static double[] resample(double[] values, long number) {
    double[] drawn = new double[values.length];
    int block = Math.min(BLOCK_SECONDS, values.length);
    for (int i = 0; i < drawn.length; i += block) {
      int from = (int) Hash.below(Hash.mix(number, i), values.length);
      for (int j = 0; j < block && i + j < drawn.length; j++) {
        drawn[i + j] = values[(from + j) % values.length];
      }
    }
    return drawn;
  }

  static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
}
