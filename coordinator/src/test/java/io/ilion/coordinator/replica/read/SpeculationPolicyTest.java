package io.ilion.coordinator.replica.read;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SpeculationPolicyTest {
  private static final long MILLISECOND = 1_000_000;

  private static LatencyHistogram latencies(int fast, int slow) {
    LatencyHistogram latencies = new LatencyHistogram();
    for (int i = 0; i < fast; i++) {
      latencies.add(MILLISECOND);
    }
    for (int i = 0; i < slow; i++) {
      latencies.add(100 * MILLISECOND);
    }
    return latencies;
  }

  private static long delay(String option, LatencyHistogram latencies) {
    return SpeculationPolicy.of(option).delayNanos(latencies);
  }

  @Test
  void fixedPolicies() {
    LatencyHistogram none = new LatencyHistogram();
    assertThat(delay("NEVER", none)).isEqualTo(Long.MAX_VALUE);
    assertThat(delay("ALWAYS", none)).isZero();
    assertThat(delay("50ms", none)).isEqualTo(50 * MILLISECOND);
    assertThat(delay("0.5ms", none)).isEqualTo(MILLISECOND / 2);
  }

  @Test
  void percentilesFollowWhatReadsTook() {
    assertThat(delay("99p", latencies(10, 0))).isEqualTo(Long.MAX_VALUE);
    assertThat(delay("99p", latencies(1000, 5))).isBetween(MILLISECOND, MILLISECOND * 12 / 10);
    assertThat(delay("99p", latencies(1000, 50))).isBetween(100 * MILLISECOND, 120 * MILLISECOND);
    assertThat(delay("50p", latencies(100, 50))).isBetween(MILLISECOND, MILLISECOND * 12 / 10);
    assertThat(delay("100p", latencies(1000, 1))).isBetween(100 * MILLISECOND, 120 * MILLISECOND);
  }

  @Test
  void policiesOfTwo() {
    assertThat(delay("MIN(99p,50ms)", latencies(1000, 50))).isEqualTo(50 * MILLISECOND);
    assertThat(delay("MAX(99p,50ms)", latencies(1000, 5))).isEqualTo(50 * MILLISECOND);
    assertThat(delay("MIN(99p,50ms)", new LatencyHistogram())).isEqualTo(50 * MILLISECOND);
  }

  @Test
  void whatIsOldCountsLess() {
    LatencyHistogram latencies = latencies(0, 1000);
    for (int i = 0; i < 8; i++) {
      latencies.rotate();
    }
    for (int i = 0; i < 1000; i++) {
      latencies.add(MILLISECOND);
    }
    assertThat(delay("99p", latencies)).isLessThan(2 * MILLISECOND);
  }
}
