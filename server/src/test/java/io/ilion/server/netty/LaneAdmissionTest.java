package io.ilion.server.netty;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.runtime.Clock;
import io.ilion.runtime.Lane;
import org.junit.jupiter.api.Test;

class LaneAdmissionTest {
  private static final int MOST = 10_000;
  private static final long LATE = LaneAdmission.LATE_NANOS * 2;

  private long nanos = 1;
  private Runnable scheduled;
  private long due;

  private final Clock clock =
      new Clock() {
        @Override
        public long nanoTime() {
          return nanos;
        }

        @Override
        public long wallMicros() {
          return 0;
        }
      };

  private final Lane lane =
      new Lane() {
        @Override
        public int index() {
          return 0;
        }

        @Override
        public void execute(Runnable task) {
          throw new AssertionError("nothing is to be done at once");
        }

        @Override
        public Cancellable schedule(long delayNanos, Runnable task) {
          assertThat(scheduled).isNull();
          scheduled = task;
          due = nanos + delayNanos;
          return () -> {};
        }

        @Override
        public boolean isCurrent() {
          return true;
        }
      };

  private final LaneAdmission admission = new LaneAdmission(lane, clock, MOST);

  /** Has a connection that nothing is known of send so many requests. */
  private void accept(int requests) {
    for (int i = 0; i < requests; i++) {
      admission.accepted(i == 0);
    }
  }

  /** Lets a window of time pass in which the lane is late by so much and answers so much. */
  private void pass(long lateNanos, int answers) {
    long begun = nanos;
    for (int i = 0;
        nanos - begun < LaneAdmission.PERIODS * LaneAdmission.PERIOD_NANOS && scheduled != null;
        i++) {
      Runnable task = scheduled;
      scheduled = null;
      nanos = due + lateNanos;
      if (i == 0) {
        // They are answered and as many new ones are accepted.
        admission.answered(answers, false);
        for (int j = 0; j < answers; j++) {
          admission.accepted(false);
        }
      }
      task.run();
    }
  }

  @Test
  void aLaneThatDoesNotLagTakesAsManyAsItMay() {
    accept(MOST - 1);
    assertThat(admission.refuses(MOST - 1)).isFalse();
    admission.accepted(false);
    assertThat(admission.refuses(MOST)).isTrue();
    pass(0, 10);
    assertThat(admission.refuses(MOST)).isTrue();
    admission.answered(1, false);
    assertThat(admission.refuses(MOST - 1)).isFalse();
  }

  @Test
  void aLaneThatLagsTakesWhatItAnswersSoon() {
    accept(5_000);
    assertThat(admission.refuses(5_000)).isFalse();
    // 54 ms for 3,600 answers: 2,000 in 30 ms.
    pass(LATE, 3_600);
    assertThat(admission.refuses(5_000)).isTrue();
    admission.answered(3_002, false);
    assertThat(admission.refuses(1_998)).as("beneath 2,000").isFalse();
    accept(2);
    assertThat(admission.refuses(2_000)).isTrue();
    pass(0, 0);
    assertThat(admission.refuses(2_000)).as("it does not lag any more").isFalse();
    accept(501);
    assertThat(admission.refuses(2_501)).as("a quarter more").isTrue();
    for (int i = 0; i < 20; i++) {
      pass(0, 0);
    }
    accept(MOST - 2_502);
    assertThat(admission.refuses(MOST - 1)).isFalse();
  }

  @Test
  void whoHasLittleUnderWayIsNotRefused() {
    accept(5_000);
    accept(7);
    pass(LATE, 1);
    assertThat(admission.refuses(4_999)).isTrue();
    assertThat(admission.refuses(7)).isFalse();
    assertThat(admission.refuses(LaneAdmission.LEAST / 2 - 1)).as("half of the least").isFalse();
    assertThat(admission.refuses(LaneAdmission.LEAST / 2)).isTrue();
  }

  @Test
  void onePauseIsNoLag() {
    accept(5_000);
    Runnable task = scheduled;
    scheduled = null;
    nanos = due + 100 * LATE;
    task.run();
    pass(0, 0);
    assertThat(admission.refuses(5_000)).isFalse();
  }

  @Test
  void anIdleLaneIsNotLookedAt() {
    accept(LaneAdmission.LEAST - 1);
    assertThat(scheduled).isNull();
    admission.accepted(false);
    assertThat(scheduled).isNotNull();
    admission.answered(LaneAdmission.LEAST, true);
    pass(0, 0);
    assertThat(scheduled).isNull();
  }
}
