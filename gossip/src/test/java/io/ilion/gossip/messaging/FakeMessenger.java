package io.ilion.gossip.messaging;

import io.ilion.model.type.ByteSink;
import io.ilion.runtime.Lane;
import io.ilion.runtime.Network;
import io.ilion.runtime.NodeAddress;
import io.ilion.runtime.NodeRuntime;
import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;

/** A messenger for tests of parts that live on lane 0, over the network of a simulated world. */
public final class FakeMessenger implements Messenger, Network.Receiver {
  private static final int ONE_WAY = 0;
  private static final int REQUEST = 1;
  private static final int ANSWER = 2;
  private static final int FAILURE = 3;

  private final Network network;
  private final Lane lane;
  private final Map<Verb, Handler> handlers = new EnumMap<>(Verb.class);
  private final Map<Long, Waiting> waiting = new HashMap<>();
  private long nextId;
  private long sentMessages;
  private long sentBytes;

  private record Waiting(NodeAddress to, Answer answer, Lane.Cancellable timeout) {}

  /** A messenger that listens. */
  public FakeMessenger(NodeRuntime runtime) {
    network = runtime.network();
    lane = runtime.scheduler().lane(0);
    network.listen(this);
  }

  /** How many messages were sent. */
  public long sentMessages() {
    return sentMessages;
  }

  /** How many bytes were sent. */
  public long sentBytes() {
    return sentBytes;
  }

  @Override
  public NodeAddress self() {
    return network.self();
  }

  private void send(NodeAddress to, int kind, int code, long id, byte[] payload) {
    ByteSink out = new ByteSink(payload.length + 10);
    out.writeByte(kind);
    out.writeByte(code);
    out.writeLong(id);
    out.writeBytes(payload);
    byte[] message = out.toByteArray();
    if (to.equals(self())) {
      lane.execute(() -> message(to, message));
    } else {
      sentMessages++;
      sentBytes += message.length;
      network.send(to, message);
    }
  }

  @Override
  public void send(NodeAddress to, Verb verb, long token, byte[] payload) {
    send(to, ONE_WAY, verb.code(), 0, payload);
  }

  @Override
  public void request(
      NodeAddress to, Verb verb, long token, byte[] payload, long timeoutNanos, Answer answer) {
    long id = ++nextId;
    Lane.Cancellable timeout =
        lane.schedule(timeoutNanos, () -> fail(waiting.remove(id), FailureReason.TIMEOUT));
    waiting.put(id, new Waiting(to, answer, timeout));
    send(to, REQUEST, verb.code(), id, payload);
  }

  private static void fail(Waiting request, FailureReason reason) {
    if (request != null) {
      request.answer.failed(request.to, reason);
    }
  }

  @Override
  public void handle(Verb verb, Handler handler) {
    handlers.put(verb, handler);
  }

  @Override
  public int lane(NodeAddress from, byte[] message) {
    return 0;
  }

  @Override
  public void message(NodeAddress from, byte[] message) {
    ByteBuffer in = ByteBuffer.wrap(message);
    int kind = in.get();
    int code = in.get();
    long id = in.getLong();
    if (kind == ANSWER || kind == FAILURE) {
      Waiting request = waiting.remove(id);
      if (request != null) {
        request.timeout.cancel();
        if (kind == ANSWER) {
          request.answer.answered(from, in.slice());
        } else {
          fail(request, FailureReason.ofCode(code));
        }
      }
      return;
    }
    boolean wants = kind == REQUEST;
    handlers
        .get(Verb.ofCode(code))
        .handle(
            from,
            in.slice(),
            new Reply() {
              @Override
              public void answer(byte[] payload) {
                if (wants) {
                  send(from, ANSWER, code, id, payload);
                }
              }

              @Override
              public void fail(FailureReason reason) {
                if (wants) {
                  send(from, FAILURE, reason.code(), id, new byte[0]);
                }
              }
            });
  }

  @Override
  public void connected(NodeAddress peer) {}

  @Override
  public void disconnected(NodeAddress peer) {
    waiting.entrySet().stream()
        .filter(e -> e.getValue().to.equals(peer))
        .map(Map.Entry::getKey)
        .toList()
        .forEach(id -> fail(waiting.remove(id), FailureReason.NODE_DOWN));
  }
}
