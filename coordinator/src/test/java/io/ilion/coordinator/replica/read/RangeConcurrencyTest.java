package io.ilion.coordinator.replica.read;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.coordinator.replica.read.ReplicaWorld.Member;
import io.ilion.gossip.NodeInfo;
import io.ilion.model.Consistency;
import io.ilion.model.data.UpdateReader;
import io.ilion.model.ring.Murmur3;
import io.ilion.storage.ReadCommand;
import io.ilion.storage.ReadCommand.PartitionRange;
import io.ilion.storage.Slices;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** How much of the ring a read of a range asks for, and how much of that at once. */
class RangeConcurrencyTest {
  private static final int PARTITIONS = 300;

  private final SplittableRandom random = new SplittableRandom(3);
  private final ReplicaWorld world = new ReplicaWorld(3);

  private List<Member> join(int nodes) {
    for (int i = 0; i < nodes; i++) {
      world.add(1);
    }
    world.join(world.members, random);
    return world.members;
  }

  /** Writes many partitions to all of their replicas. */
  private void fill() {
    RandomUpdates updates = new RandomUpdates(random, ReplicaWorld.TABLE, PARTITIONS, false);
    for (int i = 0; i < PARTITIONS; i++) {
      byte[] update = updates.update();
      long token = Murmur3.token(new UpdateReader().wrap(update).partitionKey());
      List<NodeInfo> natural =
          world.members.getFirst().view.replicas(world.keyspace()).of(token).natural();
      for (Member member : world.members) {
        if (natural.contains(member.info)) {
          member.apply(update);
        }
      }
    }
  }

  private RowsSink read(Member coordinator, int rows) {
    RowsSink sink = new RowsSink(ReadCluster.NOW, rows, Integer.MAX_VALUE);
    coordinator.read(
        ReadCommand.range(ReplicaWorld.TABLE, PartitionRange.ALL, Slices.ALL),
        Consistency.ONE,
        ReadCluster.NOW,
        rows,
        Integer.MAX_VALUE,
        sink);
    world.world.until(() -> sink.over);
    assertThat(sink.failure).isNull();
    return sink;
  }

  /** One piece at first, then two, four, eight, and sixteen at most. */
  @Test
  void ofATableWithoutRowsMoreAndMoreIsAskedForAtOnce() {
    Member coordinator = join(16).getFirst();
    assertThat(read(coordinator, Integer.MAX_VALUE).lines()).isEmpty();
    assertThat(coordinator.sent).as("pieces").isBetween(1 + 2 + 4 + 8 + 16, 16 * 4 + 1);
    assertThat(coordinator.mostUnderWay).isEqualTo(16);
  }

  @Test
  void whoeverWantsOneRowOfManyAsksForOnePiece() {
    Member coordinator = join(8).getFirst();
    fill();
    assertThat(read(coordinator, 1).lines()).isNotEmpty();
    assertThat(coordinator.sent).isEqualTo(1);
    // And whoever wants all gets all of it.
    int before = coordinator.sent;
    assertThat(read(coordinator, Integer.MAX_VALUE).lines()).hasSizeGreaterThan(PARTITIONS / 2);
    assertThat(coordinator.sent - before).isGreaterThan(8);
  }

  @Test
  void whatTheSameNodesHaveIsOnePiece() {
    Member coordinator = join(3).getFirst();
    assertThat(read(coordinator, Integer.MAX_VALUE).lines()).isEmpty();
    assertThat(coordinator.sent).isEqualTo(1);
    fill();
    assertThat(read(coordinator, Integer.MAX_VALUE).lines()).isNotEmpty();
    assertThat(coordinator.mostUnderWay).isEqualTo(1);
  }
}
