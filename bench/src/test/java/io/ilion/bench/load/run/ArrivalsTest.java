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
