package io.ilion.simulator;

import io.ilion.gossip.messaging.FailureReason;
import io.ilion.gossip.messaging.Messenger;
import io.ilion.gossip.messaging.Verb;
import io.ilion.runtime.NodeAddress;
import java.nio.ByteBuffer;
import java.util.function.UnaryOperator;

/** A messenger that is about to do some things wrong, and does all else right. */
class AlteredMessenger implements Messenger {
  private final Messenger messenger;

  AlteredMessenger(Messenger messenger) {
    this.messenger = messenger;
  }

  @Override
  public NodeAddress self() {
    return messenger.self();
  }

  @Override
  public void send(NodeAddress to, Verb verb, long token, byte[] payload) {
    messenger.send(to, verb, token, payload);
  }

  @Override
  public void request(
      NodeAddress to, Verb verb, long token, byte[] payload, long timeoutNanos, Answer answer) {
    messenger.request(to, verb, token, payload, timeoutNanos, answer);
  }

  @Override
  public void handle(Verb verb, Handler handler) {
    messenger.handle(verb, handler);
  }

  /** An answer that is changed on its way to whoever asked. */
  static Reply altered(Reply reply, UnaryOperator<byte[]> change) {
    return new Reply() {
      @Override
      public void answer(byte[] payload) {
        reply.answer(change.apply(payload));
      }

      @Override
      public void fail(FailureReason reason) {
        reply.fail(reason);
      }
    };
  }

  /** The bytes of a payload, which stays as it is. */
  static byte[] bytes(ByteBuffer payload) {
    byte[] bytes = new byte[payload.remaining()];
    payload.duplicate().get(bytes);
    return bytes;
  }
}
