package io.ilion.coordinator.paxos;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.coordinator.LaneAccess;
import io.ilion.coordinator.WriteCallback;
import io.ilion.coordinator.paxos.PaxosMessages.Acceptance;
import io.ilion.coordinator.paxos.PaxosMessages.Promise;
import io.ilion.coordinator.paxos.ScriptedMessenger.Asked;
import io.ilion.coordinator.replica.HintKeeper;
import io.ilion.coordinator.replica.ReplicaArithmetic;
import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.ReplicaSet;
import io.ilion.gossip.messaging.Verb;
import io.ilion.model.Consistency;
import io.ilion.model.data.UpdateWriter;
import io.ilion.model.ring.ReplicationStrategy;
import io.ilion.model.type.NativeType;
import io.ilion.runtime.NodeRuntime;
import io.ilion.runtime.simulated.SimulatedWorld;
import io.ilion.storage.Slices;
import io.ilion.storage.engine.Engine;
import io.ilion.storage.engine.EngineConfig;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** One round, whose replicas answer what and when the test says. */
class PaxosRoundTest {
  private static final long SECOND = 1_000_000_000;
  private static final PaxosKey KEY =
      PaxosKey.of(PaxosCluster.REGISTERS.id(), NativeType.TEXT.encode("k"));
  private static final byte[] NOTHING = {};

  private final SimulatedWorld world = new SimulatedWorld(1);
  private final ScriptedMessenger messenger = new ScriptedMessenger();
  private final List<NodeInfo> replicas = new ArrayList<>();
  private final List<NodeInfo> hinted = new ArrayList<>();
  private final List<String> told = new ArrayList<>();
  private NodeRuntime runtime;
  private long startedMillis;
  private PaxosCoordinator coordinator;
  private PaxosCoordinator.Terms terms;

  @BeforeEach
  void start() throws IOException {
    new PaxosCluster(world, 3, PaxosCluster.Defects.NONE)
        .members.forEach(member -> replicas.add(member.info));
    runtime = world.addNode().start(1);
    startedMillis = runtime.clock().wallMillis();
    Engine engine = Engine.open(EngineConfig.of("n", 64 << 20), runtime, failure -> {});
    Electorate electorate = Electorate.of(new ReplicaSet(replicas), null);
    coordinator =
        new PaxosCoordinator(
            new LaneAccess(engine, runtime.scheduler()),
            runtime.scheduler(),
            messenger,
            (key, local) -> electorate,
            node -> true,
            runtime.clock(),
            runtime.clock()::wallMicros,
            runtime.random().split(),
            new Hinted());
    long end = runtime.clock().nanoTime() + 60 * SECOND;
    CommitLevel level =
        new CommitLevel(
            new ReplicaArithmetic(new ReplicationStrategy.Simple(3), "dc1"), Consistency.QUORUM);
    terms = new PaxosCoordinator.Terms(false, level, end, end);
  }

  private final class Hinted implements HintKeeper {
    @Override
    public boolean wants(NodeInfo node) {
      return true;
    }

    @Override
    public void keep(
        NodeInfo node, long token, byte[] update, long writtenMillis, WriteCallback durable) {
      assertThat(writtenMillis).isBetween(startedMillis, runtime.clock().wallMillis() - 1);
      hinted.add(node);
    }
  }

  /** Wants to write once; when asked again it finds that its condition does not hold any more. */
  private static final class Once implements PartitionDecision {
    private boolean decided;

    @Override
    public Slices slices() {
      return Slices.ALL;
    }

    @Override
    public byte[] decide(long timestamp, List<byte[]> rows) {
      if (decided) {
        return NOTHING;
      }
      decided = true;
      UpdateWriter update = new UpdateWriter().begin(KEY.table(), KEY.bytes());
      update.rowWriter().liveness(timestamp);
      return update.row(NOTHING).toByteArray();
    }

    @Override
    public boolean settles() {
      return false;
    }
  }

  private List<Asked> begun() {
    coordinator.decide(
        KEY, terms, new Once(), (changed, failure) -> told.add(changed + " " + failure));
    return asked(Verb.PAXOS_PREPARE);
  }

  /** What is asked next, of each replica. */
  private List<Asked> asked(Verb verb) {
    world.run(SECOND);
    List<Asked> asked = messenger.taken();
    assertThat(asked).extracting(Asked::verb).containsExactly(verb, verb, verb);
    return asked;
  }

  private static void promise(Asked one) {
    one.answer(new Promise(true, Ballot.NONE, Proposal.NONE, Proposal.NONE, NOTHING).encode());
  }

  @Test
  void aLatePromiseOfAnAttemptBeforeDoesNotCount() {
    List<Asked> first = begun();
    promise(first.get(0));
    promise(first.get(1));
    // The third replica may accept it.
    List<Asked> proposed = asked(Verb.PAXOS_PROPOSE);
    proposed.get(0).answer(new Acceptance(false, Ballot.NONE).encode());
    proposed.get(1).answer(new Acceptance(false, Ballot.NONE).encode());
    List<Asked> second = asked(Verb.PAXOS_PREPARE);
    promise(first.get(2));
    promise(second.get(0));
    promise(second.get(1));
    // So nobody is told that it was not made before a quorum has accepted that nothing is.
    List<Asked> nothing = asked(Verb.PAXOS_PROPOSE);
    assertThat(told).isEmpty();
    nothing.get(0).answer(new Acceptance(true, Ballot.NONE).encode());
    nothing.get(1).answer(new Acceptance(true, Ballot.NONE).encode());
    assertThat(told).containsExactly("false null");
  }

  @Test
  void aReplicaWhoseAnswerToACommitIsNoneGetsAHint() {
    List<Asked> asked = begun();
    promise(asked.get(0));
    promise(asked.get(1));
    List<Asked> proposed = asked(Verb.PAXOS_PROPOSE);
    proposed.get(0).answer(new Acceptance(true, Ballot.NONE).encode());
    proposed.get(1).answer(new Acceptance(true, Ballot.NONE).encode());
    List<Asked> committed = asked(Verb.PAXOS_COMMIT);
    committed.get(0).answer(PaxosMessages.committed());
    committed.get(1).answer(PaxosMessages.committed());
    committed.get(2).answer(NOTHING);
    assertThat(told).containsExactly("true null");
    assertThat(hinted).containsExactly(replicas.get(2));
  }
}
