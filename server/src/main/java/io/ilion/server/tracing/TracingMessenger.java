package io.ilion.server.tracing;

import io.ilion.gossip.messaging.FailureReason;
import io.ilion.gossip.messaging.ForwardingMessenger;
import io.ilion.gossip.messaging.Messenger;
import io.ilion.gossip.messaging.Verb;
import io.ilion.model.data.CorruptDataException;
import io.ilion.runtime.Clock;
import io.ilion.runtime.Lane;
import io.ilion.runtime.NodeAddress;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A messenger that tells traces what is asked of other nodes, when they answer, and what they did
 * in between: what is asked for a trace is sent as {@link Verb#TRACED}, and the answer brings the
 * events. Whoever answers traces as if the request were a client's; so what it asks of others in
 * turn comes home through it.
 *
 * <p>Requests without a trace go by untouched in either direction.
 */
public final class TracingMessenger extends ForwardingMessenger {
  private static final Logger LOGGER = LoggerFactory.getLogger(TracingMessenger.class);

  /** After so long nobody waits for an answer any more. */
  private static final long FORGET_NANOS = 60_000_000_000L;

  private final TraceContext traces;
  private final Clock clock;
  private final Lane lane;
  private final Handler[] handlers = new Handler[256];

  /**
   * Traces what goes through another one.
   *
   * @param lane where requests are forgotten that are never answered
   */
  public TracingMessenger(Messenger messenger, TraceContext traces, Clock clock, Lane lane) {
    super(messenger);
    this.traces = traces;
    this.clock = clock;
    this.lane = lane;
    messenger.handle(Verb.TRACED, this::traced);
  }

  @Override
  public void handle(Verb verb, Handler handler) {
    super.handle(verb, handler);
    handlers[verb.code()] = handler;
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
    if (session == null || session.hasEnded()) {
      super.request(to, verb, token, payload, timeoutNanos, answer);
      return;
    }
    session.event(sending(to, verb, payload));
    boolean tells = !to.equals(self()) && TracedMessages.fits(payload);
    super.request(
        to,
        tells ? Verb.TRACED : verb,
        token,
        tells ? TracedMessages.request(verb, payload) : payload,
        timeoutNanos,
        new Traced(session, verb, tells, answer));
  }

  private static String sending(NodeAddress to, Verb verb, byte[] payload) {
    return "Sending " + verb + " message to /" + to + " message size " + payload.length + " bytes";
  }

  /** Another node asks for something under trace. */
  private void traced(NodeAddress from, ByteBuffer payload, Reply reply) {
    Verb verb;
    try {
      verb = Verb.ofCode(TracedMessages.verb(payload));
    } catch (CorruptDataException | BufferUnderflowException e) {
      LOGGER.warn("{} sent what cannot be traced: {}", from, e.toString());
      reply.fail(FailureReason.UNKNOWN);
      return;
    }
    Handler handler = verb == null ? null : handlers[verb.code()];
    if (handler == null) {
      LOGGER.warn("{} sent {} under trace, which nobody takes here", from, verb);
      reply.fail(FailureReason.UNKNOWN);
      return;
    }
    TraceSession session = new TraceSession(clock, TracedMessages.MOST_EVENTS);
    TracedReply traced = new TracedReply(session, from, reply);
    traces.opened();
    session.event(verb + " message received from /" + from);
    try {
      traces.run(session, () -> handler.handle(from, payload, traced));
    } catch (RuntimeException e) {
      traced.fail(FailureReason.UNKNOWN);
      throw e;
    }
  }

  /** Says what was done for an answer, along with it. Any thread. */
  private final class TracedReply implements Reply {
    private final TraceSession session;
    private final NodeAddress from;
    private final Reply reply;
    private final Lane.Cancellable forgetting;

    TracedReply(TraceSession session, NodeAddress from, Reply reply) {
      this.session = session;
      this.from = from;
      this.reply = reply;
      this.forgetting = lane.schedule(FORGET_NANOS, this::close);
    }

    @Override
    public void answer(byte[] payload) {
      List<TraceEvent> events = events();
      reply.answer(TracedMessages.answer(payload, events, session.micros()));
    }

    @Override
    public void fail(FailureReason reason) {
      List<TraceEvent> events = events();
      reply.answer(TracedMessages.failure(reason, events, session.micros()));
    }

    private List<TraceEvent> events() {
      session.event("Enqueuing response to /" + from);
      forgetting.cancel();
      close();
      return session.take();
    }

    private void close() {
      if (session.end()) {
        traces.closed();
      }
    }
  }

  /** Tells a trace how a request ended, and works for it then. */
  private final class Traced implements Answer {
    private final TraceSession session;
    private final Verb verb;
    private final boolean tells;
    private final Answer answer;
    private final int sent;

    Traced(TraceSession session, Verb verb, boolean tells, Answer answer) {
      this.session = session;
      this.verb = verb;
      this.tells = tells;
      this.answer = answer;
      this.sent = session.micros();
    }

    @Override
    public void answered(NodeAddress from, ByteBuffer payload) {
      if (!tells) {
        took(from, payload);
        return;
      }
      TracedMessages.Answer told;
      try {
        told = TracedMessages.decode(from, payload);
      } catch (CorruptDataException e) {
        LOGGER.error("{} answered what cannot be read: {}", from, e.toString());
        failed(from, FailureReason.UNKNOWN);
        return;
      }
      session.add(placed(told));
      if (told.reason() == null) {
        took(from, told.answer());
      } else {
        failed(from, told.reason());
      }
    }

    private void took(NodeAddress from, ByteBuffer payload) {
      session.event(verb + " is answered by /" + from);
      traces.run(session, () -> answer.answered(from, payload));
    }

    @Override
    public void failed(NodeAddress from, FailureReason reason) {
      session.event(verb + " has no answer from /" + from + ": " + reason);
      traces.run(session, () -> answer.failed(from, reason));
    }

    /**
     * The events by the time of this trace. What the node did was between the request and the
     * answer; the rest of that time they were on their way, as long in one direction as in the
     * other for all that is known. So no clock is compared with another.
     */
    private List<TraceEvent> placed(TracedMessages.Answer told) {
      int away = session.micros() - sent;
      int took = Math.min(told.took(), away);
      int begun = sent + (away - took) / 2;
      List<TraceEvent> placed = new ArrayList<>(told.events().size());
      for (TraceEvent event : told.events()) {
        placed.add(
            new TraceEvent(
                event.source(),
                event.activity(),
                begun + Math.clamp(event.at(), 0, took),
                event.elapsed(),
                event.thread()));
      }
      return placed;
    }
  }
}
