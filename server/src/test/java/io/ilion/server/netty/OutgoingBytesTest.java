package io.ilion.server.netty;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class OutgoingBytesTest {
  private static final long MOST = 4 << 20;
  private static final int LANES = 2;

  private final RequestBudget all = new RequestBudget(MOST, LANES);
  private final List<OutgoingBytes> lanes = new ArrayList<>();

  OutgoingBytesTest() {
    for (int i = 0; i < LANES; i++) {
      lanes.add(new OutgoingBytes(all, MOST));
    }
  }

  /** Sends so many bytes each time, until that is refused; what waits then. */
  private static long fill(OutgoingBytes lane, int bytes) {
    long waiting = 0;
    while (lane.tryTake(bytes, waiting)) {
      waiting += bytes;
    }
    return waiting;
  }

  /** However many peers say nothing, what waits for them is bounded and others are written to. */
  @Test
  void peersThatAreStuckTakeABoundedPartAndLeaveRoom() {
    long sum = 0;
    for (int peer = 0; peer < 20; peer++) {
      for (OutgoingBytes lane : lanes) {
        long waiting = fill(lane, 1000);
        assertThat(waiting).as("for peer %d", peer).isPositive().isLessThanOrEqualTo(MOST / 2);
        sum += waiting;
      }
    }
    assertThat(sum).isLessThanOrEqualTo(MOST + 20 * LANES * OutgoingBytes.LEAST);
    for (OutgoingBytes lane : lanes) {
      assertThat(lane.tryTake(1000, 0)).as("to one that is not stuck").isTrue();
    }
  }

  @Test
  void whatWasWrittenMakesRoomForOtherLanes() {
    long waiting = fill(lanes.get(0), 100_000);
    long others = fill(lanes.get(1), 100_000);
    lanes.get(0).giveBack(waiting);
    lanes.get(1).giveBack(others);
    assertThat(fill(lanes.get(1), 100_000)).isGreaterThan(MOST / 4);
  }

  @Test
  void oneMessageThatIsLargerThanAllPassesByItself() {
    int large = 32 << 20;
    assertThat(lanes.get(0).tryTake(large, 0)).isTrue();
    assertThat(lanes.get(1).tryTake(large, 0)).isFalse();
    assertThat(lanes.get(0).tryTake(1000, large)).isFalse();
    lanes.get(0).giveBack(large);
    assertThat(lanes.get(1).tryTake(large, 0)).isTrue();
  }
}
