package io.ilion.server.tracing;

import io.ilion.gossip.messaging.FailureReason;
import io.ilion.gossip.messaging.ForwardingMessenger;
import io.ilion.gossip.messaging.Messenger;
import io.ilion.gossip.messaging.Verb;
import io.ilion.runtime.NodeAddress;
import java.nio.ByteBuffer;

/** A messenger that tells traces what is asked of other nodes, and when they answer. */
public final class TracingMessenger extends ForwardingMessenger {
  private final TraceContext traces;

  /** Traces what goes through another one. */
  public TracingMessenger(Messenger messenger, TraceContext traces) {
    super(messenger);
    this.traces = traces;
  }

  @Override
  public void send(NodeAddress to, Verb verb, long token, byte[] payload) {
    TraceSession session = traces.current();
    if (session != null) {
      session.event(sending(to, verb, payload));
    }
    super.send(to, verb, token, payload);
  }

  @Override
  public void request(
      NodeAddress to, Verb verb, long token, byte[] payload, long timeoutNanos, Answer answer) {
    TraceSession session = traces.current();
    if (session == null) {
      super.request(to, verb, token, payload, timeoutNanos, answer);
      return;
    }
    session.event(sending(to, verb, payload));
    super.request(to, verb, token, payload, timeoutNanos, new Traced(session, verb, answer));
  }

  private static String sending(NodeAddress to, Verb verb, byte[] payload) {
    return "Sending " + verb + " message to /" + to + " message size " + payload.length + " bytes";
  }

  /** Tells a trace how a request ended, and works for it then. */
  private final class Traced implements Answer {
    private final TraceSession session;
    private final Verb verb;
    private final Answer answer;

    Traced(TraceSession session, Verb verb, Answer answer) {
      this.session = session;
      this.verb = verb;
      this.answer = answer;
    }

    @Override
    public void answered(NodeAddress from, ByteBuffer payload) {
      session.event(verb + " is answered by /" + from);
      traces.run(session, () -> answer.answered(from, payload));
    }

    @Override
    public void failed(NodeAddress from, FailureReason reason) {
      session.event(verb + " has no answer from /" + from + ": " + reason);
      traces.run(session, () -> answer.failed(from, reason));
    }
  }
}
