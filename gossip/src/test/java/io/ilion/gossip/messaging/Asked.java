package io.ilion.gossip.messaging;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.runtime.NodeAddress;
import io.ilion.runtime.Scheduler;
import java.nio.ByteBuffer;

/** What became of a request. */
final class Asked implements Messenger.Answer {
  private final Scheduler scheduler;
  private final int lane;
  int ends;
  byte[] answer;
  FailureReason reason;

  Asked(Scheduler scheduler, int lane) {
    this.scheduler = scheduler;
    this.lane = lane;
  }

  private void end() {
    ends++;
    assertThat(scheduler.lane(lane).isCurrent()).isTrue();
  }

  @Override
  public void answered(NodeAddress from, ByteBuffer payload) {
    end();
    answer = new byte[payload.remaining()];
    payload.get(answer);
  }

  @Override
  public void failed(NodeAddress from, FailureReason why) {
    end();
    reason = why;
  }
}
