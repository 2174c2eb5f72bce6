package io.ilion.gossip.messaging;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.runtime.NodeAddress;
import io.ilion.runtime.simulated.LinkFaults;
import io.ilion.runtime.simulated.SimulatedNode;
import io.ilion.runtime.simulated.SimulatedRandom;
import io.ilion.runtime.simulated.SimulatedWorld;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NodeMessengerTest {
  private static final long SECOND = 1_000_000_000L;

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
              for (int i = 0; i < Peer.LANES; i++) {
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
    assertThat(lanes).containsExactly(0, Peer.LANES - 1);
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
      assertThat(lane).isBetween(0, Peer.LANES - 1);
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
      all.add(from.ask(random.below(Peer.LANES), to, Verb.READ, value, number(value), timeout));
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
      for (int lane = 0; lane < Peer.LANES; lane++) {
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
                  .lane(random.below(Peer.LANES))
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
