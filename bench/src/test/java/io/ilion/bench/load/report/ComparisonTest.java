package io.ilion.bench.load.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ilion.bench.load.BenchException;
import io.ilion.bench.load.report.Comparison.Verdict;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ComparisonTest {

  /** A run of a minute whose seconds scatter around a rate. */
  private static RunResult run(double rate, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<Sample> samples = new ArrayList<>();
    Percentiles times = new Percentiles(100, 90, 150, 200, 400, 800, 900, 1000);
    for (int i = 0; i < 60; i++) {
      long count = (long) (rate * (0.9 + 0.2 * random.nextDouble()));
      samples.add(
          new Sample(
              i + 1,
              1,
              5,
              1,
              1e8,
              1,
              Map.of("read", new Sample.Statement(count, 0, times, times)),
              Map.of()));
    }
    StatementResult read =
        new StatementResult(
            "read", 60_000, 60_000, Map.of("OVERLOADED", 60L), times, times, "", "");
    return new RunResult(
        1,
        "t",
        "now",
        "w",
        "d",
        Map.of(),
        Map.of(),
        Map.of(),
        Map.of(),
        60,
        rate,
        7,
        3,
        read,
        List.of(read),
        samples);
  }

  private static Comparison.Line throughput(double first, double second) {
    return Comparison.of(List.of(run(first, 1)), List.of(run(second, 2))).getFirst();
  }

  @Test
  void whatDiffersIsFoundAndWhatScattersIsNot() {
    assertThat(throughput(1000, 1100).verdict()).isEqualTo(Verdict.BETTER);
    assertThat(throughput(1100, 1000).verdict()).isEqualTo(Verdict.WORSE);
    Comparison.Line same = throughput(1000, 1000);
    assertThat(same.verdict()).isEqualTo(Verdict.NOT_SHOWN);
    assertThat(same.low()).isLessThan(1);
    assertThat(same.high()).isGreaterThan(1);
  }

  @ParameterizedTest
  @CsvSource({
    "throughput>=1000, true",
    "throughput>1k, false",
    "p99<0.5ms, true",
    "p99<=399us, false",
    "read.p99.9<1ms, true",
    "read.p99.9<800us, false",
    "errors<0.2%, true",
    "errors<0.05%, false",
    "failures=60, true",
    "violations=0, true",
    "server<8, true"
  })
  void requirementsHoldOrNot(String text, boolean holds) {
    RunResult run = run(1000, 1);
    assertThat(Requirement.parse(text).isHeldBy(run)).isEqualTo(holds);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "p99", "p99<", "p98<5ms", "throughput>=fast", "p99<5 hours"})
  void otherRequirementsAreErrors(String text) {
    assertThatThrownBy(() -> Requirement.parse(text)).isInstanceOf(BenchException.class);
  }

  @Test
  void aPageHoldsItsDataAndNoScriptOfOthers() {
    RunResult run = run(1000, 1);
    Histogram histogram = new Histogram(3);
    histogram.recordValue(5_000_000);
    ByteBuffer buffer = ByteBuffer.allocate(histogram.getNeededByteBufferCapacity());
    int length = histogram.encodeIntoCompressedByteBuffer(buffer);
    byte[] bytes = new byte[length];
    buffer.get(0, bytes);
    String encoded = Base64.getEncoder().encodeToString(bytes);
    StatementResult read =
        new StatementResult(
            "</script><script>alert(1)",
            1,
            1,
            Map.of(),
            Percentiles.of(histogram),
            Percentiles.of(histogram),
            encoded,
            encoded);
    RunResult evil =
        new RunResult(
            1,
            "t",
            "now",
            "w",
            "d",
            Map.of(),
            Map.of(),
            Map.of(),
            Map.of(),
            60,
            1,
            Double.NaN,
            3,
            read,
            List.of(read),
            run.samples());
    String page = HtmlReport.text(Map.of("label", evil));
    assertThat(page).doesNotContain("</script><script>alert").contains("5001.215");
    assertThat(page).doesNotContain("src=", "href=", "import ");
  }
}
