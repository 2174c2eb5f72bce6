package io.ilion.gossip;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class PhiAccrualTest {
  private static final long SECOND = 1_000_000_000L;

  @Test
  void suspicionGrowsWithSilence() {
    PhiAccrual detector = new PhiAccrual(SECOND, 0);
    for (int i = 1; i <= 100; i++) {
      detector.heard(i * SECOND);
    }
    long last = 100 * SECOND;
    assertThat(detector.phi(last + SECOND)).isZero();
    assertThat(detector.phi(last + 4 * SECOND)).isBetween(1.0, 8.0);
    assertThat(detector.phi(last + 6 * SECOND)).isGreaterThan(8);
    assertThat(detector.phi(last + 3600 * SECOND)).isGreaterThan(100).isLessThan(1e12);
    detector.forgive(10 * SECOND);
    assertThat(detector.phi(last + 11 * SECOND)).isZero();
  }

  @Test
  void anIrregularNodeIsGivenMoreTime() {
    Random random = new Random(1);
    PhiAccrual detector = new PhiAccrual(SECOND, 0);
    long at = 0;
    for (int i = 0; i < 500; i++) {
      at += (long) (random.nextDouble() * 5 * SECOND);
      detector.heard(at);
    }
    assertThat(detector.phi(at + 8 * SECOND)).isLessThan(8);
    assertThat(detector.phi(at + 20 * SECOND)).isGreaterThan(8);
  }

  @Test
  void whatWasForgivenSpoilsNothing() {
    PhiAccrual detector = new PhiAccrual(SECOND, 0);
    detector.heard(SECOND);
    detector.forgive(600 * SECOND);
    for (int i = 2; i <= 200; i++) {
      assertThat(detector.phi(i * SECOND)).as("at second %d", i).isLessThan(1);
      detector.heard(i * SECOND);
    }
    assertThat(detector.phi(202 * SECOND)).isLessThan(1);
    assertThat(detector.phi(210 * SECOND)).isGreaterThan(8);
  }

  @Test
  void oneLongSilenceTeachesNoPatience() {
    PhiAccrual detector = new PhiAccrual(SECOND, 0);
    long at = 0;
    for (int i = 0; i < 100; i++) {
      at += i == 50 ? 600 * SECOND : SECOND;
      detector.heard(at);
    }
    assertThat(detector.phi(at + 6 * SECOND)).isGreaterThan(8);
  }
}
