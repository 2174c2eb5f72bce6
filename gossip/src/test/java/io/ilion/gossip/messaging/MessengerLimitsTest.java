package io.ilion.gossip.messaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ilion.runtime.Network;
import io.ilion.runtime.simulated.SimulatedWorld;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What is refused since there is too much of it, and what is not. */
class MessengerLimitsTest {
  private static final long SECOND = 1_000_000_000L;

  private static final Messenger.Handler ECHO =
      (from, payload, reply) -> {
        byte[] bytes = new byte[payload.remaining()];
        payload.get(bytes);
        reply.answer(bytes);
      };

  private static long refused(List<Asked> all) {
    return all.stream().filter(asked -> asked.reason == FailureReason.OVERLOADED).count();
  }

  private static int ends(List<Asked> all) {
    return all.stream().mapToInt(asked -> asked.ends).sum();
  }

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

    int most =
        (int) (MessengerLimits.DEFAULT.workBytes() / Peer.LANES / (size + LaneWork.OVERHEAD));
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

  /** It is worked on beside what takes no more than half, and nothing begins beside it. */
  @Test
  void aRequestThatIsLargerThanALaneMayTakePassesByItself() {
    SimulatedWorld world = new SimulatedWorld(9);
    List<Messenger.Reply> unanswered = new ArrayList<>();
    MessengerLimits limits = new MessengerLimits(Peer.LANES * 100_000, 1);
    Peer server =
        new Peer(world.addNode(), MetadataEpochs.fixed(1), limits, Network.MAX_MESSAGE_BYTES)
            .handling(Verb.MUTATE, (from, payload, reply) -> unanswered.add(reply))
            .started();
    Peer client = new Peer(world).started();
    List<Asked> besideLittle = new ArrayList<>();
    for (int size : new int[] {40_000, 300_000, 8}) {
      besideLittle.add(
          client.ask(0, server.address(), Verb.MUTATE, 1, new byte[size], 10 * SECOND));
      world.run(SECOND / 10);
    }
    assertThat(unanswered).hasSize(2);
    assertThat(besideLittle.get(2).reason).isEqualTo(FailureReason.OVERLOADED);
    unanswered.forEach(reply -> reply.answer(new byte[1]));
    world.run(SECOND / 10);
    assertThat(server.messenger.isIdle()).isTrue();

    List<Asked> besideMuch = new ArrayList<>();
    for (int size : new int[] {60_000, 300_000, 8}) {
      besideMuch.add(client.ask(0, server.address(), Verb.MUTATE, 1, new byte[size], 10 * SECOND));
      world.run(SECOND / 10);
    }
    assertThat(besideMuch.get(1).reason).isEqualTo(FailureReason.OVERLOADED);
    assertThat(ends(besideMuch)).as("both others are worked on").isEqualTo(1);
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
                one.messenger.request(two.address(), Verb.READ, i, new byte[8], 60 * SECOND, next);
              }
            });
    world.run(5 * SECOND);
    assertThat(asked.getLast().reason).isEqualTo(FailureReason.OVERLOADED);
    assertThat(asked.getFirst().ends).isZero();
    assertThatThrownBy(() -> one.messenger.send(two.address(), Verb.READ, 1, new byte[32 << 20]))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void whatWaitsForNewerMetadataIsBounded() {
    SimulatedWorld world = new SimulatedWorld(10);
    Peer ahead = new Peer(world.addNode(), MetadataEpochs.fixed(9)).started();
    Follower follower = new Follower();
    MessengerLimits limits = new MessengerLimits(64 << 20, 100_000);
    Peer behind =
        new Peer(world.addNode(), follower, limits, Network.MAX_MESSAGE_BYTES)
            .handling(Verb.READ, (from, payload, reply) -> reply.answer(new byte[8]))
            .started();
    // One that is larger than all is held beside what takes no more than half of that.
    for (int first : new int[] {40_000, 60_000}) {
      follower.epoch = 1;
      follower.caughtUp = new CompletableFuture<>();
      List<Asked> asked = new ArrayList<>();
      for (int size : new int[] {first, 300_000, 8}) {
        asked.add(ahead.ask(0, behind.address(), Verb.READ, 1, new byte[size], 60 * SECOND));
        world.run(SECOND / 10);
      }
      Asked refused = asked.remove(first < 50_000 ? 2 : 1);
      assertThat(refused.reason).as("beside %d", first).isEqualTo(FailureReason.OVERLOADED);
      assertThat(ends(asked)).isZero();
      follower.epoch = 9;
      follower.caughtUp.complete(null);
      world.run(SECOND);
      assertThat(asked).allMatch(request -> request.answer != null);
    }
  }

  @Test
  void hintsLeaveRoomForWhatClientsWaitFor() {
    SimulatedWorld world = new SimulatedWorld(12);
    Peer ahead = new Peer(world.addNode(), MetadataEpochs.fixed(9)).started();
    Follower follower = new Follower();
    follower.epoch = 1;
    follower.caughtUp = new CompletableFuture<>();
    MessengerLimits limits = new MessengerLimits(64 << 20, 100_000);
    Peer behind =
        new Peer(world.addNode(), follower, limits, Network.MAX_MESSAGE_BYTES)
            .handling(Verb.HINT, ECHO)
            .handling(Verb.MUTATE, ECHO)
            .started();
    List<Asked> hints = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      hints.add(ahead.ask(0, behind.address(), Verb.HINT, 1, new byte[1000], 60 * SECOND));
    }
    world.run(SECOND);
    List<Asked> updates = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      updates.add(ahead.ask(0, behind.address(), Verb.MUTATE, 1, new byte[1000], 60 * SECOND));
    }
    world.run(SECOND);
    assertThat(refused(hints)).isBetween(175L, 195L);
    assertThat(ends(updates)).isZero();
    follower.epoch = 9;
    follower.caughtUp.complete(null);
    world.run(SECOND);
    assertThat(updates).allMatch(request -> request.answer != null);
  }

  /** Whoever asked learns of it at once, and may ask another. */
  @Test
  void anAnswerThatFindsNoRoomIsToldOfAsAFailure() {
    SimulatedWorld world = new SimulatedWorld(11);
    Peer server =
        new Peer(world.addNode(), MetadataEpochs.fixed(1), MessengerLimits.DEFAULT, 1000)
            .handling(Verb.READ, ECHO)
            .started();
    Peer client = new Peer(world).started();
    Asked small = client.ask(0, server.address(), Verb.READ, 1, new byte[100], 10 * SECOND);
    Asked large = client.ask(0, server.address(), Verb.READ, 1, new byte[10_000], 10 * SECOND);
    world.run(SECOND);
    assertThat(small.answer).hasSize(100);
    assertThat(large.reason).isEqualTo(FailureReason.OVERLOADED);
    assertThat(server.messenger.isIdle()).isTrue();
  }
}
