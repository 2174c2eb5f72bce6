package io.ilion.coordinator.replica.read;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.coordinator.replica.read.ReplicaWorld.Member;
import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.messaging.Verb;
import io.ilion.model.Consistency;
import io.ilion.model.data.UpdateReader;
import io.ilion.model.ring.Murmur3;
import io.ilion.runtime.simulated.LinkFaults;
import io.ilion.storage.ReadCommand;
import io.ilion.storage.ReadCommand.PartitionRange;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;

/** A cluster of random updates, and one more node that has all of them. */
final class ReadCluster {
  static final long NOW = 100;
  private static final int REPLICAS = 3;

  /** One read, and what one node with everything answers to it. */
  record Query(ReadCommand command, int rows, int perPartition) {
    static Query draw(SplittableRandom random, RandomUpdates updates) {
      ReadCommand command;
      int perPartition = Integer.MAX_VALUE;
      if (!updates.areCounters() && random.nextInt(3) == 0) {
        byte[] key = updates.key();
        int[] columns = random.nextBoolean() ? new int[] {1, 3} : new int[] {2};
        command =
            ReadCommand.row(ReplicaWorld.TABLE, key, Murmur3.token(key), updates.oneRow(), columns);
      } else if (random.nextInt(3) > 0) {
        byte[] key = updates.key();
        command =
            ReadCommand.partition(
                ReplicaWorld.TABLE,
                key,
                Murmur3.token(key),
                updates.slices(),
                random.nextBoolean());
      } else {
        PartitionRange range = PartitionRange.ALL;
        if (random.nextBoolean()) {
          byte[] key = updates.key();
          range =
              new PartitionRange(
                  Murmur3.token(key),
                  random.nextBoolean() ? key : null,
                  random.nextBoolean(),
                  Long.MAX_VALUE - random.nextLong(1L << 62));
        }
        command = ReadCommand.range(ReplicaWorld.TABLE, range, updates.slices());
        perPartition = random.nextBoolean() ? perPartition : 1 + random.nextInt(4);
      }
      int rows = random.nextBoolean() ? Integer.MAX_VALUE : 1 + random.nextInt(8);
      return new Query(command, rows, perPartition);
    }

    private RowsSink sink() {
      return new RowsSink(NOW, rows, perPartition, command.columns());
    }
  }

  final SplittableRandom random;
  final ReplicaWorld world;
  final RandomUpdates updates;
  final List<Member> nodes;
  private final Member reference;

  ReadCluster(long seed) {
    this(seed, new ReplicaWorld(seed));
  }

  /** Of the nodes of a world, or, if it has none yet, of some more than it has replicas. */
  ReadCluster(long seed, ReplicaWorld world) {
    random = new SplittableRandom(seed);
    this.world = world;
    int count = world.members.isEmpty() ? REPLICAS + random.nextInt(3) : 0;
    for (int i = 0; i < count; i++) {
      world.add(1 + random.nextInt(2));
    }
    nodes = List.copyOf(world.members);
    reference = world.add(1);
    world.join(nodes, random);
    updates =
        new RandomUpdates(
            random, ReplicaWorld.TABLE, 1 + random.nextInt(12), random.nextInt(5) == 0);
  }

  List<Member> replicasOf(long token) {
    List<NodeInfo> natural = nodes.get(0).view.replicas(world.keyspace()).of(token).natural();
    List<Member> replicas = new ArrayList<>();
    for (Member member : nodes) {
      if (natural.contains(member.info)) {
        replicas.add(member);
      }
    }
    Collections.shuffle(replicas, new Random(random.nextLong()));
    return replicas;
  }

  /** From now on one of the nodes is about to make room for a newcomer. */
  void move(Member leaver, Member newcomer) {
    for (Member node : nodes) {
      node.view.coming = List.of(newcomer.info);
      node.view.leaving = List.of(leaver.info);
    }
  }

  /** Applies an update to so many of its replicas. */
  void write(byte[] update, int copies) {
    long token = Murmur3.token(new UpdateReader().wrap(update).partitionKey());
    replicasOf(token).subList(0, copies).forEach(member -> member.apply(update));
    reference.apply(update);
    if (random.nextInt(40) == 0) {
      nodes.get(random.nextInt(nodes.size())).flush();
    }
  }

  RowsSink ask(Member coordinator, Query query, Consistency level) {
    RowsSink sink = query.sink();
    coordinator.read(query.command, level, NOW, query.rows, query.perPartition, sink);
    world.world.until(() -> sink.over);
    return sink;
  }

  List<String> expected(Query query) {
    RowsSink sink = query.sink();
    reference
        .runtime
        .scheduler()
        .lane(0)
        .execute(() -> reference.engine.lane(0).read(query.command.whole(), sink));
    world.world.until(() -> sink.over);
    return sink.lines();
  }

  void readWhatWasWritten(long seed, Consistency level, int leastCopies) {
    if (random.nextBoolean()) {
      world.world.network().setFaults(new LinkFaults(50_000, 20_000_000, 0, 0.1, 0.05, false));
    }
    for (int round = 0; round < 4; round++) {
      int count = random.nextInt(60);
      for (int i = 0; i < count; i++) {
        write(updates.update(), leastCopies + random.nextInt(REPLICAS + 1 - leastCopies));
      }
      for (int i = 0; i < 8; i++) {
        Query query = Query.draw(random, updates);
        Member coordinator = nodes.get(random.nextInt(nodes.size()));
        RowsSink found = ask(coordinator, query, level);
        assertThat(found.lines())
            .as("seed %d round %d read %d: %s", seed, round, i, query)
            .isEqualTo(expected(query));
        if (level == Consistency.QUORUM) {
          checkQuorumHas(query, "seed " + seed + " round " + round + " read " + i);
        }
      }
    }
  }

  /** After a quorum has been read whole, a quorum has all of it. */
  private void checkQuorumHas(Query query, String about) {
    if (query.command.partitionKey() == null || query.rows != Integer.MAX_VALUE) {
      return;
    }
    int most = Integer.MAX_VALUE;
    ReplicaRead read = new ReplicaRead(query.command, most, most, most, NOW, true);
    // What a settled row has besides was not asked for.
    byte[] whole = reference.ask(reference, Verb.READ, read.token(), ReplicaWorld.message(read));
    int have = 0;
    for (Member replica : replicasOf(read.token())) {
      byte[] its = replica.ask(replica, Verb.READ, read.token(), ReplicaWorld.message(read));
      // Rows that the reference has never come without their deletions, so all has to be there.
      have +=
          AnswerText.of(ReplicaAnswer.decode(ByteBuffer.wrap(its), read))
                  .equals(AnswerText.of(ReplicaAnswer.decode(ByteBuffer.wrap(whole), read)))
              ? 1
              : 0;
    }
    assertThat(have).as(about + ": replicas that have everything").isGreaterThanOrEqualTo(2);
  }
}
