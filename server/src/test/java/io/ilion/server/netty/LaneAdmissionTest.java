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

  private void accept(int requests) {
    for (int i = 0; i < requests; i++) {
      admission.accepted();
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
        admission.answered(answers);
        accept(answers);
      }
      task.run();
    }
  }

  @Test
  void aLaneThatDoesNotLagTakesAsManyAsItMay() {
    accept(MOST - 1);
    assertThat(admission.refuses(MOST - 1)).isFalse();
    admission.accepted();
    assertThat(admission.refuses(MOST)).isTrue();
    pass(0, 10);
    assertThat(admission.refuses(MOST)).isTrue();
    admission.answered(1);
    assertThat(admission.refuses(MOST - 1)).isFalse();
  }

  @Test
  void aLaneThatLagsTakesWhatItAnswersSoon() {
    accept(5_000);
    assertThat(admission.refuses(5_000)).isFalse();
    // 54 ms for 10,800 answers: 2,000 in 10 ms.
    pass(LATE, 10_800);
    assertThat(admission.refuses(5_000)).isTrue();
    admission.answered(3_002);
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
  void whatTakesLongIsBoundedByTime() {
    accept(5_000);
    pass(LATE, 108);
    admission.answered(3_977);
    assertThat(admission.refuses(1_023)).as("a single driver, at first").isFalse();
    // 54 ms for 108 answers: 200 in 100 ms.
    for (int i = 0; i < 20; i++) {
      pass(LATE, 108);
    }
    admission.answered(824);
    assertThat(admission.refuses(199)).isFalse();
    admission.accepted();
    assertThat(admission.refuses(200)).isTrue();
  }

  @Test
  void whoHasLittleUnderWayIsNotRefused() {
    accept(5_000);
    pass(LATE, 1);
    assertThat(admission.refuses(1)).as("all have more than twice the limit").isTrue();
    assertThat(admission.refuses(0)).isFalse();
    admission.answered(3_000);
    assertThat(admission.refuses(LaneAdmission.LEAST_OF_CONNECTION - 1)).isFalse();
    assertThat(admission.refuses(LaneAdmission.LEAST_OF_CONNECTION)).isTrue();
  }

  @Test
  void thoseThatWereRefusedShareWhatThereIs() {
    accept(5_000);
    int window = admission.refused(-1);
    admission.refused(window);
    admission.refused(-1);
    pass(LATE, 1);
    admission.answered(4_900);
    assertThat(admission.refuses(LaneAdmission.LEAST / 2 - 1)).as("one of two").isFalse();
    assertThat(admission.refuses(LaneAdmission.LEAST / 2)).isTrue();
    pass(LATE, 1);
    assertThat(admission.refuses(LaneAdmission.LEAST / 2)).as("nobody was refused").isFalse();
  }

  @Test
  void aTurnDoesNotTakeSeconds() {
    accept(5_000);
    admission.took(64, 64_000_000);
    assertThat(admission.refuses(5_000)).as("it may have been a pause").isFalse();
    for (int i = 0; i < 10; i++) {
      admission.took(64, 64_000_000);
    }
    admission.answered(4_801);
    assertThat(admission.refuses(199)).as("200 in 200 ms").isFalse();
    admission.accepted();
    assertThat(admission.refuses(200)).isTrue();
    for (int i = 0; i < 20; i++) {
      admission.took(64, 64_000);
    }
    assertThat(admission.refuses(200)).as("they take less").isFalse();
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
    admission.accepted();
    assertThat(scheduled).isNotNull();
    admission.answered(LaneAdmission.LEAST);
    pass(0, 0);
    assertThat(scheduled).isNull();
  }
}
