package io.ilion.bench.load.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.ilion.bench.load.BenchException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ArrivalsTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          2000                        | 0     | 2000
          20k                         | 9     | 20000
          steps(10s, 100, 200, 300)   | 9.9   | 100
          steps(10s, 100, 200, 300)   | 10    | 200
          steps(10s, 100, 200, 300)   | 1000  | 300
          sine(1000, 500, 1m)         | 15    | 1500
          sine(1000, 500, 1m)         | 45    | 500
          burst(5k, 50k, 30s, 500ms)  | 30.4  | 50000
          burst(5k, 50k, 30s, 500ms)  | 30.6  | 5000
          """)
  void aRateChangesAsItSays(String text, double seconds, double perSecond) {
    assertThat(Rate.parse(text).at(seconds)).isCloseTo(perSecond, within(1e-6));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "x", "0", "-5", "1e99", "steps(10s)", "sine(1, 2)", "burst(1,2,3,4", "9q"})
  void anythingElseIsAnError(String text) {
    assertThatThrownBy(() -> Rate.parse(text)).isInstanceOf(BenchException.class);
  }

  /** Of a Poisson process gaps scatter as much as they are long; by the clock all are one. */
  @Test
  void gapsAreByChanceOrByTheClock() {
    assertThat(scatter(true)).isCloseTo(1, within(0.05));
    assertThat(scatter(false)).isCloseTo(0, within(1e-6));
  }

  /** The variance of the gaps, in squares of their mean. */
  private static double scatter(boolean poisson) {
    int count = 100_000;
    Arrivals arrivals = new Arrivals(Rate.constant(1000), poisson, 1, 3);
    double sum = 0;
    double squares = 0;
    long last = 0;
    for (int i = 0; i < count; i++) {
      long at = arrivals.next();
      double gap = at - last;
      last = at;
      sum += gap;
      squares += gap * gap;
    }
    double mean = sum / count;
    return (squares / count - mean * mean) / (mean * mean);
  }

  /** A sine is above its mean in the first half of a period, by 2 / pi of its amplitude. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          steps(10s, 1000, 2000, 4000) | 0  | 10 | 10000
          steps(10s, 1000, 2000, 4000) | 10 | 20 | 20000
          steps(10s, 1000, 2000, 4000) | 20 | 40 | 80000
          sine(1000, 500, 20s)         | 0  | 10 | 13183
          sine(1000, 500, 20s)         | 10 | 20 | 6817
          sine(1000, 500, 20s)         | 20 | 40 | 20000
          burst(1k, 10k, 10s, 2s)      | 0  | 2  | 20000
          burst(1k, 10k, 10s, 2s)      | 2  | 10 | 8000
          burst(1k, 10k, 10s, 2s)      | 10 | 20 | 28000
          burst(5, 10k, 10s, 20ms)     | 10 | 10.02 | 200
          """)
  void asManyArriveAsTheRateIsThen(String rate, double from, double to, int expected) {
    for (boolean poisson : new boolean[] {true, false}) {
      Arrivals arrivals = new Arrivals(Rate.parse(rate), poisson, 1, 3);
      int count = 0;
      for (double at = 0; at < to; at = arrivals.next() / 1e9) {
        count += at >= from ? 1 : 0;
      }
      double chance = poisson ? 5 * Math.sqrt(expected) : 2;
      assertThat((double) count)
          .as("poisson: %s", poisson)
          .isCloseTo(expected, within(0.001 * expected + chance));
    }
  }

  @Test
  void asManyArriveAsAreWanted() {
    for (boolean poisson : new boolean[] {true, false}) {
      Arrivals arrivals = new Arrivals(Rate.constant(10_000), poisson, 0.5, 3);
      long last = -1;
      long count = 0;
      for (long at = arrivals.next(); at < 20_000_000_000L; at = arrivals.next()) {
        assertThat(at).isGreaterThanOrEqualTo(last);
        last = at;
        count++;
      }
      assertThat(count).as("poisson: %s", poisson).isCloseTo(100_000L, within(1_600L));
    }
  }
}
