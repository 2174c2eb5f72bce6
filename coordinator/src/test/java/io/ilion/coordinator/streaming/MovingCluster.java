package io.ilion.coordinator.streaming;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.coordinator.paxos.FinishedAgreements;
import io.ilion.coordinator.paxos.PaxosRows;
import io.ilion.coordinator.paxos.PaxosTables;
import io.ilion.coordinator.replica.ReplicaMutations;
import io.ilion.coordinator.replica.SimulatedCluster;
import io.ilion.coordinator.replica.SimulatedCluster.Member;
import io.ilion.coordinator.replica.read.StreamThroughput;
import io.ilion.coordinator.write.Registers;
import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.metadata.Change;
import io.ilion.runtime.Clock;
import io.ilion.runtime.Lane;
import io.ilion.runtime.simulated.SimulatedRandom;
import io.ilion.runtime.simulated.check.ConditionalRegister.Request;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

/** Four nodes, three of which have each register, and what moves ranges between them. */
final class MovingCluster {
  static final long SECOND = SimulatedCluster.SECOND;

  final SimulatedRandom random;
  final SimulatedCluster cluster;
  final Registers registers;
  private final Map<Member, RangeAcquisition> acquisitions = new HashMap<>();
  private final Map<Member, RangeTransfers> transfers = new HashMap<>();
  private final Map<Member, StreamThroughput> throughputs = new HashMap<>();
  private final long bytesPerSecond;

  MovingCluster(long seed) {
    this(seed, 0);
  }

  /** Whose members give others so many bytes a second; 0 for no limit. */
  MovingCluster(long seed, long bytesPerSecond) {
    this(seed, bytesPerSecond, "dc1");
  }

  /** As above, with members in several data centres. */
  MovingCluster(long seed, long bytesPerSecond, String... datacenters) {
    this.bytesPerSecond = bytesPerSecond;
    random = new SimulatedRandom(seed);
    cluster = new SimulatedCluster(random.bits(), 4, Registers.SCHEMA, datacenters);
    registers = new Registers(cluster, random.split());
    cluster.start(this::serve);
  }

  private void serve(Member member) {
    registers.serve(member);
    new ReplicaMutations(member.lanes(), member.view(), member::schema)
        .register(member.messenger());
    Lane lane = member.runtime().scheduler().lane(0);
    Clock clock = member.runtime().clock();
    StreamThroughput throughput = new StreamThroughput(bytesPerSecond);
    throughputs.put(member, throughput);
    member.serveReads(throughput);
    new FileSender(member.lanes(), lane, member.view(), clock, throughput)
        .serve(member.messenger());
    RangeAcquisition acquisition =
        new RangeAcquisition(
            new StreamHost(
                member.lanes(),
                lane,
                member.messenger(),
                member.view(),
                member::schema,
                new PaxosRows(PaxosTables.PAXOS, FinishedAgreements.NONE),
                (source, done) -> done.done(null),
                clock,
                new StreamLimits(1 + random.below(400), 0, 2, SECOND, 100, 1 + random.below(2000))),
            FetchedRanges.open(
                member.runtime().files(),
                "moves",
                "fetched",
                member.runtime().scheduler().blockingLane("fetched")));
    acquisitions.put(member, acquisition);
    transfers.put(
        member,
        new RangeTransfers(member.messenger(), member.view(), member::schema, lane, acquisition));
  }

  /** What a member fetches with. */
  RangeAcquisition acquisition(Member member) {
    return acquisitions.get(member);
  }

  /** How many bytes a member has given others. */
  long given(Member member) {
    return throughputs.get(member).bytes();
  }

  /** What a member hands its ranges over with. */
  RangeTransfers transfers(Member member) {
    return transfers.get(member);
  }

  /** The numbers of some members, by chance. */
  int[] some() {
    return IntStream.range(0, cluster.members().size()).filter(i -> random.oneIn(2)).toArray();
  }

  /** Sets the registers from 0 to 7, through the first member. */
  void setRegisters(int count) {
    for (int register = 0; register < count; register++) {
      assertThat(registers.ask(cluster.member(0), register, new Request(null, 7)).applied())
          .isTrue();
    }
  }

  /** Has a node begin to join, which some members learn of. */
  Member beginJoin() {
    Member newcomer = startNewcomer();
    cluster.change(List.of(), some());
    return newcomer;
  }

  /** Has a node begin to join, which all members learn of. */
  Member beginJoinKnownToAll() {
    Member newcomer = startNewcomer();
    cluster.change(List.of(), 0, 1, 2, 3);
    return newcomer;
  }

  private Member startNewcomer() {
    Member newcomer = cluster.join(random.bits());
    newcomer.start();
    return newcomer;
  }

  /** Has a newcomer fetch what it will own; runs until that has ended. */
  CompletableFuture<Void> fetch(Member newcomer) {
    CompletableFuture<Void> fetched = acquisition(newcomer).begin(false);
    cluster.world().until(fetched::isDone);
    return fetched;
  }

  /** Puts a member into another state, which these members learn of. */
  void put(Member member, NodeInfo.State state, int... who) {
    cluster.change(List.of(new Change.PutNode(member.view().self().in(state))), who);
  }
}
