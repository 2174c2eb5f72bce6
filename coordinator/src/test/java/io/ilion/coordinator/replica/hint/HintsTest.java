package io.ilion.coordinator.replica.hint;

import static io.ilion.coordinator.replica.SimulatedCluster.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.coordinator.replica.ReplicaMutations;
import io.ilion.coordinator.replica.ReplicaWriter;
import io.ilion.coordinator.replica.SimulatedCluster;
import io.ilion.coordinator.replica.SimulatedCluster.Member;
import io.ilion.coordinator.replica.SimulatedCluster.Outcome;
import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.messaging.FailureReason;
import io.ilion.gossip.messaging.Messenger;
import io.ilion.gossip.messaging.Verb;
import io.ilion.gossip.metadata.Change;
import io.ilion.model.Consistency;
import io.ilion.model.WriteType;
import io.ilion.runtime.Clock;
import io.ilion.runtime.NodeAddress;
import io.ilion.runtime.simulated.LinkFaults;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HintsTest {
  private static final List<String> SCHEMA =
      List.of(
          "CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy',"
              + " 'replication_factor': 3}",
          "CREATE TABLE ks.t (k int PRIMARY KEY, v int)",
          "CREATE TABLE ks.other (k int PRIMARY KEY, v int)");
  private static final HintOptions OPTIONS =
      new HintOptions(600 * SECOND, 1 << 20, 32 << 20, SECOND);

  private final Map<Member, ReplicaWriter> writers = new HashMap<>();
  private final Map<Member, Hints> hints = new HashMap<>();
  private HintOptions options = OPTIONS;

  private SimulatedCluster cluster(long seed, int size) {
    return new SimulatedCluster(seed, size, SCHEMA, "dc1").start(this::serve);
  }

  /** Whether a member that starts does not hand hints over before {@link #starting} is run. */
  private boolean startsLater;

  private Runnable starting;

  /** How many hints a member has room for in a tenth of a second. */
  private int mostHints = Integer.MAX_VALUE;

  /** Refuses the hints that come when there is no room. */
  private final class Narrow implements Messenger {
    private final Messenger messenger;
    private final Clock clock;
    private long began;
    private int took;

    Narrow(Messenger messenger, Clock clock) {
      this.messenger = messenger;
      this.clock = clock;
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
      messenger.handle(
          verb,
          (from, payload, reply) -> {
            if (clock.nanoTime() - began > SECOND / 10) {
              began = clock.nanoTime();
              took = 0;
            }
            if (took == mostHints) {
              reply.fail(FailureReason.OVERLOADED);
            } else {
              took++;
              handler.handle(from, payload, reply);
            }
          });
    }
  }

  private void serve(Member member) {
    try {
      new ReplicaMutations(member.lanes(), member.view(), member::schema)
          .register(member.messenger());
      Hints own =
          Hints.open(
              "n/hints",
              options,
              member.lanes(),
              member.runtime(),
              new Narrow(member.messenger(), member.runtime().clock()),
              member.view(),
              member::schema);
      ReplicaWriter writer =
          new ReplicaWriter(
              member.lanes(),
              member.messenger(),
              member.view(),
              member::schema,
              member.runtime().clock(),
              own);
      starting =
          () ->
              own.start(
                  (keyspace, token, update, done) ->
                      writer.write(
                          keyspace,
                          token,
                          update,
                          Consistency.ONE,
                          WriteType.SIMPLE,
                          SECOND,
                          done));
      if (!startsLater) {
        starting.run();
      }
      hints.put(member, own);
      writers.put(member, writer);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Outcome write(SimulatedCluster cluster, int from, int key, Consistency level) {
    return write(cluster, from, "t", key, level);
  }

  private Outcome write(
      SimulatedCluster cluster, int from, String table, int key, Consistency level) {
    Outcome outcome = new Outcome();
    Member member = cluster.member(from);
    member
        .runtime()
        .scheduler()
        .lane(0)
        .execute(
            () ->
                writers
                    .get(member)
                    .write(
                        "ks",
                        SimulatedCluster.token(key),
                        cluster.update(table, key, 1000 + key, key % 100),
                        level,
                        WriteType.SIMPLE,
                        SECOND,
                        outcome::done));
    return outcome;
  }

  private static void kill(SimulatedCluster cluster, int number) {
    cluster.member(number).machine().kill();
    cluster.believe(number, false);
    cluster.world().run(SECOND / 10);
  }

  private static void bringBack(SimulatedCluster cluster, int number) {
    cluster.member(number).start();
    cluster.believe(number, true);
  }

  private static void expect(SimulatedCluster cluster, int number, int keys) {
    for (int key = 0; key < keys; key++) {
      assertThat(cluster.member(number).value("t", key)).as("key %d", key).isEqualTo(key % 100);
    }
  }

  private long allHints(SimulatedCluster cluster) {
    return cluster.members().stream()
        .filter(m -> m.machine().isRunning())
        .mapToLong(m -> hints.get(m).store.nodes().size())
        .sum();
  }

  @Test
  void hintsArePausedDroppedAndToldByTheirAge() {
    SimulatedCluster cluster = cluster(9, 3);
    Hints of = hints.get(cluster.member(0));
    assertThat(cluster.world().await(of.oldestMillis())).isEqualTo(Long.MAX_VALUE);
    kill(cluster, 2);
    long before = cluster.member(0).runtime().clock().wallMillis();
    for (int key = 0; key < 50; key++) {
      Outcome outcome = write(cluster, 0, key, Consistency.QUORUM);
      cluster.world().until(outcome::isTold);
    }
    cluster.world().run(10 * SECOND);
    long oldest = cluster.world().await(of.oldestMillis());
    assertThat(oldest).isBetween(before, before + 1000);
    // A restart forgets nothing of it.
    cluster.member(0).machine().kill();
    cluster.member(0).start();
    cluster.believe(2, false);
    Hints again = hints.get(cluster.member(0));
    assertThat(cluster.world().await(again.oldestMillis())).isEqualTo(oldest);
    again.pause(true);
    bringBack(cluster, 2);
    cluster.world().run(5 * SECOND);
    assertThat(cluster.member(2).value("t", 1)).isNull();
    assertThat(cluster.world().await(again.oldestMillis())).isEqualTo(oldest);
    cluster.world().await(again.drop(null));
    assertThat(again.nodes()).isEmpty();
    assertThat(cluster.world().await(again.oldestMillis())).isEqualTo(Long.MAX_VALUE);
    again.pause(false);
    cluster.world().run(5 * SECOND);
    assertThat(cluster.member(2).value("t", 1)).isNull();
  }

  @Test
  void aNodeThatWasDownGetsWhatItMissed() {
    SimulatedCluster cluster = cluster(1, 3);
    kill(cluster, 2);
    for (int key = 0; key < 200; key++) {
      Outcome outcome = write(cluster, key % 2, key, Consistency.QUORUM);
      cluster.world().until(outcome::isTold);
      assertThat(outcome).hasToString("done");
    }
    bringBack(cluster, 2);
    assertThat(cluster.member(2).value("t", 1)).isNull();
    cluster.world().run(5 * SECOND);
    expect(cluster, 2, 200);
    assertThat(allHints(cluster)).isZero();
    assertThat(cluster.member(0).machine().files().paths()).noneMatch(p -> p.endsWith(".hints"));
  }

  /** Sent all again whenever one is refused, they would never be taken. */
  @Test
  void aNodeWithRoomForSomeHintsAtATimeGetsAll() {
    mostHints = 20;
    SimulatedCluster cluster = cluster(2, 3);
    kill(cluster, 2);
    for (int key = 0; key < 100; key++) {
      Outcome outcome = write(cluster, 0, key, Consistency.QUORUM);
      cluster.world().until(outcome::isTold);
      assertThat(outcome).hasToString("done");
    }
    bringBack(cluster, 2);
    cluster.world().run(10 * SECOND);
    expect(cluster, 2, 100);
    assertThat(allHints(cluster)).isZero();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void hintsSurvivePowerLossOfTheirHolder(long seed) {
    SimulatedCluster cluster = cluster(seed, 3);
    kill(cluster, 2);
    for (int key = 0; key < 30; key++) {
      Outcome outcome = write(cluster, 0, key, Consistency.QUORUM);
      cluster.world().until(outcome::isTold);
    }
    cluster.world().run(SECOND);
    write(cluster, 0, 1000, Consistency.QUORUM);
    cluster.world().run(new Random(seed).nextInt(1_000_000));
    cluster.member(0).machine().crash();
    cluster.member(0).start();
    bringBack(cluster, 2);
    cluster.world().run(5 * SECOND);
    expect(cluster, 2, 30);
  }

  @ParameterizedTest
  @ValueSource(longs = {11, 12, 13, 14})
  void anyIsAcknowledgedByAHintThatIsOnDisk(long seed) {
    SimulatedCluster cluster = cluster(seed, 4);
    int key = 0;
    while (cluster.replicas("ks", key).contains(0)) {
      key++;
    }
    for (int other = 1; other < 4; other++) {
      kill(cluster, other);
    }
    Outcome outcome = write(cluster, 0, key, Consistency.ANY);
    cluster.world().until(outcome::isTold);
    assertThat(outcome).hasToString("done");
    cluster.member(0).machine().crash();
    cluster.member(0).start();
    for (int other = 1; other < 4; other++) {
      bringBack(cluster, other);
    }
    cluster.world().run(5 * SECOND);
    // One hint was acknowledged; the others were on their way.
    int written = key;
    assertThat(cluster.members().stream().map(m -> m.value("t", written))).contains(written % 100);
  }

  @Test
  void aNodeThatDidNotAnswerGetsItToo() {
    SimulatedCluster cluster = cluster(21, 3);
    cluster
        .world()
        .network()
        .partition(
            Set.of(cluster.member(2).machine().address()),
            Set.of(cluster.member(0).machine().address(), cluster.member(1).machine().address()));
    for (int key = 0; key < 20; key++) {
      Outcome outcome = write(cluster, 0, key, Consistency.QUORUM);
      cluster.world().until(outcome::isTold);
      assertThat(outcome).hasToString("done");
    }
    cluster.world().run(10 * SECOND);
    assertThat(cluster.member(2).value("t", 1)).isNull();
    cluster.world().network().heal();
    cluster.world().run(70 * SECOND);
    expect(cluster, 2, 20);
    assertThat(allHints(cluster)).isZero();
  }

  /** It may have fetched what it will own before the node that was down has it. */
  @Test
  void whoIsAboutToBeAReplicaGetsTheHintsOfReplicas() {
    SimulatedCluster cluster = cluster(41, 3);
    kill(cluster, 2);
    for (int key = 0; key < 100; key++) {
      Outcome outcome = write(cluster, key % 2, key, Consistency.QUORUM);
      cluster.world().until(outcome::isTold);
      assertThat(outcome).hasToString("done");
    }
    cluster.join(0).start();
    int newcomer = 3;
    cluster.members().forEach(member -> member.believe(newcomer, true));
    for (int number = 0; number < 2; number++) {
      cluster.member(number).learn();
    }
    bringBack(cluster, 2);
    cluster.world().run(5 * SECOND);
    expectWhatIsComing(cluster, newcomer, 100);
    assertThat(allHints(cluster)).isZero();
  }

  @Test
  void whoIsAboutToBeAReplicaAndIsDownGetsTheHintsOfReplicasLater() {
    SimulatedCluster cluster = cluster(42, 3);
    kill(cluster, 2);
    for (int key = 0; key < 100; key++) {
      Outcome outcome = write(cluster, key % 2, key, Consistency.QUORUM);
      cluster.world().until(outcome::isTold);
      assertThat(outcome).hasToString("done");
    }
    cluster.join(0).start();
    int newcomer = 3;
    for (int number = 0; number < 2; number++) {
      cluster.member(number).learn();
    }
    kill(cluster, newcomer);
    bringBack(cluster, 2);
    cluster.world().run(5 * SECOND);
    expect(cluster, 2, 100);
    assertThat(allHints(cluster)).isPositive();
    bringBack(cluster, newcomer);
    cluster.world().run(5 * SECOND);
    expectWhatIsComing(cluster, newcomer, 100);
    assertThat(allHints(cluster)).isZero();
  }

  @Test
  void aReplicaWaitsForItsHintsIfWhoIsAboutToBeOneCanBeLeftNone() {
    options = new HintOptions(2 * SECOND, 1 << 20, 32 << 20, SECOND);
    SimulatedCluster cluster = cluster(44, 3);
    kill(cluster, 2);
    Outcome outcome = write(cluster, 0, 1, Consistency.QUORUM);
    cluster.world().until(outcome::isTold);
    // Its token is the key's, so it is about to be a replica of it.
    cluster.join(SimulatedCluster.token(1)).start();
    int newcomer = 3;
    for (int number = 0; number < 2; number++) {
      cluster.member(number).learn();
    }
    kill(cluster, newcomer);
    cluster.world().run(10 * SECOND);
    bringBack(cluster, 2);
    cluster.world().run(5 * SECOND);
    assertThat(cluster.member(2).value("t", 1)).isNull();
    bringBack(cluster, newcomer);
    cluster.world().run(70 * SECOND);
    assertThat(cluster.member(newcomer).value("t", 1)).isEqualTo(1);
    assertThat(cluster.member(2).value("t", 1)).isEqualTo(1);
    assertThat(allHints(cluster)).isZero();
  }

  /** Whoever is about to be a replica of a key, of so many, has it, and nothing else. */
  private static void expectWhatIsComing(SimulatedCluster cluster, int newcomer, int keys) {
    Member member = cluster.member(newcomer);
    int has = 0;
    for (int key = 0; key < keys; key++) {
      boolean coming =
          cluster
              .member(0)
              .view()
              .replicas(cluster.member(0).schema().keyspace("ks"))
              .of(SimulatedCluster.token(key))
              .pending()
              .contains(member.view().self());
      assertThat(member.value("t", key)).as("key %d", key).isEqualTo(coming ? key : null);
      has += coming ? 1 : 0;
    }
    assertThat(has).isPositive();
  }

  /** The newcomer may have fetched what it will own before such a hint arrives. */
  @Test
  void aHintThatWasSentBeforeANodeJoinsReachesItToo() {
    SimulatedCluster cluster = cluster(43, 3);
    kill(cluster, 2);
    for (int key = 0; key < 100; key++) {
      Outcome outcome = write(cluster, 0, key, Consistency.QUORUM);
      cluster.world().until(outcome::isTold);
      assertThat(outcome).hasToString("done");
    }
    LinkFaults slow = new LinkFaults(SECOND / 2, SECOND / 2, 0, 0, 0, true);
    NodeAddress back = cluster.member(2).machine().address();
    cluster.world().network().setFaults(cluster.member(0).machine().address(), back, slow);
    bringBack(cluster, 2);
    // The hints are on their way now.
    cluster.world().run(SECOND / 4);
    cluster.join(0).start();
    int newcomer = 3;
    cluster.members().forEach(member -> member.believe(newcomer, true));
    for (int number = 0; number < 3; number++) {
      cluster.member(number).learn();
    }
    cluster.world().run(10 * SECOND);
    expect(cluster, 2, 100);
    expectWhatIsComing(cluster, newcomer, 100);
    assertThat(allHints(cluster)).isZero();
  }

  @Test
  void hintsOfANodeThatIsGoneGoToTheReplicasOfNow() {
    SimulatedCluster cluster = cluster(31, 5);
    kill(cluster, 4);
    for (int key = 0; key < 40; key++) {
      Outcome outcome = write(cluster, 0, key, Consistency.QUORUM);
      cluster.world().until(outcome::isTold);
    }
    cluster.world().run(SECOND);
    assertThat(hints.get(cluster.member(0)).store.nodes()).hasSize(1);
    NodeInfo gone = cluster.member(0).view().node(cluster.member(4).view().self().hostId());
    cluster.change(List.of(new Change.PutNode(in(gone, NodeInfo.State.LEFT))), 0, 1, 2, 3);
    cluster.world().run(10 * SECOND);
    assertThat(allHints(cluster)).isZero();
    for (int key = 0; key < 40; key++) {
      for (int number : cluster.replicas("ks", key)) {
        assertThat(cluster.member(number).value("t", key)).isEqualTo(key);
      }
    }
  }

  /** A node that has been started hears who is up before it hands hints over. */
  @Test
  void hintsWaitUntilTheyAreHandedOver() {
    SimulatedCluster cluster = cluster(32, 5);
    kill(cluster, 4);
    for (int key = 0; key < 40; key++) {
      Outcome outcome = write(cluster, 0, key, Consistency.QUORUM);
      cluster.world().until(outcome::isTold);
    }
    cluster.world().run(SECOND);
    NodeInfo gone = cluster.member(0).view().node(cluster.member(4).view().self().hostId());
    kill(cluster, 0);
    cluster.change(List.of(new Change.PutNode(in(gone, NodeInfo.State.LEFT))), 1, 2, 3);
    startsLater = true;
    bringBack(cluster, 0);
    hints.get(cluster.member(0)).up(gone);
    cluster.world().run(SECOND);
    starting.run();
    cluster.world().run(20 * SECOND);
    assertThat(allHints(cluster)).isZero();
    for (int key = 0; key < 40; key++) {
      for (int number : cluster.replicas("ks", key)) {
        assertThat(cluster.member(number).value("t", key)).isEqualTo(key);
      }
    }
  }

  @Test
  void aNodeThatLeavesGivesItsHintsAway() {
    SimulatedCluster cluster = cluster(41, 4);
    kill(cluster, 3);
    for (int key = 0; key < 40; key++) {
      Outcome outcome = write(cluster, 0, key, Consistency.QUORUM);
      cluster.world().until(outcome::isTold);
    }
    cluster.world().run(SECOND);
    cluster.world().await(hints.get(cluster.member(0)).giveAway());
    cluster.member(0).machine().crash();
    cluster.believe(0, false);
    bringBack(cluster, 3);
    cluster.member(3).believe(0, false);
    cluster.world().run(10 * SECOND);
    for (int key = 0; key < 40; key++) {
      if (cluster.replicas("ks", key).contains(3)) {
        assertThat(cluster.member(3).value("t", key)).isEqualTo(key);
      }
    }
  }

  @Test
  void aNodeThatIsLeavingGivesItsHintsAwayByItself() {
    SimulatedCluster cluster = cluster(42, 5);
    kill(cluster, 3);
    for (int key = 0; key < 40; key++) {
      Outcome outcome = write(cluster, 0, key, Consistency.QUORUM);
      cluster.world().until(outcome::isTold);
    }
    cluster.world().run(SECOND);
    assertThat(hints.get(cluster.member(0)).store.nodes()).hasSize(1);
    cluster.change(
        List.of(new Change.PutNode(in(cluster.member(0).view().self(), NodeInfo.State.LEAVING))),
        0,
        1,
        2,
        4);
    cluster.world().run(5 * SECOND);
    assertThat(hints.get(cluster.member(0)).store.nodes()).isEmpty();
    assertThat(allHints(cluster)).isPositive();
    bringBack(cluster, 3);
    cluster.world().run(10 * SECOND);
    for (int key = 0; key < 40; key++) {
      if (cluster.replicas("ks", key).contains(3)) {
        assertThat(cluster.member(3).value("t", key)).isEqualTo(key);
      }
    }
  }

  private static NodeInfo in(NodeInfo node, NodeInfo.State state) {
    return new NodeInfo(
        node.hostId(),
        node.address(),
        node.nativeAddress(),
        node.datacenter(),
        node.rack(),
        state,
        node.tokens(),
        node.release());
  }

  @Test
  void whatWasTruncatedIsNotBroughtBack() {
    SimulatedCluster cluster = cluster(51, 3);
    kill(cluster, 2);
    for (int key = 0; key < 10; key++) {
      Outcome one = write(cluster, 0, "t", key, Consistency.QUORUM);
      Outcome two = write(cluster, 0, "other", key, Consistency.QUORUM);
      cluster.world().until(() -> one.isTold() && two.isTold());
    }
    cluster.world().run(SECOND);
    cluster.world().await(hints.get(cluster.member(0)).forget(cluster.table("t").id()));
    Outcome after = write(cluster, 0, "t", 50, Consistency.QUORUM);
    cluster.world().until(after::isTold);
    cluster.world().run(SECOND);
    cluster.member(0).machine().crash();
    cluster.member(0).start();
    bringBack(cluster, 2);
    cluster.world().run(5 * SECOND);
    for (int key = 0; key < 10; key++) {
      assertThat(cluster.member(2).value("t", key)).isNull();
      assertThat(cluster.member(2).value("other", key)).isEqualTo(key);
    }
    assertThat(cluster.member(2).value("t", 50)).isEqualTo(50);
  }

  @Test
  void hintsThatCouldBringDeletedRowsBackAreDropped() {
    SimulatedCluster cluster = cluster(61, 3);
    kill(cluster, 2);
    Outcome outcome = write(cluster, 0, 1, Consistency.QUORUM);
    cluster.world().until(outcome::isTold);
    cluster.world().run(SECOND);
    long grace = cluster.table("t").properties().gcGraceSeconds();
    cluster.member(0).machine().clock().jump((grace + 10) * 1_000_000L);
    bringBack(cluster, 2);
    cluster.world().run(5 * SECOND);
    assertThat(cluster.member(2).value("t", 1)).isNull();
    assertThat(allHints(cluster)).isZero();
  }

  @Test
  void hintsHaveATimeAndASize() {
    options = new HintOptions(60 * SECOND, 2000, 32 << 20, SECOND);
    SimulatedCluster cluster = cluster(71, 3);
    kill(cluster, 2);
    Hints own = hints.get(cluster.member(0));
    NodeInfo target = cluster.member(0).view().node(cluster.member(2).view().self().hostId());
    for (int key = 0; key < 100; key++) {
      Outcome outcome = write(cluster, 0, key, Consistency.QUORUM);
      cluster.world().until(outcome::isTold);
    }
    cluster.world().run(SECOND);
    assertThat(own.wants(target)).isFalse();
    assertThat(own.bytes(target.hostId())).isBetween(2000L, 2200L);
    assertThat(hints.get(cluster.member(1)).wants(target)).isTrue();
    cluster.world().run(61 * SECOND);
    assertThat(hints.get(cluster.member(1)).wants(target)).isFalse();
  }

  /** Nodes crash and return one after the other over a bad network; in the end all are equal. */
  @ParameterizedTest
  @ValueSource(longs = {81, 82, 83, 84, 85, 86, 87, 88})
  void whatWasAcknowledgedReachesAllThatStay(long seed) {
    SimulatedCluster cluster = cluster(seed, 3);
    cluster.world().network().setFaults(LinkFaults.BAD);
    Random random = new Random(seed);
    Map<Integer, Outcome> outcomes = new HashMap<>();
    int key = 0;
    for (int round = 0; round < 6; round++) {
      int victim = random.nextInt(3);
      kill(cluster, victim);
      for (int i = 0; i < 15; i++) {
        int from = (victim + 1 + random.nextInt(2)) % 3;
        outcomes.put(key, write(cluster, from, key, Consistency.QUORUM));
        key++;
        cluster.world().run(random.nextInt(20_000_000));
      }
      // All hints are on disk before a holder may lose its power.
      cluster.world().run(3 * SECOND);
      bringBack(cluster, victim);
      int holder = (victim + 1) % 3;
      cluster.world().run(random.nextInt(100_000_000));
      cluster.member(holder).machine().crash();
      cluster.world().run(random.nextInt(100_000_000));
      cluster.member(holder).start();
    }
    cluster.world().network().setFaults(LinkFaults.NONE);
    cluster.world().run(130 * SECOND);
    assertThat(allHints(cluster)).as("seed %d", seed).isZero();
    outcomes.forEach(
        (written, outcome) -> {
          if (outcome.succeeded()) {
            for (Member member : cluster.members()) {
              assertThat(member.value("t", written))
                  .as("seed %d key %d", seed, written)
                  .isEqualTo(written % 100);
            }
          }
        });
  }
}
