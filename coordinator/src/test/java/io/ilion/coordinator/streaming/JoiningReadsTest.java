package io.ilion.coordinator.streaming;

import static io.ilion.coordinator.replica.SimulatedCluster.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.coordinator.MemoryPool;
import io.ilion.coordinator.MemoryShare;
import io.ilion.coordinator.paxos.FinishedAgreements;
import io.ilion.coordinator.paxos.PaxosRows;
import io.ilion.coordinator.paxos.PaxosTables;
import io.ilion.coordinator.replica.HintKeeper;
import io.ilion.coordinator.replica.RepairWrites;
import io.ilion.coordinator.replica.ReplicaMutations;
import io.ilion.coordinator.replica.ReplicaWriter;
import io.ilion.coordinator.replica.SimulatedCluster;
import io.ilion.coordinator.replica.SimulatedCluster.Member;
import io.ilion.coordinator.replica.UnavailableException;
import io.ilion.coordinator.replica.read.ReadContext;
import io.ilion.coordinator.replica.read.ReadProgress;
import io.ilion.coordinator.replica.read.ReplicaReads;
import io.ilion.coordinator.replica.read.StreamThroughput;
import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.metadata.Change;
import io.ilion.model.Consistency;
import io.ilion.model.WriteType;
import io.ilion.model.data.Deletion;
import io.ilion.model.data.RowReader;
import io.ilion.runtime.NodeAddress;
import io.ilion.runtime.simulated.LinkFaults;
import io.ilion.runtime.simulated.SimulatedRandom;
import io.ilion.storage.PurgeHorizon;
import io.ilion.storage.ReadCommand;
import io.ilion.storage.ReadCommand.PartitionRange;
import io.ilion.storage.RowSink;
import io.ilion.storage.Slices;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * Quorum reads never go back while a node joins: not behind what was acknowledged, nor behind what
 * one of them has shown, by whatever metadata a coordinator works. Messages are lost and late, and
 * the cluster falls into two parts of which one does not learn that the node has joined.
 */
class JoiningReadsTest {
  private static final int SEEDS = Integer.getInteger("ilion.seeds", 50);
  private static final int MEMBERS = 5;
  private static final int KEYS = 12;

  @Test
  void quorumReadsNeverGoBackWhileANodeJoins() {
    int reads = 0;
    for (long seed = 1; seed <= SEEDS; seed++) {
      reads += new Run(seed).run();
    }
    assertThat(reads).as("reads that succeeded").isGreaterThan(SEEDS * 80);
  }

  /** One history of values that only grow. */
  private static final class Run {
    private final long seed;
    private final SimulatedRandom random;
    private final SimulatedCluster cluster;
    private final Map<Member, ReplicaWriter> writers = new HashMap<>();
    private final Map<Member, ReplicaReads> readers = new HashMap<>();
    private final Map<Member, RangeAcquisition> acquisitions = new HashMap<>();
    private final long[] least = new long[KEYS];
    private long clock = 1000;
    private int reads;

    /** So many keys are written now; of the others there is nothing. */
    private int written = KEYS / 2;

    Run(long seed) {
      this.seed = seed;
      random = new SimulatedRandom(seed);
      cluster =
          new SimulatedCluster(
              random.bits(),
              MEMBERS,
              List.of(
                  "CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy',"
                      + " 'replication_factor': 3}",
                  "CREATE TABLE ks.t (k int PRIMARY KEY, v int)"),
              "dc1");
      cluster.start(this::serve);
    }

    private void serve(Member member) {
      PaxosTables.put(member.engine());
      new ReplicaMutations(member.lanes(), member.view(), member::schema)
          .register(member.messenger());
      member.serveReads(new StreamThroughput(0));
      new FileSender(
              member.lanes(),
              member.runtime().scheduler().lane(0),
              member.view(),
              member.runtime().clock(),
              new StreamThroughput(0))
          .serve(member.messenger());
      writers.put(
          member,
          new ReplicaWriter(
              member.lanes(),
              member.messenger(),
              member.view(),
              member::schema,
              member.runtime().clock(),
              HintKeeper.NONE));
      readers.put(
          member,
          new ReplicaReads(
              member.runtime().scheduler(),
              member.messenger(),
              member.view(),
              member::schema,
              member.runtime().clock(),
              new RepairWrites(member.messenger()),
              table -> PurgeHorizon.ALL,
              () -> {},
              MemoryPool.unlimited()));
      acquisitions.put(
          member,
          new RangeAcquisition(
              new StreamHost(
                  member.lanes(),
                  member.runtime().scheduler().lane(0),
                  member.messenger(),
                  member.view(),
                  member::schema,
                  new PaxosRows(PaxosTables.PAXOS, FinishedAgreements.NONE),
                  (source, done) -> done.done(null),
                  member.runtime().clock(),
                  new StreamLimits(1000, 0, 4, SECOND / 4, 100, 1000)),
              FetchedRanges.open(
                  member.runtime().files(),
                  "moves",
                  "fetched",
                  member.runtime().scheduler().blockingLane("fetched"))));
    }

    int run() {
      cluster.world().network().setFaults(random.oneIn(3) ? LinkFaults.NONE : LinkFaults.BAD);
      load(60);
      Member newcomer = cluster.join(random.bits());
      newcomer.start();
      cluster.change(List.of(), all());
      load(30);
      // Who is silent for a while may miss writes that others take.
      int silent = random.below(MEMBERS + 1);
      if (silent < MEMBERS && random.oneIn(2)) {
        cluster.believe(silent, false);
      }
      fetch(newcomer);
      for (int i = 0; i < 4; i++) {
        cutSome();
        load(25);
        cluster.world().network().heal();
      }
      Set<Integer> behind = part();
      joined(newcomer, behind);
      written = KEYS;
      load(80);
      cluster.world().network().heal();
      for (int i : all()) {
        cluster.member(i).learn();
        cluster.believe(i, true);
      }
      load(40);
      return reads;
    }

    private int[] all() {
      return IntStream.range(0, cluster.members().size()).toArray();
    }

    private void fetch(Member newcomer) {
      CompletableFuture<Void> fetched;
      do {
        fetched = acquisitions.get(newcomer).begin(false);
        CompletableFuture<Void> attempt = fetched;
        while (!attempt.isDone()) {
          load(1);
          cluster.world().run(SECOND / 5);
        }
      } while (fetched.isCompletedExceptionally());
    }

    /** Cuts some links for a while, so that writes reach a part of their replicas. */
    private void cutSome() {
      for (int i = random.below(6); i > 0; i--) {
        NodeAddress from = address(random.below(MEMBERS + 1));
        NodeAddress to = address(random.below(MEMBERS + 1));
        if (!from.equals(to)) {
          cluster.world().network().cut(from, to);
        }
      }
    }

    private NodeAddress address(int member) {
      return cluster.member(member).machine().address();
    }

    /** Cuts the cluster in two; returns who is not with the newcomer. */
    private Set<Integer> part() {
      Set<Integer> behind = new HashSet<>();
      Set<NodeAddress> here = new HashSet<>();
      Set<NodeAddress> there = new HashSet<>();
      for (int i : all()) {
        boolean away = i < MEMBERS && random.oneIn(2);
        if (away) {
          behind.add(i);
        }
        (away ? there : here).add(address(i));
      }
      cluster.world().network().partition(here, there);
      for (int i : all()) {
        for (int other : all()) {
          cluster.member(i).believe(other, behind.contains(i) == behind.contains(other));
        }
      }
      return behind;
    }

    private void joined(Member newcomer, Set<Integer> behind) {
      NodeInfo normal = newcomer.view().self().in(NodeInfo.State.NORMAL);
      int[] who = IntStream.of(all()).filter(i -> !behind.contains(i) && random.oneIn(2)).toArray();
      cluster.change(List.of(new Change.PutNode(normal)), who);
      newcomer.learn();
    }

    private void load(int operations) {
      for (int i = 0; i < operations; i++) {
        Member coordinator = cluster.member(random.below(cluster.members().size()));
        int key = random.below(KEYS);
        if (random.oneIn(3)) {
          write(coordinator, key % written);
        } else if (random.oneIn(8)) {
          readAll(coordinator);
        } else {
          read(coordinator, key);
        }
        cluster.world().run(random.oneIn(4) ? random.below(200_000_000) : random.below(3_000_000));
      }
    }

    private void write(Member coordinator, int key) {
      long value = ++clock;
      byte[] update = cluster.update("t", key, value, 1);
      ReplicaWriter writer = writers.get(coordinator);
      on(
          coordinator,
          () ->
              writer.write(
                  writer.plan("ks", SimulatedCluster.token(key), Consistency.QUORUM),
                  update,
                  WriteType.SIMPLE,
                  SECOND,
                  failure -> {
                    if (failure == null) {
                      least[key] = Math.max(least[key], value);
                    }
                  }));
    }

    private void on(Member member, Runnable task) {
      member
          .runtime()
          .scheduler()
          .lane(0)
          .execute(
              () -> {
                try {
                  task.run();
                } catch (UnavailableException e) {
                  // Then nothing was done.
                }
              });
    }

    private void read(Member coordinator, int key) {
      ReadCommand command =
          ReadCommand.partition(
              cluster.table("t").id(),
              SimulatedCluster.key(key),
              SimulatedCluster.token(key),
              Slices.ALL,
              false);
      Values values = new Values(key, key);
      on(
          coordinator,
          () -> readers.get(coordinator).partition(context(coordinator), command, 1, values));
    }

    private void readAll(Member coordinator) {
      ReadCommand command =
          ReadCommand.range(cluster.table("t").id(), PartitionRange.ALL, Slices.ALL);
      Values values = new Values(0, KEYS - 1);
      on(
          coordinator,
          () -> readers.get(coordinator).range(context(coordinator), command, KEYS, 1, values));
    }

    private ReadContext context(Member coordinator) {
      return new ReadContext(
          cluster.table("t"),
          Consistency.QUORUM,
          100,
          coordinator.runtime().clock().nanoTime() + SECOND,
          () -> false,
          new ReadProgress(),
          new MemoryShare(MemoryPool.unlimited()));
    }

    /** Takes the time of each row's liveness; a read that fails says nothing. */
    private final class Values implements RowSink {
      private final int first;
      private final int last;
      private final long[] before = least.clone();
      private final long[] found = new long[KEYS];
      private int key;

      Values(int first, int last) {
        this.first = first;
        this.last = last;
      }

      @Override
      public boolean partition(long token, byte[] partitionKey, Deletion deletion) {
        key = partitionKey[3];
        return true;
      }

      @Override
      public boolean row(byte[] keyArray, int keyOffset, int keyLength, RowReader row) {
        found[key] = row.livenessTimestamp();
        return true;
      }

      @Override
      public void finished() {
        reads++;
        for (int i = first; i <= last; i++) {
          assertThat(found[i]).as("seed %d, key %d", seed, i).isGreaterThanOrEqualTo(before[i]);
          least[i] = Math.max(least[i], found[i]);
        }
      }

      @Override
      public void failed(Throwable cause) {}
    }
  }
}
