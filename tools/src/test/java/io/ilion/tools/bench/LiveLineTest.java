package io.ilion.tools.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.bench.load.report.Percentiles;
import io.ilion.bench.load.report.Sample;
import io.ilion.bench.load.run.PhaseOptions;
import io.ilion.bench.load.run.Rate;
import io.ilion.tools.console.Progress;
import io.ilion.tools.console.Style;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class LiveLineTest {
  private static Sample sample(double atSeconds) {
    Percentiles times = new Percentiles(100, 90, 150, 200, 400, 800, 900, 1000);
    Sample.Statement read = new Sample.Statement(500, 1, times, times);
    return new Sample(atSeconds, 1, 7, Double.NaN, Double.NaN, 1, Map.of("read", read), Map.of());
  }

  @Test
  void aWarmUpIsNamedAndWhatFollowsBeginsAgain() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    AtomicLong now = new AtomicLong();
    Progress progress =
        new Progress(
            new PrintStream(bytes, true, StandardCharsets.UTF_8), Style.PLAIN, now::get, 1);
    PhaseOptions options =
        new PhaseOptions(
            Duration.ofSeconds(2),
            Duration.ofSeconds(90),
            0,
            Rate.constant(500),
            true,
            100,
            1,
            PhaseOptions.PATIENCE,
            0,
            1);
    Consumer<Sample> line = LiveLine.on(progress, options);
    for (double at : new double[] {1.001, 2.001, 1.002}) {
      now.addAndGet(1);
      line.accept(sample(at));
    }
    assertThat(bytes.toString(StandardCharsets.UTF_8).lines().map(each -> each.split("  ")[0]))
        .containsExactly("warm-up 1 s of 2 s", "warm-up 2 s of 2 s", "1 s of 1 min 30 s");
    assertThat(bytes.toString(StandardCharsets.UTF_8))
        .contains("500/s  p50 90.0 us  p99 400 us  max 1.00 ms  errors 1  under way 7");
  }
}
