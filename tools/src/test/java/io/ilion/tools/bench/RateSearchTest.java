package io.ilion.tools.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.bench.load.report.RunResult;
import io.ilion.bench.load.report.StatementResult;
import io.ilion.bench.load.run.Rate;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RateSearchTest {
  private static RunResult result(long count, double seconds) {
    return new RunResult(
        RunResult.VERSION,
        "test",
        "",
        "test",
        "",
        Map.of(),
        Map.of(),
        Map.of(),
        Map.of(),
        seconds,
        count / seconds,
        0,
        0,
        new StatementResult("total", count, 0, Map.of(), null, null, "", ""),
        List.of(),
        List.of());
  }

  @Test
  void whatComesByChanceIsNotTakenForARateThatWasNotReached() {
    assertThat(RateSearch.isReached(result(121, 2), 62.5)).isTrue();
    assertThat(RateSearch.isReached(result(24, 2), 15.6)).isTrue();
    assertThat(RateSearch.isReached(result(80, 2), 62.5)).isFalse();
    assertThat(RateSearch.isReached(result(95_000, 10), 10_000)).isFalse();
    assertThat(RateSearch.isReached(result(98_000, 10), 10_000)).isTrue();
    assertThat(RateSearch.isReached(result(0, 2), 10)).isFalse();
  }

  @Test
  void onlyARateThatWasNotReachedIsToldOf() {
    assertThat(said(9_800, "1000")).isEmpty();
    assertThat(said(9_000, "1000")).contains("900/s of the 1,000/s wanted");
    assertThat(said(9_000, "sine(1000, 500, 60s)")).isEmpty();
  }

  private static String said(long count, String rate) {
    StringWriter said = new StringWriter();
    new RunReport(null, new PrintWriter(said), false, null)
        .sayIfTheRateWasNotReached(result(count, 10), Rate.parse(rate), 100);
    return said.toString();
  }

  @Test
  void aSearchThatIsEndedKnowsTheHighestRateSoFar() throws InterruptedException {
    RateSearch search =
        new RateSearch(List.of(), rate -> rate > 400 ? null : result((long) (100 * rate), 100));
    assertThat(search.find(100)).isEqualTo(400);
    assertThat(search.cutShort()).isTrue();
  }

  @Test
  void theHighestRateThatHoldsIsFound() throws InterruptedException {
    // What can do 1000 operations a second.
    RateSearch search =
        new RateSearch(List.of(), rate -> result(Math.round(100 * Math.min(rate, 1000)), 100));
    assertThat(search.find(100)).isBetween(950.0, 1050.0);
  }
}
