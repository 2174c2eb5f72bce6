package io.ilion.tools.bench;

import io.ilion.bench.load.report.Figures;
import io.ilion.bench.load.report.Percentiles;
import io.ilion.bench.load.report.Sample;
import io.ilion.bench.load.run.PhaseOptions;
import io.ilion.tools.console.Progress;
import java.time.Duration;
import java.util.function.Consumer;

/** What is shown of a run while it runs. */
final class LiveLine {
  private LiveLine() {}

  /** Shows each sample of a phase, and how far that is: the time of a warm-up begins again. */
  static Consumer<Sample> on(Progress progress, PhaseOptions options) {
    boolean[] isWarm = {options.warmUp().isZero()};
    return sample -> {
      String time = time(sample, isWarm[0] ? options.duration() : options.warmUp());
      show(progress, (isWarm[0] ? "" : "warm-up ") + time, sample);
      isWarm[0] |= sample.atSeconds() * 1e9 >= options.warmUp().toNanos();
    };
  }

  private static String time(Sample sample, Duration all) {
    String now = "%.0f s".formatted(sample.atSeconds());
    return all.isZero() ? now : now + " of " + Progress.duration(all);
  }

  private static void show(Progress progress, String time, Sample sample) {
    progress.update(
        () -> {
          double p50 = worst(sample, "p50");
          double p99 = worst(sample, "p99");
          double max = worst(sample, "max");
          long errors =
              sample.statements().values().stream().mapToLong(Sample.Statement::errors).sum();
          String server =
              Double.isNaN(sample.serverCores())
                  ? ""
                  : "  server " + Figures.number(sample.serverCores()) + " cores";
          return "%s  %s/s  p50 %s  p99 %s  max %s  errors %d  under way %d%s"
              .formatted(
                  time,
                  Figures.number(sample.rate()),
                  Figures.time(p50),
                  Figures.time(p99),
                  Figures.time(max),
                  errors,
                  sample.underWay(),
                  server);
        });
  }

  private static double worst(Sample sample, String percentile) {
    return sample.statements().values().stream()
        .map(Sample.Statement::response)
        .mapToDouble((Percentiles times) -> times.byName(percentile))
        .max()
        .orElse(Double.NaN);
  }
}
