package io.ilion.coordinator.streaming;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.coordinator.paxos.PaxosRows;
import io.ilion.coordinator.paxos.PaxosTables;
import io.ilion.coordinator.replica.ReplicaMutations;
import io.ilion.coordinator.replica.SimulatedCluster;
import io.ilion.coordinator.replica.SimulatedCluster.Member;
import io.ilion.coordinator.replica.read.ReadService;
import io.ilion.coordinator.replica.read.StreamThroughput;
import io.ilion.coordinator.write.Registers;
import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.messaging.FailureReason;
import io.ilion.gossip.messaging.Messenger;
import io.ilion.gossip.messaging.Verb;
import io.ilion.gossip.metadata.Change;
import io.ilion.model.ring.TokenRange;
import io.ilion.runtime.NodeAddress;
import io.ilion.runtime.simulated.LinkFaults;
import io.ilion.runtime.simulated.SimulatedRandom;
import io.ilion.runtime.simulated.check.ConditionalRegister.Answer;
import io.ilion.runtime.simulated.check.ConditionalRegister.Request;
import io.ilion.runtime.simulated.check.LinearizabilityChecker.Result;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** A node joins while clients make conditional updates. */
class JoiningTest {
  private static final long SECOND = SimulatedCluster.SECOND;
  private static final int QUIET = 40;
  private static final int SEEDS = Integer.getInteger("ilion.seeds", 6);

  /** One run. */
  private static final class Run {
    private final SimulatedRandom random;
    private final SimulatedCluster cluster;
    private final Registers registers;
    private final Map<Member, RangeAcquisition> acquisitions = new HashMap<>();
    private final Map<Member, RangeTransfers> transfers = new HashMap<>();
    private long copied;

    Run(long seed) {
      random = new SimulatedRandom(seed);
      cluster = new SimulatedCluster(random.bits(), 4, Registers.SCHEMA, "dc1");
      registers = new Registers(cluster, random.split());
      cluster.start(this::serve);
    }

    private void serve(Member member) {
      registers.serve(member);
      new ReplicaMutations(member.lanes(), member.view(), member::schema)
          .register(member.messenger());
      new ReadService(
              member.engine(),
              member.runtime().scheduler(),
              member.view(),
              member::schema,
              new StreamThroughput(0),
              member.runtime().clock())
          .serve(member.messenger());
      new FileSender(
              member.lanes(),
              member.runtime().scheduler().lane(0),
              member.view(),
              member.runtime().clock(),
              new StreamThroughput(0))
          .serve(member.messenger());
      acquisitions.put(
          member,
          new RangeAcquisition(
              new StreamHost(
                  member.lanes(),
                  member.runtime().scheduler().lane(0),
                  member.messenger(),
                  member.view(),
                  member::schema,
                  new PaxosRows(PaxosTables.PAXOS),
                  member.runtime().clock(),
                  new StreamLimits(
                      1 + random.below(400), 0, 2, SECOND, 100, 1 + random.below(2000))),
              FetchedRanges.open(
                  member.runtime().files(),
                  "moves",
                  "fetched",
                  member.runtime().scheduler().blockingLane("fetched"))));
      transfers.put(
          member,
          new RangeTransfers(
              member.messenger(),
              member.view(),
              member::schema,
              member.runtime().scheduler().lane(0),
              acquisitions.get(member)));
    }

    private int[] some() {
      return IntStream.range(0, cluster.members().size()).filter(i -> random.oneIn(2)).toArray();
    }

    private Member join(boolean fetches) {
      Member newcomer = cluster.join(random.bits());
      newcomer.start();
      cluster.change(List.of(), some());
      if (fetches) {
        CompletableFuture<Void> fetched = acquisitions.get(newcomer).begin(false);
        cluster.world().until(fetched::isDone);
        assertThat(fetched).isCompleted();
        copied += acquisitions.get(newcomer).progress().copied();
      }
      put(newcomer.view().self(), NodeInfo.State.NORMAL, some());
      return newcomer;
    }

    private void put(NodeInfo node, NodeInfo.State state, int... who) {
      NodeInfo put =
          new NodeInfo(
              node.hostId(),
              node.address(),
              node.nativeAddress(),
              node.datacenter(),
              node.rack(),
              state,
              node.tokens(),
              node.release());
      cluster.change(List.of(new Change.PutNode(put)), who);
    }

    /** A node leaves while clients are at work; reads go to those who are left. */
    Result leaving() {
      registers.begin(4);
      cluster.world().network().setFaults(LinkFaults.BAD);
      cluster.world().run(2 * SECOND);
      Member leaver = cluster.member(random.below(4));
      put(leaver.view().self(), NodeInfo.State.LEAVING, some());
      leaver.learn();
      CompletableFuture<Void> held;
      do {
        held =
            transfers
                .get(leaver)
                .handOver(leaver.view().metadata(), leaver.view().self(), false)
                .toCompletableFuture();
        cluster.world().until(held::isDone);
      } while (held.isCompletedExceptionally());
      put(leaver.view().self(), NodeInfo.State.LEFT, some());
      leaver.learn();
      leaver.machine().kill();
      cluster.world().run(2 * SECOND);
      return registers.end();
    }

    Result underLoad() {
      registers.begin(4);
      cluster.world().network().setFaults(LinkFaults.BAD);
      cluster.world().run(2 * SECOND);
      Member unused = join(true);
      cluster.world().run(2 * SECOND);
      return registers.end();
    }

    /** Whether a member gives its files to another. */
    boolean givesFiles(Member source) {
      Member asking = cluster.member(0);
      UUID table = asking.schema().keyspace("ks").tables().values().iterator().next().id();
      FileMessages.Files files =
          new FileMessages.Files(
              new FileMessages.Fetch(1, 2), table, List.of(new TokenRange(0, Long.MAX_VALUE)));
      CompletableFuture<Boolean> given = new CompletableFuture<>();
      Messenger.Answer answer =
          new Messenger.Answer() {
            @Override
            public void answered(NodeAddress from, ByteBuffer payload) {
              given.complete(FileMessages.Held.decode(payload) != null);
            }

            @Override
            public void failed(NodeAddress from, FailureReason reason) {
              given.complete(false);
            }
          };
      NodeAddress address = source.machine().address();
      asking
          .runtime()
          .scheduler()
          .lane(0)
          .execute(
              () ->
                  asking
                      .messenger()
                      .request(
                          address,
                          Verb.STREAM_FILES,
                          Long.MIN_VALUE,
                          files.encode(),
                          SECOND,
                          answer));
      return cluster.world().await(given);
    }

    /**
     * Has a node join that cannot reach two of its sources at first; returns how many ranges it had
     * when it fetched once more.
     */
    int withoutTwoSourcesAtFirst() {
      for (int register = 0; register < QUIET; register++) {
        assertThat(registers.ask(cluster.member(0), register, new Request(null, 7)).applied())
            .isTrue();
      }
      Member newcomer = cluster.join(random.bits());
      newcomer.start();
      cluster.change(List.of(), some());
      RangeAcquisition acquisition = acquisitions.get(newcomer);
      Set<NodeAddress> cut = new HashSet<>();
      for (int i : new int[] {1, 2}) {
        cut.add(cluster.member(i).machine().address());
      }
      cluster.world().network().partition(cut, Set.of(newcomer.machine().address()));
      CompletableFuture<Void> failing = acquisition.begin(false);
      cluster.world().until(failing::isDone);
      assertThat(failing).isCompletedExceptionally();
      cluster.world().network().heal();
      CompletableFuture<Void> fetched = acquisition.begin(false);
      cluster.world().until(fetched::isDone);
      assertThat(fetched).isCompleted();
      assertThat(acquisition.progress().rangesDone()).isEqualTo(acquisition.progress().ranges());
      return acquisition.progress().rangesKept();
    }

    /**
     * Sets registers while one replica is cut off, has a node join, and then reads through these
     * two alone what the others had decided. Returns how many were read, or -1 if one was lost.
     */
    int withoutThoseWhoDecided(boolean fetches) {
      Set<NodeAddress> cut = Set.of(cluster.member(2).machine().address());
      Set<NodeAddress> others = new HashSet<>();
      for (int i : new int[] {0, 1, 3}) {
        others.add(cluster.member(i).machine().address());
      }
      cluster.world().network().partition(cut, others);
      for (int register = 0; register < QUIET; register++) {
        assertThat(registers.ask(cluster.member(0), register, new Request(null, 7)).applied())
            .isTrue();
      }
      cluster.world().network().heal();
      Member newcomer = join(fetches);
      cluster.change(List.of(), 0, 1, 2, 3, 4);
      cluster.member(1).machine().crash();
      cluster.believe(1, false);
      cluster.world().run(SECOND);
      int read = 0;
      for (int register = 0; register < QUIET; register++) {
        if (Set.copyOf(cluster.replicas("ks", register)).equals(Set.of(1, 2, 4))) {
          Answer answer = registers.ask(newcomer, register, Request.READ);
          if (!Integer.valueOf(7).equals(answer.found())) {
            return -1;
          }
          read++;
        }
      }
      return read;
    }
  }

  @Test
  void nothingIsLostUnderLoad() {
    long copied = 0;
    for (long seed = 1; seed <= SEEDS; seed++) {
      Run run = new Run(seed);
      Result result = run.underLoad();
      assertThat(result.isLinearizable()).as("seed %d: %s", seed, result.explanation()).isTrue();
      assertThat(run.registers.applied()).isGreaterThan(20);
      copied += run.copied;
    }
    assertThat(copied).isPositive();
  }

  @Test
  void nothingIsLostWhenANodeLeaves() {
    for (long seed = 1; seed <= SEEDS; seed++) {
      Result result = new Run(seed).leaving();
      assertThat(result.isLinearizable()).as("seed %d: %s", seed, result.explanation()).isTrue();
    }
  }

  @Test
  void aNewcomerKnowsWhatAQuorumKnew() {
    int read = 0;
    for (long seed = 1; read < 5; seed++) {
      int found = new Run(seed).withoutThoseWhoDecided(true);
      assertThat(found).as("seed %d: a register was lost", seed).isNotNegative();
      read += found;
    }
  }

  @Test
  void whatIsHereWhenAFetchFailsIsNotFetchedAgain() {
    int kept = 0;
    for (long seed = 1; seed <= 3; seed++) {
      kept += new Run(seed).withoutTwoSourcesAtFirst();
    }
    assertThat(kept).isPositive();
  }

  @Test
  void whoHasNotJoinedGivesNoFiles() {
    Run run = new Run(1);
    Member newcomer = run.cluster.join(run.random.bits());
    newcomer.start();
    run.cluster.change(List.of(), 0, 1, 2, 3);
    assertThat(run.givesFiles(run.cluster.member(1))).isTrue();
    assertThat(run.givesFiles(newcomer)).isFalse();
  }

  @Test
  void aNewcomerThatFetchesNothingIsFound() {
    long seed = 1;
    while (new Run(seed).withoutThoseWhoDecided(false) >= 0) {
      assertThat(seed++).isLessThan(20);
    }
  }
}
