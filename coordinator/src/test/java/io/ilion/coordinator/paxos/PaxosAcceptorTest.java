package io.ilion.coordinator.paxos;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.coordinator.LaneAccess;
import io.ilion.coordinator.WriteCallback;
import io.ilion.coordinator.paxos.PaxosMessages.Propose;
import io.ilion.coordinator.paxos.PaxosMessages.Voters;
import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.ReplicaSet;
import io.ilion.gossip.messaging.FailureReason;
import io.ilion.gossip.messaging.Messenger;
import io.ilion.gossip.messaging.Verb;
import io.ilion.model.type.NativeType;
import io.ilion.runtime.NodeRuntime;
import io.ilion.runtime.simulated.SimulatedWorld;
import io.ilion.storage.engine.Engine;
import io.ilion.storage.engine.EngineConfig;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A replica whose state takes as long to be read as the test says. */
class PaxosAcceptorTest {
  private static final PaxosKey KEY =
      PaxosKey.of(PaxosCluster.REGISTERS.id(), NativeType.TEXT.encode("k"));

  private final SimulatedWorld world = new SimulatedWorld(1);
  private final ScriptedMessenger messenger = new ScriptedMessenger();
  private final List<PaxosStates.Callback> reading = new ArrayList<>();
  private final List<Proposal> accepted = new ArrayList<>();
  private final List<FailureReason> failures = new ArrayList<>();
  private Electorate electorate;

  private final class SlowStates implements PaxosStates {
    @Override
    public void read(PaxosKey key, Callback callback) {
      reading.add(callback);
    }

    @Override
    public boolean promise(PaxosKey key, Ballot ballot, WriteCallback done) {
      throw new UnsupportedOperationException();
    }

    @Override
    public boolean accept(PaxosKey key, Proposal proposal, WriteCallback done) {
      accepted.add(proposal);
      done.done(null);
      return true;
    }

    @Override
    public boolean commit(PaxosKey key, Proposal proposal, WriteCallback done) {
      throw new UnsupportedOperationException();
    }
  }

  private final class Told implements Messenger.Reply {
    @Override
    public void answer(byte[] payload) {}

    @Override
    public void fail(FailureReason reason) {
      failures.add(reason);
    }
  }

  /** Who comes may have asked already for all that was accepted, and would not hear of it. */
  @Test
  void nothingIsAcceptedForAnElectorateThatChangedMeanwhile() throws IOException {
    List<NodeInfo> nodes =
        new PaxosCluster(world, 4, PaxosCluster.Defects.NONE)
            .members.stream().map(member -> member.info).toList();
    NodeRuntime runtime = world.addNode().start(1);
    Engine engine = Engine.open(EngineConfig.of("n", 64 << 20), runtime, failure -> {});
    electorate = Electorate.of(new ReplicaSet(nodes.subList(0, 3)), null);
    new PaxosAcceptor(
            new LaneAccess(engine, runtime.scheduler()),
            new SlowStates(),
            (key, slices, callback) -> {},
            (key, local) -> electorate,
            FinishedAgreements.NONE)
        .register(messenger);
    Ballot ballot = Ballot.draw(1, false, runtime.random().split());
    Proposal proposal = Proposal.following(Proposal.NONE, ballot, new byte[0]);
    byte[] payload = new Propose(KEY, Voters.of(electorate), proposal).encode();
    messenger
        .handlers
        .get(Verb.PAXOS_PROPOSE)
        .handle(nodes.get(0).address(), ByteBuffer.wrap(payload), new Told());
    assertThat(reading).hasSize(1);
    electorate = Electorate.of(new ReplicaSet(nodes.subList(1, 4)), null);
    reading.get(0).done(PaxosState.NEW, null);
    assertThat(accepted).isEmpty();
    assertThat(failures).containsExactly(FailureReason.STALE_EPOCH);
  }
}
