package io.ilion.coordinator.replica.read;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.coordinator.MemoryPool;
import io.ilion.coordinator.replica.read.ReplicaWorld.Member;
import io.ilion.model.Consistency;
import io.ilion.model.data.UpdateWriter;
import io.ilion.runtime.simulated.LinkFaults;
import io.ilion.storage.OverloadedException;
import io.ilion.storage.ReadCommand;
import io.ilion.storage.ReadCommand.PartitionRange;
import io.ilion.storage.Slices;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What the answers of replicas take of the memory of who gives them and who gets them. */
class AnswerMemoryTest {
  private static final int NODES = 5;
  private static final int PARTITIONS = 120;
  private static final int ROW_BYTES = 10_000;
  private static final int READS = 100;
  private static final long SECOND = 1_000_000_000L;

  /** All of the table is larger than this, and what all reads want a hundred times that. */
  private static final long MOST = 1 << 20;

  private final SplittableRandom random = new SplittableRandom(5);
  private final ReplicaWorld world = new ReplicaWorld(5);
  private final List<MemoryPool> pools = new ArrayList<>();
  private long most;

  private Member cluster() {
    for (int i = 0; i < NODES; i++) {
      world.add(2);
    }
    world.join(world.members, random);
    for (int i = 0; i < PARTITIONS; i++) {
      byte[] update = row(i, 1_000);
      world.members.forEach(member -> member.apply(update));
    }
    return world.members.getFirst();
  }

  private byte[] row(int partition, long timestamp) {
    byte[] value = new byte[ROW_BYTES];
    random.nextBytes(value);
    UpdateWriter update =
        new UpdateWriter().begin(ReplicaWorld.TABLE, new byte[] {(byte) partition});
    update.rowWriter().liveness(timestamp).cell(1, null, timestamp, 0, 0, value);
    update.row(new byte[] {0x20, 1, 0x20, 1});
    return update.toByteArray();
  }

  private MemoryPool small() {
    MemoryPool pool = new MemoryPool(MOST);
    pools.add(pool);
    return pool;
  }

  private static RowsSink begin(Member coordinator) {
    RowsSink sink = new RowsSink(ReadCluster.NOW, Integer.MAX_VALUE, Integer.MAX_VALUE);
    coordinator.read(
        ReadCommand.range(ReplicaWorld.TABLE, PartitionRange.ALL, Slices.ALL),
        Consistency.QUORUM,
        ReadCluster.NOW,
        PARTITIONS,
        Integer.MAX_VALUE,
        sink);
    return sink;
  }

  private List<RowsSink> readAll(Member coordinator) {
    List<RowsSink> sinks = new ArrayList<>();
    for (int i = 0; i < READS; i++) {
      sinks.add(begin(coordinator));
    }
    world.world.until(
        () -> {
          pools.forEach(pool -> most = Math.max(most, pool.taken()));
          return sinks.stream().allMatch(sink -> sink.over);
        });
    return sinks;
  }

  private void demandThatNothingIsTaken() {
    assertThat(pools).allMatch(pool -> pool.taken() == 0);
  }

  private void demandThatOneReadHasAll(Member coordinator) {
    RowsSink alone = begin(coordinator);
    world.world.until(() -> alone.over);
    assertThat(alone.failure).isNull();
    assertThat(alone.lines()).hasSize(PARTITIONS);
    world.world.run(20 * SECOND);
    demandThatNothingIsTaken();
  }

  /** Two of five say nothing: what came of the others is bounded, and gone when the reads are. */
  @Test
  void answersOfReplicasAreBoundedWhereTheyAreGathered() {
    Member coordinator = cluster();
    coordinator.become(small(), MemoryPool.unlimited());
    for (Member silent : world.members.subList(3, NODES)) {
      world.world.network().cut(silent.machine.address(), coordinator.machine.address());
    }
    List<RowsSink> sinks = readAll(coordinator);
    assertThat(sinks).anyMatch(sink -> sink.failure instanceof OverloadedException);
    assertThat(most).isBetween(MOST / 2, MOST + 2 * PartitionRead.MOST_BYTES);
    demandThatNothingIsTaken();
    world.world.network().setFaults(LinkFaults.NONE);
    world.world.network().heal();
    world.world.run(20 * SECOND);
    demandThatOneReadHasAll(coordinator);
  }

  /** Replicas that differ are merged, which takes as much again. */
  @Test
  void whatIsMergedIsBoundedToo() {
    Member coordinator = cluster();
    coordinator.become(small(), MemoryPool.unlimited());
    for (int i = 0; i < PARTITIONS; i++) {
      world.members.get(random.nextInt(NODES)).apply(row(i, 2_000));
    }
    List<RowsSink> sinks = readAll(coordinator);
    assertThat(sinks).anyMatch(sink -> sink.failure instanceof OverloadedException);
    assertThat(most).isBetween(MOST / 2, MOST + 4 * PartitionRead.MOST_BYTES);
    world.world.run(20 * SECOND);
    demandThatOneReadHasAll(coordinator);
  }

  /** What replicas have ready, or are about to, is refused to others beyond a bound. */
  @Test
  void answersOfReplicasAreBoundedWhereTheyAreGiven() {
    Member coordinator = cluster();
    world.members.forEach(member -> member.become(MemoryPool.unlimited(), small()));
    List<RowsSink> sinks = readAll(coordinator);
    assertThat(sinks).anyMatch(sink -> sink.failure instanceof ReadFailureException);
    assertThat(most).isBetween(MOST / 2, MOST + 4 * PartitionRead.MOST_BYTES);
    world.world.run(20 * SECOND);
    demandThatOneReadHasAll(coordinator);
  }
}
