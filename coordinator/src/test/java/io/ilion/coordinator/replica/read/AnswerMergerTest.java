package io.ilion.coordinator.replica.read;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.gossip.messaging.Verb;
import io.ilion.model.ring.Murmur3;
import io.ilion.storage.ReadCommand;
import io.ilion.storage.ReadCommand.PartitionRange;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What replicas answer, merged, is what one would answer that has all that they have. */
class AnswerMergerTest {
  private static final long NOW = 100;

  private static ReplicaRead draw(SplittableRandom random, RandomUpdates updates, boolean purging) {
    long purge = purging && random.nextInt(3) == 0 ? 85 + random.nextInt(20) : Long.MIN_VALUE;
    ReadCommand command;
    if (random.nextBoolean()) {
      byte[] key = updates.key();
      command =
          ReadCommand.partition(
              ReplicaWorld.TABLE, key, Murmur3.token(key), updates.slices(), random.nextBoolean());
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
    }
    return new ReplicaRead(
        command.purged(purge),
        1 + random.nextInt(random.nextBoolean() ? 4 : 100),
        1 + random.nextInt(random.nextBoolean() ? 3 : 100),
        1 + random.nextInt(random.nextBoolean() ? 300 : 100_000),
        NOW,
        random.nextBoolean());
  }

  @Test
  void commandsSurviveTheWire() {
    SplittableRandom random = new SplittableRandom(1);
    RandomUpdates updates = new RandomUpdates(random, ReplicaWorld.TABLE, 5, false);
    for (int i = 0; i < 500; i++) {
      ReplicaRead read = draw(random, updates, true);
      byte[] bytes = read.encode();
      assertThat(ReplicaRead.decode(ByteBuffer.wrap(bytes)).encode()).isEqualTo(bytes);
    }
  }

  @Test
  void mergedAnswersAreThoseOfOneReplicaWithEverything() {
    for (long seed = 0; seed < 25; seed++) {
      compare(seed);
    }
  }

  private static void compare(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    ReplicaWorld world = new ReplicaWorld(seed);
    int replicas = 2 + random.nextInt(2);
    for (int i = 0; i <= replicas; i++) {
      world.add(1 + random.nextInt(3));
    }
    ReplicaWorld.Member reference = world.members.get(replicas);
    boolean counters = random.nextInt(4) == 0;
    RandomUpdates updates =
        new RandomUpdates(random, ReplicaWorld.TABLE, 1 + random.nextInt(6), counters);
    double lost = random.nextInt(3) * 0.2;
    int count = 10 + random.nextInt(150);
    for (int i = 0; i < count; i++) {
      byte[] update = updates.update();
      boolean kept = false;
      for (int r = 0; r < replicas; r++) {
        if (random.nextDouble() >= lost || (r == replicas - 1 && !kept)) {
          world.members.get(r).apply(update);
          kept = true;
        }
      }
      reference.apply(update);
      if (random.nextInt(40) == 0) {
        world.members.get(random.nextInt(replicas + 1)).flush();
      }
    }
    for (int i = 0; i < 20; i++) {
      String about = "seed " + seed + " read " + i;
      // What a replica has not heard of may come back once others have purged its deletion.
      ReplicaRead read = draw(random, updates, lost == 0);
      List<ReplicaAnswer> answers = new ArrayList<>();
      for (int r = 0; r < replicas; r++) {
        answers.add(answer(world, r, read));
      }
      AnswerMerger.Result result = AnswerMerger.merge(read, answers);
      assertThat(AnswerText.of(result.answer()))
          .as(about)
          .isEqualTo(expected(world, replicas, read, result.answer()));
      if (lost == 0) {
        assertThat(result.repairs()).as(about).allMatch(List::isEmpty);
      }
      for (int r = 0; r < replicas; r++) {
        for (AnswerMerger.Update update : result.repairs().get(r)) {
          world.members.get(r).apply(update.bytes());
        }
      }
      // Those that were repaired have the same now, as far as it was read.
      for (int r = 0; r < replicas; r++) {
        assertThat(AnswerText.of(result.answer()))
            .as("%s: replica %s repaired", about, r)
            .isEqualTo(expected(world, r, read, result.answer()));
      }
    }
  }

  /** What a member has to answer without limits, up to where an answer ended. */
  private static String expected(
      ReplicaWorld world, int member, ReplicaRead read, ReplicaAnswer upTo) {
    int most = Integer.MAX_VALUE;
    ReplicaAnswer all =
        answer(world, member, new ReplicaRead(read.command(), most, most, most, NOW, false));
    assertThat(all.isStopped()).isFalse();
    StringBuilder text = new StringBuilder();
    int next = 0;
    for (AnswerPartition partition : all.partitions()) {
      if (upTo.isStopped() && partition.compareTo(upTo.last()) > 0) {
        break;
      }
      byte[] bound = next < upTo.partitions().size() ? upTo.partitions().get(next).bound : null;
      text.append(AnswerText.of(partition.upTo(bound)));
      next++;
    }
    return text.append(upTo.isStopped() ? "stopped" : "end").toString();
  }

  private static ReplicaAnswer answer(ReplicaWorld world, int member, ReplicaRead read) {
    ReplicaWorld.Member asking = world.members.get(0);
    ReplicaWorld.Member asked = world.members.get(member);
    byte[] payload = asking.ask(asked, Verb.READ, read.token(), ReplicaWorld.message(read));
    byte[] digest = asking.ask(asked, Verb.READ_DIGEST, read.token(), ReplicaWorld.message(read));
    assertThat(digest).isEqualTo(ReplicaAnswer.digest(payload));
    return ReplicaAnswer.decode(ByteBuffer.wrap(payload), read);
  }

  @Test
  void replicasWithTheSameDataAnswerTheSameBytes() {
    for (long seed = 0; seed < 10; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      ReplicaWorld world = new ReplicaWorld(seed);
      world.add(1);
      world.add(1 + random.nextInt(4));
      RandomUpdates updates = new RandomUpdates(random, ReplicaWorld.TABLE, 6, false);
      for (int i = 0; i < 150; i++) {
        byte[] update = updates.update();
        for (ReplicaWorld.Member member : world.members) {
          member.apply(update);
          if (random.nextInt(30) == 0) {
            member.flush();
          }
        }
      }
      for (int i = 0; i < 30; i++) {
        ReplicaRead read = draw(random, updates, true);
        ReplicaWorld.Member first = world.members.get(0);
        byte[] bytes = first.ask(first, Verb.READ, read.token(), ReplicaWorld.message(read));
        byte[] others =
            first.ask(world.members.get(1), Verb.READ, read.token(), ReplicaWorld.message(read));
        assertThat(Arrays.equals(others, bytes)).as("seed %d read %d", seed, i).isTrue();
      }
    }
  }
}
