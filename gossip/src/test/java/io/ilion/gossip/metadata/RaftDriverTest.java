package io.ilion.gossip.metadata;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ilion.gossip.NodeInfo.State;
import io.ilion.gossip.Nodes;
import io.ilion.model.schema.Schema;
import io.ilion.runtime.Lane;
import io.ilion.runtime.NodeRuntime;
import io.ilion.runtime.simulated.SimulatedNode;
import io.ilion.runtime.simulated.SimulatedWorld;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What throws while one of two voters tries to be elected. */
class RaftDriverTest {
  private static final long SECOND = 1_000_000_000L;
  private static final UUID CLUSTER = new UUID(1, 2);

  private final SimulatedWorld world = new SimulatedWorld(1);
  private final List<Raft.Outgoing> sent = new ArrayList<>();
  private boolean throwing;
  private int thrown;
  private RaftDriver driver;

  @BeforeEach
  void start() throws IOException {
    SimulatedNode machine = world.addNode();
    NodeRuntime runtime = machine.start(1);
    MetadataFile.Opened opened =
        MetadataFile.open(runtime.files(), "metadata", runtime.random().split());
    ClusterMetadata metadata =
        new ClusterMetadata(
            CLUSTER,
            1,
            Schema.EMPTY,
            Map.of(
                Nodes.id(0), Nodes.node(0, State.NORMAL), Nodes.id(1), Nodes.node(1, State.NORMAL)),
            List.of(Nodes.id(0), Nodes.id(1)));
    RaftState kept = new RaftState(1, null, new LogPosition(1, 1), metadata, List.of(), 1);
    opened.file().rewrite(kept);
    Raft raft = new Raft(Nodes.id(0), kept, runtime.random().split(), runtime.clock().nanoTime());
    Lane lane = runtime.scheduler().blockingLane("metadata");
    driver =
        new RaftDriver(
            Nodes.id(0), raft, opened.file(), lane, runtime.clock(), sent::add, new Throwing());
  }

  private final class Throwing implements RaftDriver.Follower {
    @Override
    public void advanced(Raft.Output output) {}

    @Override
    public void due(long nowNanos) {
      if (throwing) {
        thrown++;
        throw new IllegalStateException("wanted by the test");
      }
    }

    @Override
    public long waitNanos(long nowNanos) {
      // It has something to do, and never gets there.
      return throwing ? 0 : Long.MAX_VALUE;
    }

    @Override
    public void held(IOException reason) {}

    @Override
    public void released() {}

    @Override
    public void halted(Throwable failure) {}
  }

  /** Runs the world; what lanes would log ends a step of it. */
  private void runThrough(long nanos) {
    long end = world.nanos() + nanos;
    while (world.nanos() < end) {
      try {
        world.run(end - world.nanos());
      } catch (IllegalStateException e) {
        assertThat(e).hasMessage("wanted by the test");
      }
    }
  }

  @Test
  void whatTheFollowerThrowsDoesNotStopTheClock() {
    driver.turn(() -> {});
    world.run(SECOND / 2);
    throwing = true;
    runThrough(10 * SECOND);
    assertThat(thrown).isBetween(2, 200);
    throwing = false;
    sent.clear();
    world.run(10 * SECOND);
    assertThat(sent).hasSizeGreaterThan(3);
  }

  @Test
  void aStepThatThrowsIsDroppedAndTheNextTurnComes() {
    driver.turn(
        () -> {
          throw new IllegalStateException("wanted by the test");
        });
    assertThatThrownBy(() -> world.run(SECOND)).hasMessage("wanted by the test");
    world.run(10 * SECOND);
    assertThat(sent).hasSizeGreaterThan(3);
  }
}
