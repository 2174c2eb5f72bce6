package io.ilion.gossip.messaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ilion.runtime.NodeAddress;
import io.ilion.runtime.NodeRuntime;
import io.ilion.runtime.Scheduler;
import io.ilion.runtime.simulated.LinkFaults;
import io.ilion.runtime.simulated.SimulatedNode;
import io.ilion.runtime.simulated.SimulatedRandom;
import io.ilion.runtime.simulated.SimulatedWorld;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NodeMessengerTest {
  private static final long SECOND = 1_000_000_000L;
  private static final int LANES = 3;

  /** A node with nothing but a messenger. */
  private static final class Peer {
    private final SimulatedNode machine;
    private final Scheduler scheduler;
    private final NodeMessenger messenger;

    Peer(SimulatedNode machine, MetadataEpochs epochs) {
      this.machine = machine;
      NodeRuntime runtime = machine.start(LANES);
      scheduler = runtime.scheduler();
      messenger =
          new NodeMessenger(
              runtime.network(),
              scheduler,
              runtime.clock(),
              runtime.random().split(),
              epochs,
              MessengerLimits.DEFAULT);
    }

    Peer(SimulatedWorld world) {
      this(world.addNode(), MetadataEpochs.fixed(1));
    }

    NodeAddress address() {
      return machine.address();
    }

    Peer handling(Verb verb, Messenger.Handler handler) {
      messenger.handle(verb, handler);
      return this;
    }

    Peer started() {
      messenger.start();
      return this;
    }

    Asked ask(int lane, NodeAddress to, Verb verb, long token, byte[] payload, long timeout) {
      Asked asked = new Asked(scheduler, lane);
      scheduler
          .lane(lane)
          .execute(() -> messenger.request(to, verb, token, payload, timeout, asked));
      return asked;
    }
  }

  /** What became of a request. */
  private static final class Asked implements Messenger.Answer {
    private final Scheduler scheduler;
    private final int lane;
    private int ends;
    private byte[] answer;
    private FailureReason reason;

    Asked(Scheduler scheduler, int lane) {
      this.scheduler = scheduler;
      this.lane = lane;
    }

    private void end() {
      ends++;
      assertThat(scheduler.lane(lane).isCurrent()).isTrue();
    }

    @Override
    public void answered(NodeAddress from, ByteBuffer payload) {
      end();
      answer = bytes(payload);
    }

    @Override
    public void failed(NodeAddress from, FailureReason why) {
      end();
      reason = why;
    }
  }

  private static byte[] bytes(ByteBuffer payload) {
    byte[] bytes = new byte[payload.remaining()];
    payload.get(bytes);
    return bytes;
  }

  private static byte[] number(long value) {
    return ByteBuffer.allocate(8).putLong(value).array();
  }

  private static final Messenger.Handler ECHO =
      (from, payload, reply) -> reply.answer(bytes(payload));

  @Test
  void aLaneRefusesWhatIsTooMuchUntilItHasAnswered() {
    SimulatedWorld world = new SimulatedWorld(7);
    List<Messenger.Reply> unanswered = new ArrayList<>();
    Peer server =
        new Peer(world)
            .handling(Verb.MUTATE, (from, payload, reply) -> unanswered.add(reply))
            .handling(Verb.METADATA_FETCH, ECHO)
            .started();
    Peer client = new Peer(world).started();
    int size = 200_000;
    List<Asked> all = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      all.add(client.ask(0, server.address(), Verb.MUTATE, 1, new byte[size], 10 * SECOND));
    }
    Asked elsewhere =
        client.ask(0, server.address(), Verb.MUTATE, Long.MAX_VALUE, new byte[8], 10 * SECOND);
    Asked metadata =
        client.ask(0, server.address(), Verb.METADATA_FETCH, 1, new byte[8], 10 * SECOND);

    world.run(SECOND);

    int most = (int) (MessengerLimits.DEFAULT.workBytes() / LANES / (size + LaneWork.OVERHEAD));
    assertThat(unanswered).hasSizeBetween(most, most + 2);
    assertThat(refused(all)).isEqualTo(101 - unanswered.size());
    assertThat(elsewhere.ends).as("another lane takes it").isZero();
    assertThat(metadata.answer).isNotNull();

    int taken = unanswered.size();
    unanswered.forEach(reply -> reply.answer(new byte[1]));
    Asked later = client.ask(0, server.address(), Verb.MUTATE, 1, new byte[size], 10 * SECOND);
    world.run(SECOND);
    assertThat(later.reason).isNull();
    assertThat(unanswered).hasSize(taken + 1);
    assertThat(all).allMatch(asked -> asked.ends == 1);
  }

  /** What is never answered is forgotten after a minute. */
  @Test
  void whatIsNeverAnsweredDoesNotFillTheLaneForEver() {
    SimulatedWorld world = new SimulatedWorld(8);
    Peer server = new Peer(world).handling(Verb.MUTATE, (from, payload, reply) -> {}).started();
    Peer client = new Peer(world).started();
    List<Asked> all = new ArrayList<>();
    for (int round = 0; round < 4; round++) {
      for (int i = 0; i < 100; i++) {
        all.add(client.ask(0, server.address(), Verb.MUTATE, 1, new byte[200_000], SECOND));
      }
      world.run(20 * SECOND);
      assertThat(refused(all)).as("round %d", round).isPositive();
    }
    world.run(60 * SECOND);
    all.clear();
    for (int i = 0; i < 3; i++) {
      all.add(client.ask(0, server.address(), Verb.MUTATE, 1, new byte[200_000], SECOND));
      world.run(40 * SECOND);
    }
    assertThat(all.get(2).reason).isEqualTo(FailureReason.TIMEOUT);
  }

  @Test
  void aNodeIsIdleWhenAllThatItWasAskedForIsAnswered() {
    SimulatedWorld world = new SimulatedWorld(8);
    List<Messenger.Reply> open = new ArrayList<>();
    Peer server =
        new Peer(world).handling(Verb.MUTATE, (from, payload, reply) -> open.add(reply)).started();
    Peer client = new Peer(world).started();
    for (int token = 0; token < 2; token++) {
      client.ask(0, server.address(), Verb.MUTATE, token, number(token), 60 * SECOND);
    }
    world.run(SECOND);
    assertThat(open).hasSize(2);
    for (Messenger.Reply reply : open) {
      assertThat(server.messenger.isIdle()).isFalse();
      reply.answer(number(1));
    }
    assertThat(server.messenger.isIdle()).isTrue();
  }

  private static long refused(List<Asked> all) {
    return all.stream().filter(asked -> asked.reason == FailureReason.OVERLOADED).count();
  }

  @Test
  void aRequestIsAnsweredByOthersAndByTheNodeItself() {
    SimulatedWorld world = new SimulatedWorld(1);
    Peer one = new Peer(world).handling(Verb.READ, ECHO).started();
    Peer two = new Peer(world).handling(Verb.READ, ECHO).started();
    Asked there = one.ask(2, two.address(), Verb.READ, 77, number(5), SECOND);
    Asked here = one.ask(1, one.address(), Verb.READ, -77, number(6), SECOND);
    world.run(SECOND / 2);
    assertThat(there.answer).isEqualTo(number(5));
    assertThat(here.answer).isEqualTo(number(6));
  }

  @Test
  void aRequestIsHandledOnTheLaneOfItsToken() {
    SimulatedWorld world = new SimulatedWorld(2);
    Peer one = new Peer(world).started();
    List<Integer> lanes = new ArrayList<>();
    Peer two = new Peer(world);
    two.handling(
            Verb.MUTATE,
            (from, payload, reply) -> {
              for (int i = 0; i < LANES; i++) {
                if (two.scheduler.lane(i).isCurrent()) {
                  lanes.add(i);
                }
              }
            })
        .started();
    one.messenger.send(two.address(), Verb.MUTATE, Long.MIN_VALUE, number(0));
    world.run(SECOND);
    one.messenger.send(two.address(), Verb.MUTATE, 0xffff_ffff_ffff_ffffL >>> 12, number(0));
    world.run(SECOND);
    assertThat(lanes).containsExactly(0, LANES - 1);
  }

  @Test
  void whatCannotBeHandledFails() {
    SimulatedWorld world = new SimulatedWorld(3);
    Peer one = new Peer(world).started();
    Peer two =
        new Peer(world)
            .handling(
                Verb.READ,
                (from, payload, reply) -> {
                  throw new IllegalArgumentException("on purpose");
                })
            .handling(Verb.COUNT, (from, payload, reply) -> reply.fail(FailureReason.STALE_EPOCH))
            .started();
    Asked thrown = one.ask(0, two.address(), Verb.READ, 1, number(1), SECOND);
    Asked refused = one.ask(0, two.address(), Verb.COUNT, 1, number(1), SECOND);
    Asked unknown = one.ask(0, two.address(), Verb.HINT, 1, number(1), SECOND);
    Asked unknownHere = one.ask(0, one.address(), Verb.HINT, 1, number(1), SECOND);
    world.run(SECOND / 2);
    assertThat(thrown.reason).isEqualTo(FailureReason.UNKNOWN);
    assertThat(refused.reason).isEqualTo(FailureReason.STALE_EPOCH);
    assertThat(unknown.reason).isEqualTo(FailureReason.UNKNOWN);
    assertThat(unknownHere.reason).isEqualTo(FailureReason.UNKNOWN);
  }

  @Test
  void whoIsNotAnsweredIsToldAfterItsTime() {
    SimulatedWorld world = new SimulatedWorld(4);
    Peer one = new Peer(world).started();
    Peer two = new Peer(world).handling(Verb.READ, (from, payload, reply) -> {}).started();
    Asked later = one.ask(0, two.address(), Verb.READ, 1, number(1), 20 * SECOND);
    Asked soon = one.ask(0, two.address(), Verb.READ, 1, number(1), SECOND);
    world.run(SECOND * 9 / 10);
    assertThat(soon.ends).isZero();
    world.run(SECOND * 2 / 10);
    assertThat(soon.reason).isEqualTo(FailureReason.TIMEOUT);
    world.run(18 * SECOND);
    assertThat(later.ends).isZero();
    world.run(SECOND);
    assertThat(later.reason).isEqualTo(FailureReason.TIMEOUT);
  }

  @Test
  void whoWaitsForANodeThatEndsIsToldAtOnce() {
    SimulatedWorld world = new SimulatedWorld(5);
    Peer one = new Peer(world).started();
    Peer two = new Peer(world).handling(Verb.READ, (from, payload, reply) -> {}).started();
    Asked asked = one.ask(1, two.address(), Verb.READ, 1, number(1), 60 * SECOND);
    world.run(SECOND);
    two.machine.kill();
    world.run(SECOND);
    assertThat(asked.reason).isEqualTo(FailureReason.NODE_DOWN);
  }

  @Test
  void moreThanCanWaitIsRefused() {
    SimulatedWorld world = new SimulatedWorld(6);
    Peer one = new Peer(world).started();
    Peer two = new Peer(world).handling(Verb.READ, (from, payload, reply) -> {}).started();
    List<Asked> asked = new ArrayList<>();
    one.scheduler
        .lane(0)
        .execute(
            () -> {
              for (int i = 0; i <= PendingRequests.MOST; i++) {
                Asked next = new Asked(one.scheduler, 0);
                asked.add(next);
                one.messenger.request(two.address(), Verb.READ, i, number(i), 60 * SECOND, next);
              }
            });
    world.run(5 * SECOND);
    assertThat(asked.getLast().reason).isEqualTo(FailureReason.OVERLOADED);
    assertThat(asked.getFirst().ends).isZero();
    assertThatThrownBy(() -> one.messenger.send(two.address(), Verb.READ, 1, new byte[32 << 20]))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /** A follower of metadata that learns of an epoch when the test says so. */
  private static final class Follower implements MetadataEpochs {
    private long epoch = 1;
    private CompletableFuture<Void> caughtUp = new CompletableFuture<>();
    private final List<Long> wanted = new ArrayList<>();
    private boolean whereAgreed = true;

    @Override
    public boolean isWhereAgreed() {
      return whereAgreed;
    }

    @Override
    public long epoch() {
      return epoch;
    }

    @Override
    public CompletionStage<Void> catchUp(long least, NodeAddress from) {
      wanted.add(least);
      return caughtUp;
    }
  }

  @Test
  void whatIsMeantForWhoWasHereBeforeIsRefused() {
    SimulatedWorld world = new SimulatedWorld(7);
    Peer one = new Peer(world.addNode(), MetadataEpochs.fixed(1)).started();
    Follower follower = new Follower();
    follower.whereAgreed = false;
    Peer moved =
        new Peer(world.addNode(), follower)
            .handling(Verb.HINT, ECHO)
            .handling(Verb.IDENTITY, ECHO)
            .started();
    Asked hint = one.ask(0, moved.address(), Verb.HINT, 1, number(1), 60 * SECOND);
    Asked identity = one.ask(0, moved.address(), Verb.IDENTITY, 1, number(1), 60 * SECOND);
    world.run(SECOND);
    assertThat(hint.reason).isEqualTo(FailureReason.UNKNOWN);
    assertThat(identity.answer).isEqualTo(number(1));
    follower.whereAgreed = true;
    Asked again = one.ask(0, moved.address(), Verb.HINT, 1, number(1), 60 * SECOND);
    world.run(SECOND);
    assertThat(again.answer).isEqualTo(number(1));
  }

  @Test
  void aRequestFromANodeThatIsAheadWaitsUntilThisOneHasCaughtUp() {
    SimulatedWorld world = new SimulatedWorld(7);
    Peer ahead = new Peer(world.addNode(), MetadataEpochs.fixed(9)).started();
    Follower follower = new Follower();
    Peer behind =
        new Peer(world.addNode(), follower)
            .handling(Verb.READ, ECHO)
            .handling(Verb.GOSSIP, ECHO)
            .started();
    Asked read = ahead.ask(0, behind.address(), Verb.READ, 1, number(1), 60 * SECOND);
    Asked gossip = ahead.ask(0, behind.address(), Verb.GOSSIP, 1, number(1), 60 * SECOND);
    world.run(SECOND);
    assertThat(follower.wanted).containsExactly(9L);
    assertThat(read.ends).isZero();
    assertThat(gossip.answer).isNotNull();
    follower.epoch = 9;
    follower.caughtUp.complete(null);
    world.run(SECOND);
    assertThat(read.answer).isEqualTo(number(1));

    follower.epoch = 1;
    follower.caughtUp = CompletableFuture.failedFuture(new IllegalStateException("cut off"));
    Asked refused = ahead.ask(0, behind.address(), Verb.READ, 1, number(1), 60 * SECOND);
    world.run(SECOND);
    assertThat(refused.reason).isEqualTo(FailureReason.INCOMPATIBLE_SCHEMA);
  }

  @Test
  void anAnswerTellsOfNewerMetadata() {
    SimulatedWorld world = new SimulatedWorld(8);
    Peer ahead =
        new Peer(world.addNode(), MetadataEpochs.fixed(9)).handling(Verb.READ, ECHO).started();
    Follower follower = new Follower();
    Peer behind = new Peer(world.addNode(), follower).started();
    Asked read = behind.ask(0, ahead.address(), Verb.READ, 1, number(1), 60 * SECOND);
    world.run(SECOND);
    assertThat(read.answer).isNotNull();
    assertThat(follower.wanted).containsExactly(9L);
  }

  @Test
  void whatIsNoMessageIsDropped() {
    SimulatedWorld world = new SimulatedWorld(9);
    Peer one = new Peer(world).handling(Verb.READ, ECHO).started();
    NodeAddress stranger = new NodeAddress("stranger", 1);
    SimulatedRandom random = new SimulatedRandom(9);
    for (int i = 0; i < 5_000; i++) {
      byte[] message = new byte[random.below(60)];
      for (int j = 0; j < message.length; j++) {
        message[j] = (byte) random.bits();
      }
      if (message.length > 3 && random.chance(0.7)) {
        message[0] = MessageHeader.VERSION;
        message[2] &= 3;
      }
      int lane = one.messenger.lane(stranger, message);
      assertThat(lane).isBetween(0, LANES - 1);
      one.scheduler.lane(lane).execute(() -> one.messenger.message(stranger, message));
    }
    world.run(10 * SECOND);
    Asked asked = one.ask(0, one.address(), Verb.READ, 1, number(1), SECOND);
    world.run(SECOND / 2);
    assertThat(asked.answer).isNotNull();
  }

  @ParameterizedTest
  @ValueSource(longs = {11, 12, 13, 14, 15, 16})
  void everyRequestEndsOnceWithItsOwnAnswerOverABadNetwork(long seed) {
    assertThat(badNetwork(seed)).as("seed %d again", seed).isEqualTo(badNetwork(seed));
  }

  /** Asks thousands of times while messages are lost, repeated, late, and nodes restart. */
  private static long badNetwork(long seed) {
    SimulatedWorld world = new SimulatedWorld(seed);
    SimulatedRandom random = new SimulatedRandom(seed);
    world.network().setFaults(LinkFaults.BAD);
    List<Peer> peers = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      peers.add(busy(new Peer(world), random));
    }
    List<Asked> all = new ArrayList<>();
    List<Long> numbers = new ArrayList<>();
    List<Peer> askers = new ArrayList<>();
    for (int i = 0; i < 3_000; i++) {
      Peer from = peers.get(random.below(3));
      NodeAddress to = peers.get(random.below(3)).address();
      long value = random.bits();
      long timeout = random.between(SECOND / 100, 2 * SECOND);
      askers.add(from);
      numbers.add(value);
      all.add(from.ask(random.below(LANES), to, Verb.READ, value, number(value), timeout));
      world.run(random.between(0, 5_000_000));
      if (random.oneIn(500)) {
        int index = random.below(3);
        SimulatedNode machine = peers.get(index).machine;
        machine.kill();
        world.run(random.between(0, SECOND / 10));
        peers.set(index, busy(new Peer(machine, MetadataEpochs.fixed(1)), random));
      }
      if (random.oneIn(300)) {
        NodeAddress cut = peers.get(random.below(3)).address();
        peers.forEach(p -> world.network().partition(Set.of(cut), Set.of(p.address())));
      } else if (random.oneIn(100)) {
        world.network().heal();
      }
    }
    world.run(10 * SECOND);
    int answers = 0;
    for (int i = 0; i < all.size(); i++) {
      Asked asked = all.get(i);
      if (peers.contains(askers.get(i))) {
        assertThat(asked.ends).as("seed %d, request %d", seed, i).isEqualTo(1);
      } else {
        assertThat(asked.ends).as("seed %d, request %d", seed, i).isLessThanOrEqualTo(1);
      }
      if (asked.answer != null) {
        assertThat(asked.answer).as("seed %d", seed).isEqualTo(number(~numbers.get(i)));
        answers++;
      }
    }
    assertThat(answers).as("seed %d", seed).isGreaterThan(500);
    for (Peer peer : peers) {
      for (int lane = 0; lane < LANES; lane++) {
        assertThat(peer.messenger.waiting(lane)).as("seed %d", seed).isZero();
      }
    }
    return world.hash();
  }

  /** Answers late, twice, or never. */
  private static Peer busy(Peer peer, SimulatedRandom random) {
    return peer.handling(
            Verb.READ,
            (from, payload, reply) -> {
              byte[] answer = number(~payload.getLong());
              long delay = random.oneIn(20) ? 3 * SECOND : random.between(0, SECOND / 20);
              peer.scheduler
                  .lane(random.below(LANES))
                  .schedule(
                      delay,
                      () -> {
                        reply.answer(answer);
                        reply.fail(FailureReason.UNKNOWN);
                      });
            })
        .started();
  }
}
