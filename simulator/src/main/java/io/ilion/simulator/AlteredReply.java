package io.ilion.simulator;

import io.ilion.gossip.messaging.FailureReason;
import io.ilion.gossip.messaging.Messenger;
import java.util.function.UnaryOperator;

/**
 * Gives answers to whoever asked when somebody has seen them.
 *
 * @param change gives what is answered instead, or the same
 */
record AlteredReply(Messenger.Reply reply, UnaryOperator<byte[]> change)
    implements Messenger.Reply {
  @Override
  public void answer(byte[] payload) {
    reply.answer(change.apply(payload));
  }

  @Override
  public void fail(FailureReason reason) {
    reply.fail(reason);
  }
}
