package io.ilion.coordinator.paxos;

import io.ilion.gossip.messaging.Messenger;
import io.ilion.gossip.messaging.Verb;
import io.ilion.runtime.NodeAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Keeps requests and handlers, for a test to answer and to call as it likes. */
final class ScriptedMessenger implements Messenger {
  final List<Asked> asked = new ArrayList<>();
  final Map<Verb, Handler> handlers = new EnumMap<>(Verb.class);

  /** A request that nobody has answered yet. */
  record Asked(NodeAddress to, Verb verb, byte[] payload, Answer answer) {
    void answer(byte[] payload) {
      answer.answered(to, ByteBuffer.wrap(payload));
    }
  }

  /** All requests since the last call. */
  List<Asked> taken() {
    List<Asked> taken = List.copyOf(asked);
    asked.clear();
    return taken;
  }

  @Override
  public NodeAddress self() {
    throw new UnsupportedOperationException();
  }

  @Override
  public void send(NodeAddress to, Verb verb, long token, byte[] payload) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void request(
      NodeAddress to, Verb verb, long token, byte[] payload, long timeoutNanos, Answer answer) {
    asked.add(new Asked(to, verb, payload, answer));
  }

  @Override
  public void handle(Verb verb, Handler handler) {
    handlers.put(verb, handler);
  }
}
