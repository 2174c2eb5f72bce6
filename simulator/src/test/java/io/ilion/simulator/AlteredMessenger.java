package io.ilion.simulator;

import io.ilion.gossip.messaging.FailureReason;
import io.ilion.gossip.messaging.ForwardingMessenger;
import io.ilion.gossip.messaging.Messenger;
import java.nio.ByteBuffer;
import java.util.function.UnaryOperator;

/** A messenger that is about to do some things wrong, and does all else right. */
class AlteredMessenger extends ForwardingMessenger {
  AlteredMessenger(Messenger messenger) {
    super(messenger);
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
