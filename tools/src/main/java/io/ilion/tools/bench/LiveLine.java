package io.ilion.tools.bench;

import io.ilion.bench.load.report.Figures;
import io.ilion.bench.load.report.Percentiles;
import io.ilion.bench.load.report.Sample;
import io.ilion.tools.console.Progress;
import java.util.function.Consumer;

/** What is shown of a run while it runs. */
final class LiveLine {
  private LiveLine() {}

  /** Shows each sample. */
  static Consumer<Sample> on(Progress progress) {
    return sample ->
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
              return "%3.0f s  %s/s  p50 %s  p99 %s  max %s  errors %d  under way %d%s"
                  .formatted(
                      sample.atSeconds(),
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
