package io.ilion.server.tracing;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.gossip.messaging.FailureReason;
import io.ilion.gossip.messaging.Messenger;
import io.ilion.gossip.messaging.MessengerLimits;
import io.ilion.gossip.messaging.MetadataEpochs;
import io.ilion.gossip.messaging.NodeMessenger;
import io.ilion.gossip.messaging.Verb;
import io.ilion.model.data.CorruptDataException;
import io.ilion.runtime.Network;
import io.ilion.runtime.NodeAddress;
import io.ilion.runtime.NodeRuntime;
import io.ilion.runtime.simulated.SimulatedWorld;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** What goes between nodes for requests with and without a trace. */
class TracingMessengerTest {
  private static final long SECOND = 1_000_000_000L;
  private static final byte[] ASKED = "what is asked".getBytes(StandardCharsets.UTF_8);
  private static final byte[] ANSWERED = "what is answered".getBytes(StandardCharsets.UTF_8);

  private final SimulatedWorld world = new SimulatedWorld(1);
  private final List<byte[]> sent = new ArrayList<>();

  private static NodeMessenger messenger(Network network, NodeRuntime runtime) {
    return new NodeMessenger(
        network,
        runtime.scheduler(),
        runtime.clock(),
        runtime.random().split(),
        MetadataEpochs.fixed(1),
        MessengerLimits.DEFAULT);
  }

  /** A node with nothing but a messenger; whatever it sends is noted. */
  private final class Peer implements Network {
    private final NodeRuntime runtime = world.addNode().start(1);
    private final TraceContext traces = new TraceContext();
    private final NodeMessenger plain = messenger(this, runtime);
    private final Messenger messenger =
        new TracingMessenger(plain, traces, runtime.clock(), runtime.scheduler().lane(0));

    /** Under trace from now on. */
    TraceSession open() {
      traces.opened();
      return new TraceSession(runtime.clock(), 1000);
    }

    Peer started() {
      plain.start();
      return this;
    }

    @Override
    public NodeAddress self() {
      return runtime.network().self();
    }

    @Override
    public void listen(Receiver receiver) {
      runtime.network().listen(receiver);
    }

    @Override
    public boolean send(NodeAddress to, byte[] message) {
      sent.add(message);
      return runtime.network().send(to, message);
    }

    @Override
    public void disconnect(NodeAddress peer) {
      runtime.network().disconnect(peer);
    }

    /** Asks by a messenger, for a session or, if that is null, for none. */
    Asked ask(Messenger by, TraceSession session, Peer other) {
      return ask(by, session, other.self());
    }

    Asked ask(Messenger by, TraceSession session, NodeAddress other) {
      Asked asked = new Asked();
      Runnable asking = () -> by.request(other, Verb.MUTATE, 5, ASKED, 200 * SECOND, asked);
      runtime.scheduler().lane(0).execute(() -> traces.run(session, asking));
      return asked;
    }
  }

  private static final class Asked implements Messenger.Answer {
    private byte[] answer;
    private FailureReason reason;

    @Override
    public void answered(NodeAddress from, ByteBuffer payload) {
      answer = new byte[payload.remaining()];
      payload.get(answer);
    }

    @Override
    public void failed(NodeAddress from, FailureReason why) {
      reason = why;
    }
  }

  private static List<String> activities(List<TraceEvent> events) {
    return events.stream().map(TraceEvent::activity).toList();
  }

  @Test
  void withoutATraceNotAByteIsDifferent() {
    Peer one = new Peer().started();
    Peer two = new Peer().started();
    two.messenger.handle(Verb.MUTATE, (from, payload, reply) -> reply.answer(ANSWERED));
    TraceSession other = one.open();
    List<Asked> asked = new ArrayList<>();
    for (Messenger by : List.of(one.plain, one.messenger)) {
      asked.add(one.ask(by, null, two));
      world.run(SECOND);
    }
    assertThat(asked).allSatisfy(each -> assertThat(each.answer).isEqualTo(ANSWERED));
    assertThat(sent).hasSize(4);
    for (int i = 0; i < 2; i++) {
      // They differ in the number of the request.
      byte[] plain = sent.get(i).clone();
      Arrays.fill(plain, 3, 11, (byte) 0);
      byte[] untraced = sent.get(i + 2).clone();
      Arrays.fill(untraced, 3, 11, (byte) 0);
      assertThat(untraced).isEqualTo(plain);
    }
    assertThat(other.take()).isEmpty();
    assertThat(two.traces.isOn()).isFalse();
  }

  @Test
  void whatWasDoneComesHomeInItsPlace() {
    Peer one = new Peer().started();
    Peer two = new Peer().started();
    two.messenger.handle(
        Verb.MUTATE,
        (from, payload, reply) -> {
          assertThat(payload.remaining()).isEqualTo(ASKED.length);
          two.traces.event("begins");
          Runnable end =
              () -> {
                two.traces.event("ends");
                reply.answer(ANSWERED);
                two.traces.event("too late");
              };
          two.runtime.scheduler().lane(0).schedule(SECOND, two.traces.carrying(end));
        });
    TraceSession session = one.open();
    Asked asked = one.ask(one.messenger, session, two);
    world.run(3 * SECOND);
    assertThat(asked.answer).isEqualTo(ANSWERED);
    List<TraceEvent> events = session.take();
    assertThat(activities(events))
        .containsExactly(
            "Sending MUTATE message to /" + two.self() + " message size 13 bytes",
            "MUTATE message received from /" + one.self(),
            "begins",
            "ends",
            "Enqueuing response to /" + one.self(),
            "MUTATE is answered by /" + two.self());
    assertThat(events).isSortedAccordingTo((a, b) -> Integer.compare(a.at(), b.at()));
    assertThat(events.subList(1, 5))
        .allSatisfy(event -> assertThat(event.source()).isEqualTo(two.self()));
    assertThat(events.getFirst().source()).isNull();
    TraceEvent end = events.get(3);
    assertThat(end.elapsed()).isBetween(1_000_000, 1_100_000);
    int away = events.get(5).at() - events.get(0).at();
    assertThat(end.at() - end.elapsed())
        .as("half of the way")
        .isCloseTo((away - end.elapsed()) / 2, Offset.offset(100));
    assertThat(two.traces.isOn()).isFalse();
  }

  @Test
  void whoHasNoAnswerTellsOfItselfToo() {
    Peer one = new Peer().started();
    Peer two = new Peer().started();
    two.messenger.handle(
        Verb.MUTATE, (from, payload, reply) -> reply.fail(FailureReason.STALE_EPOCH));
    TraceSession session = one.open();
    Asked asked = one.ask(one.messenger, session, two);
    world.run(SECOND);
    assertThat(asked.reason).isEqualTo(FailureReason.STALE_EPOCH);
    assertThat(activities(session.take()))
        .contains("Enqueuing response to /" + one.self())
        .last()
        .isEqualTo("MUTATE has no answer from /" + two.self() + ": STALE_EPOCH");
    assertThat(two.traces.isOn()).isFalse();
  }

  @Test
  void whoThrowsOrNeverAnswersIsForgotten() {
    Peer one = new Peer().started();
    Peer throwing = new Peer().started();
    throwing.messenger.handle(
        Verb.MUTATE,
        (from, payload, reply) -> {
          throw new IllegalStateException("by intent");
        });
    Peer silent = new Peer().started();
    silent.messenger.handle(Verb.MUTATE, (from, payload, reply) -> {});
    Peer nobody = new Peer().started();
    TraceSession session = one.open();
    Asked thrown = one.ask(one.messenger, session, throwing);
    Asked open = one.ask(one.messenger, session, silent);
    Asked unknown = one.ask(one.messenger, session, nobody);
    world.run(SECOND);
    assertThat(thrown.reason).isEqualTo(FailureReason.UNKNOWN);
    assertThat(unknown.reason).isEqualTo(FailureReason.UNKNOWN);
    assertThat(throwing.traces.isOn()).isFalse();
    assertThat(silent.traces.isOn()).isTrue();
    world.run(61 * SECOND);
    assertThat(silent.traces.isOn()).isFalse();
    assertThat(open.reason).isNull();
  }

  /** Whatever a node does, it tells of no more than so much, and the asker keeps no more. */
  @Test
  void whatIsToldHasABound() {
    Peer one = new Peer().started();
    Peer two = new Peer().started();
    String longText = "\u20ac".repeat(100_000);
    two.messenger.handle(
        Verb.MUTATE,
        (from, payload, reply) -> {
          for (int i = 0; i < 1000; i++) {
            two.traces.event(longText);
          }
          reply.answer(ANSWERED);
        });
    TraceSession session = new TraceSession(one.runtime.clock(), 150);
    one.traces.opened();
    for (int i = 0; i < 2; i++) {
      Asked asked = one.ask(one.messenger, session, two);
      world.run(SECOND);
      assertThat(asked.answer).isEqualTo(ANSWERED);
    }
    assertThat(sent)
        .allSatisfy(
            message ->
                assertThat(message.length)
                    .isLessThan(
                        TracedMessages.MOST_EVENTS * (3 * TracedMessages.MOST_CHARACTERS + 100)));
    List<TraceEvent> events = session.take();
    assertThat(events.size()).isEqualTo(150);
    long told = events.stream().filter(event -> event.activity().startsWith("\u20ac")).count();
    assertThat(told).as("beside what was asked, received and answered").isEqualTo(145);
    session.end();
    sent.clear();
    one.ask(one.messenger, session, two);
    world.run(SECOND);
    assertThat(sent).as("without a trace, as that has ended").allMatch(m -> m.length < 60);
  }

  /** Bytes that are changed or missing cost events, or the answer, and nothing else. */
  @Test
  void whatIsNoTraceHarmsNothing() {
    NodeAddress from = new NodeAddress("127.0.0.2", 7000);
    NodeAddress other = new NodeAddress("127.0.0.3", 7000);
    List<TraceEvent> events =
        List.of(
            new TraceEvent(null, "one", 1, 1, "lane-0"),
            new TraceEvent(other, "two", 2, 2, "lane-1"));
    byte[] good = TracedMessages.answer(ANSWERED, events, 3);
    int told = good.length - 6 - ANSWERED.length;
    SplittableRandom random = new SplittableRandom(13);
    int lost = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] bad = good.clone();
      for (int j = 0; j <= i % 3; j++) {
        bad[6 + random.nextInt(told)] = (byte) random.nextInt(256);
      }
      TracedMessages.Answer answer = TracedMessages.decode(from, ByteBuffer.wrap(bad));
      byte[] found = new byte[answer.answer().remaining()];
      answer.answer().get(found);
      assertThat(found).isEqualTo(ANSWERED);
      assertThat(answer.took()).isNotNegative();
      assertThat(answer.events())
          .hasSizeLessThanOrEqualTo(TracedMessages.MOST_EVENTS)
          .allSatisfy(event -> assertThat(event.source()).isNotNull());
      lost += answer.events().isEmpty() ? 1 : 0;
    }
    assertThat(lost).as("events that could not be read").isBetween(1, 19_999);
    for (int i = 0; i < 20_000; i++) {
      byte[] bad = Arrays.copyOf(good, random.nextInt(good.length));
      if (bad.length > 0 && i % 2 == 0) {
        bad[random.nextInt(Math.min(6, bad.length))] = (byte) random.nextInt(256);
      }
      try {
        TracedMessages.decode(from, ByteBuffer.wrap(bad));
      } catch (CorruptDataException e) {
        assertThat(e).hasMessageNotContaining("null");
      }
    }
  }

  /**
   * An answer that is none is a failure of who gave it; one that is too strange, of nobody else.
   */
  @Test
  void anAnswerThatIsNoneIsAFailure() {
    Peer one = new Peer().started();
    NodeRuntime runtime = world.addNode().start(1);
    NodeMessenger liar = messenger(runtime.network(), runtime);
    liar.handle(Verb.TRACED, (from, payload, reply) -> reply.answer(ANSWERED));
    liar.start();
    TraceSession session = one.open();
    Asked asked = one.ask(one.messenger, session, liar.self());
    world.run(2 * SECOND);
    assertThat(asked.reason).isEqualTo(FailureReason.UNKNOWN);
    assertThat(activities(session.take()))
        .last()
        .isEqualTo("MUTATE has no answer from /" + liar.self() + ": UNKNOWN");
    for (byte[] strange :
        List.of(
            new byte[0],
            new byte[] {1},
            new byte[] {2, 10},
            new byte[] {1, 60},
            new byte[] {1, (byte) 200})) {
      Asked refused = new Asked();
      runtime
          .scheduler()
          .lane(0)
          .execute(() -> liar.request(one.self(), Verb.TRACED, 5, strange, SECOND, refused));
      world.run(SECOND / 2);
      assertThat(refused.reason).isEqualTo(FailureReason.UNKNOWN);
    }
  }
}
