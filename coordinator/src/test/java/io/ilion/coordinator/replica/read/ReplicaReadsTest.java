package io.ilion.coordinator.replica.read;

import static io.ilion.model.Consistency.EACH_QUORUM;
import static java.util.stream.Collectors.groupingBy;
import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.coordinator.replica.UnavailableException;
import io.ilion.coordinator.replica.read.ReplicaWorld.Member;
import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.messaging.Verb;
import io.ilion.model.Consistency;
import io.ilion.model.data.UpdateReader;
import io.ilion.model.data.UpdateWriter;
import io.ilion.model.ring.Murmur3;
import io.ilion.runtime.simulated.LinkFaults;
import io.ilion.storage.ReadCommand;
import io.ilion.storage.ReadCommand.PartitionRange;
import io.ilion.storage.Slices;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Reads at a level, compared with those of one node that has everything. */
class ReplicaReadsTest {
  @Test
  void quorumReadsSeeWhatQuorumsWrote() {
    for (long seed = 0; seed < 25; seed++) {
      new ReadCluster(seed).readWhatWasWritten(seed, Consistency.QUORUM, 2);
    }
  }

  @Test
  void readsOfAllSeeWhatAnyReplicaHas() {
    for (long seed = 100; seed < 115; seed++) {
      new ReadCluster(seed).readWhatWasWritten(seed, Consistency.ALL, 1);
    }
  }

  @Test
  void readsOfOneSeeWhatAllWrote() {
    for (long seed = 200; seed < 210; seed++) {
      new ReadCluster(seed).readWhatWasWritten(seed, Consistency.ONE, 3);
    }
  }

  /** What a settled row does not say may be all that another replica's deletion leaves of it. */
  @Test
  void replicasOfASettledRowThatDifferAreAskedForAllOfIt() {
    ReadCluster test = new ReadCluster(6);
    byte[] key = test.updates.key();
    byte[] clustering = {0x20, 1, 0x20, 1};
    UpdateWriter inserted = new UpdateWriter().begin(ReplicaWorld.TABLE, key);
    inserted.rowWriter().liveness(10).cell(1, null, 10, 0, 0, key).cell(2, null, 20, 0, 0, key);
    inserted.row(clustering);
    UpdateWriter deleted = new UpdateWriter().begin(ReplicaWorld.TABLE, key);
    deleted.rowWriter().deletion(15, ReadCluster.NOW);
    deleted.row(clustering);
    List<Member> replicas = test.replicasOf(Murmur3.token(key));
    replicas.get(0).apply(inserted.toByteArray());
    replicas.get(1).apply(deleted.toByteArray());
    replicas.get(2).apply(inserted.toByteArray());
    for (Member coordinator : replicas) {
      ReadCluster.Query query =
          new ReadCluster.Query(
              ReadCommand.row(
                  ReplicaWorld.TABLE,
                  key,
                  Murmur3.token(key),
                  Slices.row(clustering),
                  new int[] {1}),
              1,
              1);
      List<String> lines = test.ask(coordinator, query, Consistency.ALL).lines();
      assertThat(lines).hasSize(1);
      assertThat(lines.getFirst()).doesNotContain("1:");
    }
  }

  @Test
  void whatReplicasLackIsWrittenUnlessTheTableSaysOtherwise() {
    ReadCluster test = new ReadCluster(11);
    byte[] key = test.updates.key();
    ReadCommand command =
        ReadCommand.partition(ReplicaWorld.TABLE, key, Murmur3.token(key), Slices.ALL, false);
    UpdateWriter inserted = new UpdateWriter().begin(ReplicaWorld.TABLE, key);
    inserted.rowWriter().liveness(10).cell(1, null, 10, 0, 0, key);
    inserted.row(new byte[] {0x20, 1, 0x20, 1});
    List<Member> replicas = test.replicasOf(Murmur3.token(key));
    replicas.getFirst().apply(inserted.toByteArray());
    for (String option : List.of("NONE", "BLOCKING")) {
      test.world.readRepair = option;
      ReadCluster.Query query = new ReadCluster.Query(command, 1, 1);
      assertThat(test.ask(replicas.get(1), query, Consistency.ALL).lines()).isNotEmpty();
      test.world.world.run(1_000_000_000L);
      assertThat(replicas.stream().filter(replica -> hasAny(replica, command)))
          .as(option)
          .hasSize(option.equals("NONE") ? 1 : 3);
    }
  }

  /**
   * What is found at one replica, while another one of those who were asked ends: a third one is
   * given it instead, so that the next quorum shows it as well.
   */
  @Test
  void whoCannotBeGivenWhatItLacksIsReplaced() {
    Lack lack = new Lack(12);
    for (ReplicaWorld.Updates how :
        List.of(ReplicaWorld.Updates.REFUSED, ReplicaWorld.Updates.IGNORED)) {
      for (int i = 0; i < 20; i++) {
        lack.begin();
        Member other = lack.replicas.get(1 + lack.test.random.nextInt(2));
        other.updates = how;
        assertThat(lack.read().lines()).as("%s", how).hasSize(1);
        assertThat(lack.have()).as("%s", how).isGreaterThanOrEqualTo(2);
        assertThat(lack.tookMillis).as("%s", how).isLessThan(100);
        other.updates = ReplicaWorld.Updates.WRITTEN;
      }
    }
  }

  @Test
  void whatNobodyCanBeGivenIsNotShown() {
    Lack lack = new Lack(13);
    lack.begin();
    lack.replicas.get(1).updates = ReplicaWorld.Updates.REFUSED;
    lack.replicas.get(2).updates = ReplicaWorld.Updates.REFUSED;
    RowsSink sink = lack.read();
    assertThat(sink.failure).isInstanceOf(ReadTimeoutException.class);
    assertThat(((ReadTimeoutException) sink.failure).received()).isEqualTo(1);
    assertThat(lack.have()).isEqualTo(1);
  }

  /** No replica makes up for one of another data centre, nor does a newcomer of a data centre. */
  @Test
  void whoCannotBeGivenWhatItLacksIsReplacedInItsDatacenter() {
    Lack lack = new Lack(new ReadCluster(14, ReplicaWorld.ofTwoDatacenters(14)), EACH_QUORUM);
    Member newcomer = lack.test.world.add(1);
    for (int i = 0; i < 80; i++) {
      lack.begin();
      Map<String, List<Member>> datacenters =
          lack.replicas.stream().collect(groupingBy(replica -> replica.info.datacenter()));
      if (i >= 40) {
        lack.test.move(datacenters.get("dc1").getLast(), newcomer);
      }
      boolean areEnough = i % 4 < 2;
      List<Member> refusing =
          datacenters.get(i % 2 == 0 ? "dc1" : "dc2").subList(areEnough ? 2 : 1, 3);
      refusing.forEach(replica -> replica.updates = ReplicaWorld.Updates.REFUSED);
      RowsSink sink = lack.read();
      if (areEnough) {
        assertThat(sink.lines()).hasSize(1);
        assertThat(datacenters.values())
            .allSatisfy(replicas -> assertThat(lack.have(replicas)).isGreaterThanOrEqualTo(2));
      } else {
        assertThat(sink.failure).isInstanceOf(ReadTimeoutException.class);
      }
      refusing.forEach(replica -> replica.updates = ReplicaWorld.Updates.WRITTEN);
    }
  }

  /** A partition that one replica has, and who coordinates. */
  private static final class Lack {
    final ReadCluster test;
    List<Member> replicas;
    long tookMillis;
    private final Consistency level;
    private ReadCommand command;

    Lack(long seed) {
      this(new ReadCluster(seed), Consistency.QUORUM);
    }

    Lack(ReadCluster cluster, Consistency level) {
      test = cluster;
      test.world.speculativeRetry = "50ms";
      this.level = level;
    }

    void begin() {
      byte[] key = new byte[8];
      ByteBuffer.wrap(key).putLong(test.random.nextLong());
      command =
          ReadCommand.partition(ReplicaWorld.TABLE, key, Murmur3.token(key), Slices.ALL, false);
      UpdateWriter inserted = new UpdateWriter().begin(ReplicaWorld.TABLE, key);
      inserted.rowWriter().liveness(10).cell(1, null, 10, 0, 0, key);
      inserted.row(new byte[] {0x20, 1, 0x20, 1});
      replicas = test.replicasOf(Murmur3.token(key));
      replicas.getFirst().apply(inserted.toByteArray());
    }

    RowsSink read() {
      long begun = test.world.world.nanos();
      RowsSink sink = test.ask(replicas.getFirst(), new ReadCluster.Query(command, 1, 1), level);
      tookMillis = (test.world.world.nanos() - begun) / 1_000_000;
      return sink;
    }

    long have() {
      return have(replicas);
    }

    long have(List<Member> some) {
      return some.stream().filter(replica -> hasAny(replica, command)).count();
    }
  }

  private static boolean hasAny(Member replica, ReadCommand command) {
    int most = Integer.MAX_VALUE;
    ReplicaRead read = new ReplicaRead(command, most, most, most, ReadCluster.NOW, true);
    byte[] answer = replica.ask(replica, Verb.READ, read.token(), ReplicaWorld.message(read));
    return !ReplicaAnswer.decode(ByteBuffer.wrap(answer), read).partitions().isEmpty();
  }

  @Test
  void tooFewReplicasAlive() {
    ReadCluster test = new ReadCluster(7);
    byte[] key = test.updates.key();
    Member coordinator = test.nodes.get(0);
    List<Member> replicas = test.replicasOf(Murmur3.token(key));
    coordinator.view.down.add(replicas.get(0).info.hostId());
    coordinator.view.down.add(replicas.get(1).info.hostId());
    ReadCluster.Query query =
        new ReadCluster.Query(
            ReadCommand.partition(ReplicaWorld.TABLE, key, Murmur3.token(key), Slices.ALL, false),
            1,
            1);
    RowsSink sink = test.ask(coordinator, query, Consistency.QUORUM);
    assertThat(sink.failure).isInstanceOf(UnavailableException.class);
    UnavailableException failure = (UnavailableException) sink.failure;
    assertThat(failure.required()).isEqualTo(2);
    assertThat(failure.alive()).isEqualTo(1);
  }

  @Test
  void replicasThatKnowOfOthersAreNotBelieved() {
    for (long seed = 400; seed < 410; seed++) {
      ReadCluster test = new ReadCluster(seed);
      for (int i = 0; i < 40; i++) {
        test.write(test.updates.update(), 3);
      }
      ReadCluster.Query query = ReadCluster.Query.draw(test.random, test.updates);
      List<String> expected = test.expected(query);
      // All but the coordinator have gone on to a ring where everything has moved, and back.
      Member coordinator = test.nodes.get(0);
      List<NodeInfo> infos = test.nodes.stream().map(m -> m.info).toList();
      List<NodeInfo> moved = infos.subList(0, 2);
      for (Member other : test.nodes.subList(1, test.nodes.size())) {
        other.view.become(2, other.info, moved);
        test.world.world.after(300_000_000, () -> other.view.become(3, other.info, infos));
      }
      long begun = test.world.world.nanos();
      RowsSink sink = test.ask(coordinator, query, Consistency.ALL);
      assertThat(sink.lines()).as("seed %d", seed).isEqualTo(expected);
      assertThat(test.world.world.nanos() - begun).isGreaterThan(290_000_000L);
    }
  }

  /**
   * What a client hears is a timeout, with its numbers, and nothing of how replicas are checked.
   */
  @Test
  void replicasThatKnowOfOthersForTooLongAreATimeout() {
    for (boolean range : new boolean[] {false, true}) {
      ReadCluster test = new ReadCluster(11);
      byte[] key = test.updates.key();
      Member coordinator = test.nodes.get(0);
      List<NodeInfo> infos = test.nodes.stream().map(m -> m.info).toList();
      for (Member other : test.nodes.subList(1, test.nodes.size())) {
        other.view.become(2, other.info, infos.subList(0, 2));
      }
      ReadCommand command =
          range
              ? ReadCommand.range(ReplicaWorld.TABLE, PartitionRange.ALL, Slices.ALL)
              : ReadCommand.partition(
                  ReplicaWorld.TABLE, key, Murmur3.token(key), Slices.ALL, false);
      ReadCluster.Query query = new ReadCluster.Query(command, Integer.MAX_VALUE, 100);
      RowsSink sink = test.ask(coordinator, query, Consistency.ALL);
      assertThat(sink.failure).as("range: %s", range).isInstanceOf(ReadTimeoutException.class);
      ReadTimeoutException timeout = (ReadTimeoutException) sink.failure;
      assertThat(timeout.level()).isEqualTo(Consistency.ALL);
      assertThat(timeout.blockFor()).isEqualTo(3);
      assertThat(timeout.received()).isLessThan(3);
    }
  }

  /** The option is altered from line to line; a percentile follows what was read since. */
  @Test
  void oneThatIsSilentIsWaitedForAsTheTableSays() {
    ReadCluster test = new ReadCluster(9);
    byte[] key = test.updates.key();
    List<Member> replicas = test.replicasOf(Murmur3.token(key));
    Silence silence =
        new Silence(
            test,
            replicas,
            new ReadCluster.Query(
                ReadCommand.partition(
                    ReplicaWorld.TABLE, key, Murmur3.token(key), Slices.ALL, false),
                1,
                1));
    silence.expect("NEVER", 200, 2, 4990, 5010);
    silence.expect("ALWAYS", 0, 3, 0, 10);
    silence.expect("50ms", 0, 3, 50, 65);
    silence.expect("99p", 0, 2, 4990, 5010);
    silence.expect("99.0p", 200, 3, 1, 20);
    silence.expect("MIN(99p,50ms)", 0, 3, 50, 65);
    silence.expect("MAX(99p,50ms)", 200, 3, 50, 65);
    silence.expect("NEVER", 0, 2, 4990, 5010);
  }

  /** Reads while one replica after the other does not answer the coordinator. */
  private record Silence(ReadCluster test, List<Member> replicas, ReadCluster.Query query) {

    /**
     * Of the reads the longest takes such a time.
     *
     * @param before so many reads are made first, all of which are answered
     * @param requests that one of them needs
     */
    void expect(String option, int before, int requests, long leastMillis, long mostMillis) {
      Member coordinator = replicas.getFirst();
      test.world.speculativeRetry = option;
      for (int i = 0; i < before; i++) {
        assertThat(test.ask(coordinator, query, Consistency.QUORUM).lines()).isEmpty();
      }
      long longest = 0;
      int most = 0;
      // Whom the coordinator does not ask first is not missed.
      for (int i = 0; i < 30 && longest <= leastMillis * 1_000_000; i++) {
        Member other = replicas.get(1 + test.random.nextInt(2));
        hear(other, coordinator, new LinkFaults(50_000, 300_000, 1, 0, 0, true));
        long begun = test.world.world.nanos();
        int sent = coordinator.sent;
        RowsSink sink = test.ask(coordinator, query, Consistency.QUORUM);
        long took = test.world.world.nanos() - begun;
        if (sink.failure != null) {
          assertThat(sink.failure).as(option).isInstanceOf(ReadTimeoutException.class);
          assertThat(requests).as(option).isEqualTo(2);
        }
        longest = Math.max(longest, took);
        most = Math.max(most, coordinator.sent - sent);
        hear(other, coordinator, null);
        // What is late has failed by then, and counts less for whom to ask.
        test.world.world.run(60_000_000_000L);
      }
      assertThat(most).as("requests with %s", option).isEqualTo(requests);
      assertThat(longest / 1_000_000).as("ms with %s", option).isBetween(leastMillis, mostMillis);
    }

    private void hear(Member from, Member by, LinkFaults faults) {
      test.world.world.network().setFaults(from.machine.address(), by.machine.address(), faults);
    }
  }

  @Test
  void silentReplicasTimeOut() {
    ReadCluster test = new ReadCluster(8);
    byte[] key = test.updates.key();
    List<Member> replicas = test.replicasOf(Murmur3.token(key));
    Member coordinator = replicas.get(0);
    for (Member other : test.nodes) {
      test.world.world.network().cut(coordinator.machine.address(), other.machine.address());
    }
    ReadCluster.Query query =
        new ReadCluster.Query(
            ReadCommand.partition(ReplicaWorld.TABLE, key, Murmur3.token(key), Slices.ALL, false),
            1,
            1);
    RowsSink sink = test.ask(coordinator, query, Consistency.QUORUM);
    assertThat(sink.failure).isInstanceOf(ReadTimeoutException.class);
    ReadTimeoutException failure = (ReadTimeoutException) sink.failure;
    assertThat(failure.received()).isEqualTo(1);
    assertThat(failure.blockFor()).isEqualTo(2);
    assertThat(failure).hasMessage("Operation timed out - received only 1 responses.");
  }

  @Test
  void deadReplicasAreReplacedByOthers() {
    for (long seed = 300; seed < 310; seed++) {
      ReadCluster test = new ReadCluster(seed);
      for (int i = 0; i < 60; i++) {
        test.write(test.updates.update(), 3);
      }
      ReadCluster.Query query = ReadCluster.Query.draw(test.random, test.updates);
      List<String> expected = test.expected(query);
      Member victim = test.nodes.get(test.random.nextInt(test.nodes.size()));
      Member coordinator = test.nodes.get((test.nodes.indexOf(victim) + 1) % test.nodes.size());
      victim.machine.kill();
      RowsSink sink = test.ask(coordinator, query, Consistency.QUORUM);
      assertThat(sink.lines()).as("seed %d", seed).isEqualTo(expected);
    }
  }

  /** Who sends digests, but fails whenever its data is wanted, is asked for it once. */
  @Test
  void dataThatCannotBeHadIsNotAskedForAgain() {
    ReadCluster test = new ReadCluster(10);
    byte[] key = test.updates.key();
    List<Member> replicas = test.replicasOf(Murmur3.token(key));
    Member coordinator = replicas.get(0);
    test.nodes.forEach(member -> member.dataFails = true);
    ReadCluster.Query query =
        new ReadCluster.Query(
            ReadCommand.partition(ReplicaWorld.TABLE, key, Murmur3.token(key), Slices.ALL, false),
            1,
            1);
    assertThat(test.ask(coordinator, query, Consistency.QUORUM).failure)
        .isInstanceOf(ReadFailureException.class);
    assertThat(test.nodes.stream().mapToInt(member -> member.dataAsked).sum())
        .isLessThanOrEqualTo(3);
  }

  /** A partition of which one replica is about to make room for a newcomer, which has nothing. */
  private static final class Move {
    final ReadCluster test;
    final Member newcomer;
    final byte[] update;
    final byte[] key;
    final List<Member> replicas;

    Move(long seed) {
      test = new ReadCluster(seed);
      newcomer = test.world.add(1);
      update = test.updates.update();
      key = new UpdateReader().wrap(update).partitionKey();
      replicas = test.replicasOf(Murmur3.token(key));
      test.move(leaver(), newcomer);
    }

    Member leaver() {
      return replicas.getLast();
    }

    void down(Member down) {
      test.nodes.forEach(member -> member.view.down.add(down.info.hostId()));
    }

    RowsSink read(Member coordinator) {
      return test.ask(coordinator, whole(key), Consistency.QUORUM);
    }

    /** How many of those who will be the replicas have some lines. */
    long haveToCome(List<String> lines) {
      return Stream.of(replicas.get(0), replicas.get(1), newcomer)
          .filter(member -> linesOf(test, member, whole(key)).equals(lines))
          .count();
    }
  }

  /**
   * Whatever a quorum shows while the ring changes, the next one shows as well: the newcomer may
   * have fetched what it will own before any of those had it whom it fetched it from.
   */
  @Test
  void whatIsShownIsOnAQuorumOfThoseToCome() {
    int agreed = 0;
    int refused = 0;
    for (long seed = 500; seed < 700; seed++) {
      Move move = new Move(seed);
      SplittableRandom random = move.test.random;
      boolean stayerIsDown = random.nextBoolean();
      boolean newcomerIsDown = random.nextInt(3) == 0;
      List<Member> have = new ArrayList<>(move.replicas);
      while (random.nextBoolean() && have.size() > 1) {
        have.remove(random.nextInt(have.size()));
      }
      have.forEach(member -> member.apply(move.update));
      if (stayerIsDown) {
        move.down(move.replicas.getFirst());
      }
      if (newcomerIsDown) {
        move.down(move.newcomer);
      }
      RowsSink sink = move.read(move.replicas.get(1 + random.nextInt(2)));
      if (sink.failure != null) {
        assertThat(sink.failure).as("seed %d", seed).isInstanceOf(ReadTimeoutException.class);
        assertThat(stayerIsDown && newcomerIsDown).as("seed %d may fail", seed).isTrue();
        refused++;
        continue;
      }
      assertThat(move.haveToCome(sink.lines())).as("seed %d", seed).isGreaterThanOrEqualTo(2);
      agreed += stayerIsDown && have.containsAll(move.replicas.subList(1, 3)) ? 1 : 0;
    }
    assertThat(agreed).as("both who answered had it").isPositive();
    assertThat(refused).isPositive();
  }

  /** Who stays is asked before who does not, so that nobody else has to have what they show. */
  @Test
  void whoMakesRoomIsAskedLast() {
    for (long seed = 700; seed < 720; seed++) {
      Move move = new Move(seed);
      move.replicas.forEach(member -> member.apply(move.update));
      move.down(move.newcomer);
      RowsSink sink = move.read(move.leaver());
      assertThat(sink.failure).as("seed %d", seed).isNull();
      assertThat(move.leaver().dataAsked).as("seed %d", seed).isZero();
    }
  }

  @Test
  void nothingIsShownThatTooFewWouldHaveWhenTheRingHasChanged() {
    int refused = 0;
    for (long seed = 700; seed < 720; seed++) {
      Move move = new Move(seed);
      move.replicas.forEach(member -> member.apply(move.update));
      move.down(move.newcomer);
      move.down(move.replicas.getFirst());
      RowsSink sink = move.read(move.leaver());
      if (sink.failure != null) {
        assertThat(sink.failure).isInstanceOf(ReadTimeoutException.class);
        refused++;
      } else {
        assertThat(sink.lines()).as("seed %d", seed).isEmpty();
      }
    }
    assertThat(refused).isPositive();
  }

  /** It may have joined already, and others have written what this coordinator does not find. */
  @Test
  void whoIsToComeIsAskedAlsoIfThereIsNothingToGive() {
    for (boolean hasJoined : new boolean[] {false, true}) {
      Move move = new Move(802);
      move.down(move.replicas.getFirst());
      if (hasJoined) {
        List<NodeInfo> infos = move.test.nodes.stream().map(m -> m.info).toList();
        move.newcomer.view.become(2, move.newcomer.info, infos);
      }
      RowsSink sink = move.read(move.leaver());
      if (hasJoined) {
        assertThat(sink.failure).isInstanceOf(ReadTimeoutException.class);
      } else {
        assertThat(sink.lines()).isEmpty();
      }
    }
  }

  /** Who does not know yet that a node is about to be a replica reads anew when it does. */
  @Test
  void whoDoesNotKnowOfANewcomerIsNotAnswered() {
    Move move = new Move(800);
    move.replicas.forEach(member -> member.apply(move.update));
    Member coordinator = move.leaver();
    coordinator.view.coming = List.of();
    coordinator.view.leaving = List.of();
    for (Member other : move.test.nodes) {
      if (other != coordinator) {
        List<NodeInfo> infos = move.test.nodes.stream().map(m -> m.info).toList();
        other.view.become(2, other.info, infos);
      }
    }
    assertThat(move.read(coordinator).failure).isInstanceOf(ReadTimeoutException.class);
  }

  /** What such a read has seen may be a write that was made by newer metadata. */
  @Test
  void whoLearnsOfANewcomerWhileItReadsDoesNotAnswer() {
    Move move = new Move(801);
    Member coordinator = move.leaver();
    List<NodeInfo> infos = move.test.nodes.stream().map(m -> m.info).toList();
    for (Member member : move.test.nodes) {
      List<NodeInfo> coming = member.view.coming;
      member.view.coming = List.of();
      member.view.afterLook =
          member == coordinator
              ? null
              : () -> {
                member.view.become(2, member.info, infos);
                member.view.coming = coming;
              };
    }
    assertThat(move.read(coordinator).failure).isInstanceOf(ReadTimeoutException.class);
  }

  private static ReadCluster.Query whole(byte[] key) {
    return new ReadCluster.Query(
        ReadCommand.partition(ReplicaWorld.TABLE, key, Murmur3.token(key), Slices.ALL, false),
        Integer.MAX_VALUE,
        Integer.MAX_VALUE);
  }

  /** What one node alone has. */
  private static List<String> linesOf(ReadCluster test, Member node, ReadCluster.Query query) {
    RowsSink its = new RowsSink(ReadCluster.NOW, query.rows(), query.perPartition());
    int lane = node.engine.laneOf(query.command().token());
    node.runtime
        .scheduler()
        .lane(lane)
        .execute(() -> node.engine.lane(lane).read(query.command(), its));
    test.world.world.until(() -> its.over);
    return its.lines();
  }
}
