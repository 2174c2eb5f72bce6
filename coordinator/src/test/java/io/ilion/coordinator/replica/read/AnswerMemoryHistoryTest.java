package io.ilion.coordinator.replica.read;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.coordinator.MemoryPool;
import io.ilion.coordinator.replica.read.ReplicaWorld.Member;
import io.ilion.coordinator.replica.read.ReplicaWorld.Updates;
import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.messaging.FailureReason;
import io.ilion.model.Consistency;
import io.ilion.model.data.UpdateWriter;
import io.ilion.model.ring.Murmur3;
import io.ilion.runtime.simulated.LinkFaults;
import io.ilion.storage.OverloadedException;
import io.ilion.storage.ReadCommand;
import io.ilion.storage.ReadCommand.PartitionRange;
import io.ilion.storage.Slices;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * Whatever becomes of reads, each is told once how it ended, and then nothing is taken of any pool:
 * while messages are lost, late and repeated, replicas fail, refuse repairs or say nothing, the
 * ring changes, machines end, and there is too little memory for what is asked.
 */
class AnswerMemoryHistoryTest {
  private static final int NODES = 5;
  private static final int PARTITIONS = 12;
  private static final int STEPS = 120;
  private static final List<Consistency> LEVELS =
      List.of(Consistency.ONE, Consistency.QUORUM, Consistency.ALL);
  private static final long SECOND = 1_000_000_000L;

  /** How the reads of all seeds ended. */
  private int succeeded;

  private int withoutRoom;
  private int withReplicasWithoutRoom;

  @Test
  void nothingIsTakenWhenAllReadsAreOver() {
    for (long seed = 0; seed < 5; seed++) {
      new Run(seed).run();
    }
    assertThat(succeeded).as("reads that succeeded").isGreaterThan(100);
    assertThat(withoutRoom).as("reads whose answers found no room").isGreaterThan(25);
    assertThat(withReplicasWithoutRoom).as("reads whose replicas had none").isGreaterThan(25);
  }

  private final class Run {
    private final long seed;
    private final SplittableRandom random;
    private final ReplicaWorld world;
    private final List<Member> nodes;
    private final Map<Member, List<MemoryPool>> pools = new LinkedHashMap<>();
    private final Map<Member, List<RowsSink>> sinks = new LinkedHashMap<>();
    private long epoch = 1;
    private long time = 1_000;

    Run(long seed) {
      this.seed = seed;
      random = new SplittableRandom(seed);
      world = new ReplicaWorld(seed);
      world.groupWindowNanos = random.nextInt(3) * 10_000_000L;
      world.speculativeRetry = random.nextBoolean() ? "50ms" : "ALWAYS";
      for (int i = 0; i < NODES; i++) {
        world.add(1 + random.nextInt(2));
      }
      nodes = List.copyOf(world.members);
      world.join(nodes, random);
      for (int partition = 0; partition < PARTITIONS; partition++) {
        byte[] update = update(partition, 1 + random.nextInt(20));
        nodes.forEach(node -> write(node, update));
      }
      nodes.forEach(this::restart);
    }

    /** Rows of a partition; some are more than one answer may have. */
    private byte[] update(int partition, int rows) {
      UpdateWriter update =
          new UpdateWriter().begin(ReplicaWorld.TABLE, new byte[] {(byte) partition});
      int rowBytes = random.nextInt(3) == 0 ? 25_000 : 1 + random.nextInt(4_000);
      time++;
      for (int row = 0; row < rows; row++) {
        byte[] value = new byte[rowBytes];
        random.nextBytes(value);
        update.rowWriter().liveness(time).cell(1, null, time, 0, 0, value);
        update.row(new byte[] {0x20, (byte) row, 0x20, 1});
      }
      return update.toByteArray();
    }

    private static void write(Member node, byte[] update) {
      // Memtables are small, and repairs are written to them, too.
      node.flush();
      node.apply(update);
    }

    void run() {
      for (int step = 0; step < STEPS; step++) {
        switch (random.nextInt(24)) {
          case 0, 1 ->
              world
                  .world
                  .network()
                  .setFaults(random.nextBoolean() ? LinkFaults.BAD : LinkFaults.NONE);
          case 2 -> world.world.network().cut(node().machine.address(), node().machine.address());
          case 3 -> world.world.network().heal();
          case 4 -> node().dataFails = random.nextBoolean();
          case 5, 6 -> node().updates = Updates.values()[random.nextInt(Updates.values().length)];
          case 7, 8, 9 -> write(node(), update(random.nextInt(PARTITIONS), 1 + random.nextInt(5)));
          case 10 -> changeRing();
          case 11 -> {
            if (random.nextInt(4) == 0) {
              restart(node());
            }
          }
          default -> readMany();
        }
        world.world.run(random.nextLong(random.nextInt(4) == 0 ? SECOND / 2 : 5_000_000));
      }
      world.world.network().setFaults(LinkFaults.NONE);
      world.world.network().heal();
      world.world.run(30 * SECOND);
      List<RowsSink> all = sinks.values().stream().flatMap(List::stream).toList();
      assertThat(all).as("seed %d", seed).allMatch(sink -> sink.over);
      assertThat(pools.values().stream().flatMap(List::stream).map(MemoryPool::taken))
          .as("seed %d: what is taken of each pool", seed)
          .containsOnly(0L);
      all.forEach(this::count);
    }

    private void count(RowsSink sink) {
      if (sink.failure == null) {
        succeeded++;
      } else if (sink.failure instanceof OverloadedException) {
        withoutRoom++;
      } else if (sink.failure instanceof ReadFailureException failure
          && failure.reasons().containsValue(FailureReason.OVERLOADED)) {
        withReplicasWithoutRoom++;
      }
    }

    private Member node() {
      return nodes.get(random.nextInt(NODES));
    }

    /** Ends a node with all of its reads; what they had taken is gone with it. */
    private void restart(Member node) {
      sinks.put(node, new ArrayList<>());
      List<MemoryPool> own = List.of(pool(), pool());
      pools.put(node, own);
      node.become(own.get(0), own.get(1));
    }

    private MemoryPool pool() {
      return random.nextInt(3) == 0
          ? MemoryPool.unlimited()
          : new MemoryPool(1L << (15 + random.nextInt(6)));
    }

    /** One is no replica any more, or all are; nodes learn of that one after the other. */
    private void changeRing() {
      epoch++;
      long next = epoch;
      List<NodeInfo> infos = new ArrayList<>(nodes.stream().map(node -> node.info).toList());
      if (random.nextBoolean()) {
        infos.remove(random.nextInt(NODES));
      }
      for (Member node : nodes) {
        world.world.after(
            random.nextLong(SECOND / 5),
            () -> {
              if (node.view.epoch() < next) {
                node.view.become(next, node.info, infos);
              }
            });
      }
    }

    /** Others have all of a pool for a moment. */
    private void fill(MemoryPool pool) {
      world.world.after(
          random.nextLong(20_000_000),
          () -> {
            pool.take(1L << 40, 0);
            world.world.after(1 + random.nextLong(5_000_000), () -> pool.giveBack(1L << 40));
          });
    }

    private void readMany() {
      Member coordinator = node();
      if (random.nextInt(3) == 0) {
        fill(pools.get(coordinator).getFirst());
      }
      for (int left = 1 + random.nextInt(6); left > 0; left--) {
        byte[] key = {(byte) random.nextInt(PARTITIONS)};
        ReadCommand command =
            random.nextBoolean()
                ? ReadCommand.range(ReplicaWorld.TABLE, PartitionRange.ALL, Slices.ALL)
                : ReadCommand.partition(
                    ReplicaWorld.TABLE, key, Murmur3.token(key), Slices.ALL, random.nextBoolean());
        int rows = random.nextBoolean() ? Integer.MAX_VALUE : 1 + random.nextInt(30);
        RowsSink sink = new RowsSink(ReadCluster.NOW, rows, Integer.MAX_VALUE);
        sinks.get(coordinator).add(sink);
        coordinator.read(
            command,
            LEVELS.get(random.nextInt(LEVELS.size())),
            ReadCluster.NOW,
            rows,
            Integer.MAX_VALUE,
            sink);
      }
    }
  }
}
