package io.ilion.gossip.messaging;

import io.ilion.runtime.NodeAddress;

/** Leaves everything to another messenger, for those that do some of it in their own way. */
public abstract class ForwardingMessenger implements Messenger {
  private final Messenger messenger;

  /** In front of another messenger. */
  protected ForwardingMessenger(Messenger messenger) {
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
}
