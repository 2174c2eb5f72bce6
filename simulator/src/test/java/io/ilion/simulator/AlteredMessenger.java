package io.ilion.simulator;

import io.ilion.gossip.messaging.ForwardingMessenger;
import io.ilion.gossip.messaging.Messenger;
import java.nio.ByteBuffer;

/** A messenger that is about to do some things wrong, and does all else right. */
class AlteredMessenger extends ForwardingMessenger {
  AlteredMessenger(Messenger messenger) {
    super(messenger);
  }

  /** The bytes of a payload, which stays as it is. */
  static byte[] bytes(ByteBuffer payload) {
    byte[] bytes = new byte[payload.remaining()];
    payload.duplicate().get(bytes);
    return bytes;
  }
}
