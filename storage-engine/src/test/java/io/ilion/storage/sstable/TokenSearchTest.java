package io.ilion.storage.sstable;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class TokenSearchTest {

  @Test
  void findsEveryPlaceFromEveryGuess() {
    for (int entries = 0; entries < 40; entries++) {
      for (int sought = 0; sought <= entries; sought++) {
        for (int tenth = 0; tenth <= 10; tenth++) {
          for (int near = 1; near <= 4; near++) {
            int place = sought;
            int found =
                TokenSearch.count(entries, tenth / 10.0, near, entry -> isBefore(entry, place));
            assertThat(found).as("of %d, from %d tenths", entries, tenth).isEqualTo(sought);
          }
        }
      }
    }
  }

  private static boolean isBefore(int entry, int place) {
    assertThat(entry).isNotNegative();
    return entry < place;
  }

  @Test
  void aProportionIsBetweenZeroAndOne() {
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < 1000; i++) {
      long a = random.nextLong();
      long b = random.nextLong();
      assertThat(TokenSearch.fraction(random.nextLong(), Math.min(a, b), Math.max(a, b)))
          .isBetween(0.0, 1.0);
    }
    assertThat(TokenSearch.fraction(0, Long.MIN_VALUE, Long.MAX_VALUE)).isEqualTo(0.5);
    assertThat(TokenSearch.fraction(7, 7, 7)).isZero();
  }

  @Test
  void evenlySpreadTokensAreFoundInFewSteps() {
    SplittableRandom random = new SplittableRandom(2);
    long[] tokens = random.longs(128).sorted().toArray();
    int[] steps = {0};
    for (int i = 0; i < 1000; i++) {
      long token = random.nextLong();
      double fraction = TokenSearch.fraction(token, Long.MIN_VALUE, Long.MAX_VALUE);
      int unused =
          TokenSearch.count(
              tokens.length,
              fraction,
              4,
              entry -> {
                steps[0]++;
                return tokens[entry] < token;
              });
    }
    assertThat(steps[0]).isLessThan(5500);
  }
}
