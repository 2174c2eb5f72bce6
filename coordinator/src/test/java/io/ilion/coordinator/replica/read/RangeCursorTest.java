package io.ilion.coordinator.replica.read;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.gossip.messaging.Verb;
import io.ilion.model.ring.TokenRange;
import io.ilion.storage.MergeCursor;
import io.ilion.storage.ReadCommand;
import io.ilion.storage.ReadCommand.PartitionRange;
import io.ilion.storage.Slices;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What is imported from several replicas is what one would have that took all their writes. */
class RangeCursorTest {
  private static final long NOW = 100;
  private static final int SOURCES = 2;

  /** One run. */
  private static final class Run {
    private final SplittableRandom random;
    private final ReplicaWorld world;
    private final ReplicaWorld.Member receiver;
    private final ReplicaWorld.Member reference;
    private final List<TokenRange> ranges;

    Run(long seed) {
      random = new SplittableRandom(seed);
      world = new ReplicaWorld(seed);
      for (int i = 0; i < SOURCES + 2; i++) {
        world.add(1 + random.nextInt(3));
      }
      receiver = world.members.get(SOURCES);
      reference = world.members.get(SOURCES + 1);
      long first = random.nextLong(Long.MIN_VALUE, 0);
      long second = random.nextLong();
      ranges =
          List.of(
              new TokenRange(Long.MIN_VALUE, Math.min(first, second)),
              new TokenRange(Math.min(first, second), Math.max(first, second)),
              new TokenRange(Math.max(first, second), Long.MAX_VALUE));
    }

    /** Writes to some of the sources or to the receiver, and always to the reference. */
    private void write() {
      RandomUpdates updates =
          new RandomUpdates(random, ReplicaWorld.TABLE, 1 + random.nextInt(6), false);
      int count = 10 + random.nextInt(150);
      for (int i = 0; i < count; i++) {
        byte[] update = updates.update();
        int where = random.nextInt(8);
        if (where == 0) {
          receiver.apply(update);
        } else {
          for (int source = 0; source < SOURCES; source++) {
            if (where > 2 || where - 1 == source) {
              world.members.get(source).apply(update);
            }
          }
        }
        reference.apply(update);
        if (random.nextInt(40) == 0) {
          world.members.get(random.nextInt(SOURCES + 1)).flush();
        }
      }
    }

    private CompletableFuture<Long> importAll() {
      List<RangeCursor> cursors = new ArrayList<>();
      for (int source = 0; source < SOURCES; source++) {
        ArrayDeque<TokenRange> left = new ArrayDeque<>(ranges);
        int pageBytes = 1 + random.nextInt(300);
        cursors.add(
            new RangeCursor(
                receiver.runtime.scheduler().lane(0),
                world.members.get(source).machine.address(),
                () ->
                    left.isEmpty()
                        ? null
                        : new RangePages(
                            receiver.messenger,
                            ReplicaWorld.TABLE,
                            Slices.ALL,
                            left.poll(),
                            pageBytes,
                            RangePages.PURGE_NOTHING),
                1_000_000_000L,
                5,
                bytes -> random.nextInt(3) == 0 ? random.nextInt(1_000_000) : 0));
      }
      CompletableFuture<Long> imported =
          receiver
              .engine
              .importRows(ReplicaWorld.TABLE, new MergeCursor(cursors, true))
              .toCompletableFuture();
      cursors.forEach(RangeCursor::begin);
      return imported;
    }

    private String answer(ReplicaWorld.Member member) {
      ReplicaRead read =
          new ReplicaRead(
              ReadCommand.range(ReplicaWorld.TABLE, PartitionRange.ALL, Slices.ALL),
              Integer.MAX_VALUE,
              Integer.MAX_VALUE,
              Integer.MAX_VALUE,
              NOW,
              false);
      byte[] payload = member.ask(member, Verb.READ, read.token(), ReplicaWorld.message(read));
      return AnswerText.of(ReplicaAnswer.decode(ByteBuffer.wrap(payload), read));
    }
  }

  @Test
  void importedRowsAreThoseOfAllSourcesAndDurable() {
    for (long seed = 0; seed < 60; seed++) {
      Run run = new Run(seed);
      run.write();
      run.world.world.await(run.importAll());
      String expected = run.answer(run.reference);
      assertThat(run.answer(run.receiver)).as("seed %d", seed).isEqualTo(expected);
      run.receiver.machine.crash();
      run.receiver.start();
      assertThat(run.answer(run.receiver)).as("seed %d, restarted", seed).isEqualTo(expected);
    }
  }

  @Test
  void whatACrashInterruptsLeavesNothing() {
    for (long seed = 0; seed < 30; seed++) {
      Run run = new Run(seed);
      run.write();
      run.receiver.flush();
      String before = run.answer(run.receiver);
      CompletableFuture<Long> imported = run.importAll();
      run.world.world.run(run.random.nextLong(3_000_000));
      boolean over = imported.isDone();
      run.receiver.machine.crash();
      run.receiver.start();
      String after = run.answer(run.receiver);
      // Named in the manifest or not: all or nothing.
      assertThat(after)
          .as("seed %d", seed)
          .isIn(
              over
                  ? List.of(run.answer(run.reference))
                  : List.of(before, run.answer(run.reference)));
      assertThat(run.receiver.machine.files().paths())
          .as("seed %d", seed)
          .filteredOn(name -> name.contains("sstable-"))
          .hasSize(run.receiver.engine.statistics().getFirst().sstables());
    }
  }

  @Test
  void anImportWhoseSourceFailsLeavesNothing() {
    Run run = new Run(3);
    run.write();
    String before = run.answer(run.receiver);
    run.world.members.get(0).machine.kill();
    CompletableFuture<Long> imported = run.importAll();
    run.world.world.until(imported::isDone);
    assertThat(imported).isCompletedExceptionally();
    assertThat(run.answer(run.receiver)).isEqualTo(before);
  }
}
