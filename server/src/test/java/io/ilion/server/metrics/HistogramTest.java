package io.ilion.server.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class HistogramTest {
  @Test
  void nothingIsZero() {
    Histogram histogram = new Histogram();
    assertThat(histogram.count()).isZero();
    assertThat(histogram.quantile(0.5)).isZero();
    assertThat(histogram.max()).isZero();
  }

  @Test
  void extremesHaveAPlace() {
    Histogram histogram = new Histogram();
    for (long value : new long[] {-1, 0, 1, 3, 4, 1L << 31, (1L << 32) - 1, 1L << 32}) {
      histogram.record(value);
    }
    histogram.record(Long.MAX_VALUE);
    assertThat(histogram.count()).isEqualTo(9);
    assertThat(histogram.quantile(1)).isEqualTo((double) Long.MAX_VALUE);
  }

  @Test
  void valuesAreCountedBelowPowersOfTwo() {
    SplittableRandom random = new SplittableRandom(5);
    Histogram histogram = new Histogram();
    long[] values = new long[5_000];
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextLong(1L << random.nextInt(1, 35));
      histogram.record(values[i]);
    }
    long[] below = histogram.belowPowers();
    for (int bits = 0; bits < 32; bits++) {
      long limit = 1L << bits;
      assertThat(below[bits])
          .as("below 2^%d", bits)
          .isEqualTo(Arrays.stream(values).filter(value -> value < limit).count());
    }
    assertThat(histogram.sum()).isEqualTo(Arrays.stream(values).sum());
  }

  @Test
  void quantilesAreAQuarterTooHighAtMost() {
    long seed = 3;
    SplittableRandom random = new SplittableRandom(seed);
    Histogram one = new Histogram();
    Histogram two = new Histogram();
    long[] values = new long[5_000];
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextLong(1L << random.nextInt(1, 33));
      (i % 2 == 0 ? one : two).record(values[i]);
    }
    Histogram both = new Histogram();
    both.add(one);
    both.add(two);
    Arrays.sort(values);

    assertThat(both.count()).isEqualTo(values.length);
    assertThat(both.max()).isEqualTo(values[values.length - 1]);
    for (double share : new double[] {0.01, 0.5, 0.9, 0.99, 0.999, 1}) {
      double exact = values[(int) Math.ceil(share * values.length) - 1];
      assertThat(both.quantile(share))
          .as("quantile %s, seed %s", share, seed)
          .isBetween(exact, exact * 1.25);
    }
  }

  @Test
  void aRateFollowsWhatHappens() {
    Rate rate = new Rate();
    long count = 0;
    for (int i = 0; i < 100; i++) {
      count += 50;
      rate.tick(count);
    }
    assertThat(rate.perSecond()).isEqualTo(10, Offset.offset(0.001));
    for (int i = 0; i < 100; i++) {
      rate.tick(count);
    }
    assertThat(rate.perSecond()).isEqualTo(0, Offset.offset(0.01));
  }
}
