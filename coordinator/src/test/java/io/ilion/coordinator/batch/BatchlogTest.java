package io.ilion.coordinator.batch;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.coordinator.WriteCallback;
import io.ilion.storage.UnknownTableException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** The protocol alone, with a crash, a failure or a stop at every step. */
class BatchlogTest {
  private static final RuntimeException FAILURE = new IllegalStateException("wanted by the test");

  /** What survives a crash, and the steps that lead there. */
  private static final class Disk implements BatchStore, Batchlog.Applier {
    private final Map<UUID, Entry> entries = new TreeMap<>();
    private final List<String> applied = new ArrayList<>();
    private final List<Runnable> held = new ArrayList<>();
    private int step;
    private int crashAt = Integer.MAX_VALUE;
    private int failAt = Integer.MAX_VALUE;
    private boolean holding;

    /** Every step can be lost before it has an effect, and after it but before it is known. */
    private void step(Runnable effect, WriteCallback callback) {
      int before = step++;
      int after = step++;
      if (before == failAt) {
        callback.done(FAILURE);
      } else if (before < crashAt) {
        effect.run();
        if (after < crashAt) {
          if (holding) {
            held.add(() -> callback.done(null));
          } else {
            callback.done(null);
          }
        }
      }
    }

    @Override
    public void put(Entry entry, WriteCallback callback) {
      step(() -> entries.put(entry.id(), entry), callback);
    }

    @Override
    public void remove(UUID id, WriteCallback callback) {
      step(() -> entries.remove(id), callback);
    }

    @Override
    public void apply(byte[] update, WriteCallback callback) {
      if (update[0] == '!') {
        callback.done(new UnknownTableException(new UUID(0, 0)));
        return;
      }
      step(
          () -> applied.add(new String(update, java.nio.charset.StandardCharsets.UTF_8)), callback);
    }

    @Override
    public void list(UUID after, ListCallback callback) {
      callback.entries(
          entries.values().stream()
              .filter(e -> after == null || e.id().compareTo(after) > 0)
              .limit(2)
              .toList(),
          null);
    }

    void restart() {
      step = 0;
      crashAt = Integer.MAX_VALUE;
      failAt = Integer.MAX_VALUE;
    }
  }

  private final Disk disk = new Disk();
  private final Supplier<UUID> ids =
      new Supplier<>() {
        private long last;

        @Override
        public UUID get() {
          return new UUID(0x1000, ++last);
        }
      };

  private Batchlog batchlog() {
    return new Batchlog(disk, disk, ids);
  }

  private static List<byte[]> updates(String... texts) {
    List<byte[]> updates = new ArrayList<>();
    for (String text : texts) {
      updates.add(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }
    return updates;
  }

  @Test
  void aBatchIsAppliedAndItsEntryRemoved() {
    AtomicReference<String> outcome = new AtomicReference<>();
    batchlog().write(updates("a", "b"), () -> {}, failure -> outcome.set("told " + failure));
    assertThat(outcome.get()).isEqualTo("told null");
    assertThat(disk.applied).containsExactly("a", "b");
    assertThat(disk.entries).isEmpty();
  }

  @Test
  void afterACrashAtAnyStepTheBatchIsThereWhollyOrNotAtAll() {
    int steps = 8;
    for (int crash = 0; crash <= steps; crash++) {
      disk.applied.clear();
      disk.restart();
      disk.crashAt = crash;
      boolean[] acknowledged = new boolean[1];
      batchlog().write(updates("a", "b"), () -> {}, failure -> acknowledged[0] = failure == null);
      disk.restart();
      boolean stored = !disk.entries.isEmpty();
      assertThat(batchlog().replay().join()).as("crash at %d", crash).isEqualTo(stored ? 1 : 0);
      boolean whole = disk.applied.contains("a") && disk.applied.contains("b");
      assertThat(whole || disk.applied.isEmpty()).as("crash at %d", crash).isTrue();
      assertThat(whole).as("crash at %d", crash).isEqualTo(crash > 0);
      assertThat(acknowledged[0] && !whole).as("crash at %d", crash).isFalse();
      assertThat(disk.entries).isEmpty();
    }
  }

  @Test
  void aCrashDuringTheReplayLeavesWhatItHasNotCompleted() {
    for (int crash = 0; crash < 12; crash++) {
      disk.applied.clear();
      for (int i = 0; i < 3; i++) {
        disk.restart();
        disk.crashAt = 2;
        batchlog().write(updates("a" + i, "b" + i), () -> {}, failure -> {});
      }
      disk.restart();
      disk.crashAt = crash;
      CompletableFuture<Integer> unfinished = batchlog().replay();
      disk.restart();
      assertThat(unfinished.isDone()).isFalse();
      batchlog().replay().join();
      assertThat(disk.applied)
          .as("crash at %d", crash)
          .contains("a0", "b0", "a1", "b1", "a2", "b2");
      assertThat(disk.entries).isEmpty();
    }
  }

  @Test
  void whatFailsIsToldAndCompletedByTheNextReplay() {
    for (int failure = 0; failure < 8; failure += 2) {
      disk.applied.clear();
      disk.restart();
      disk.failAt = failure;
      AtomicReference<Throwable> told = new AtomicReference<>();
      Batchlog batchlog = batchlog();
      batchlog.write(updates("a", "b"), () -> {}, told::set);
      boolean removalFailed = failure == 6;
      assertThat(told.get()).isSameAs(removalFailed ? null : FAILURE);
      assertThat(batchlog.hasLeftBehind()).isTrue();
      disk.restart();
      assertThat(batchlog.replay().join()).isEqualTo(failure == 0 ? 0 : 1);
      assertThat(batchlog.hasLeftBehind()).isFalse();
      assertThat(disk.applied.contains("a")).isEqualTo(failure != 0);
      assertThat(disk.applied.contains("b")).isEqualTo(failure != 0);
    }
  }

  @Test
  void aFaultBehindOneBatchHoldsUpNoOthersAndNoLaterReplay() {
    for (int i = 0; i < 2; i++) {
      disk.restart();
      disk.crashAt = 2;
      batchlog().write(updates("a" + i), () -> {}, failure -> {});
    }
    disk.restart();
    boolean[] broken = {true};
    Batchlog batchlog =
        new Batchlog(
            disk,
            disk,
            ids,
            new Batchlog.Completion() {
              @Override
              public boolean isDue(BatchStore.Entry entry) {
                if (broken[0]) {
                  broken[0] = false;
                  throw FAILURE;
                }
                return true;
              }

              @Override
              public void apply(BatchStore.Entry entry, byte[] update, WriteCallback callback) {
                disk.apply(update, callback);
              }
            });
    CompletableFuture<Integer> first = batchlog.replay();
    assertThat(first).isCompletedExceptionally();
    assertThat(disk.applied).containsExactly("a1");
    assertThat(batchlog.hasLeftBehind()).isTrue();
    assertThat(batchlog.replay().join()).isEqualTo(1);
    assertThat(disk.applied).containsExactly("a1", "a0");
  }

  @Test
  void aReplayLeavesTheBatchesUnderWayAlone() {
    disk.holding = true;
    Batchlog batchlog = batchlog();
    batchlog.write(updates("a"), () -> {}, failure -> {});
    assertThat(disk.entries).hasSize(1);
    assertThat(batchlog.replay().join()).isZero();
    assertThat(disk.applied).isEmpty();
  }

  @Test
  void settlingWaitsForTheBatchesUnderWay() {
    disk.holding = true;
    Batchlog batchlog = batchlog();
    batchlog.write(updates("a"), () -> {}, failure -> {});
    CompletableFuture<Void> settled = batchlog.settle();
    while (!disk.held.isEmpty()) {
      assertThat(settled).isNotDone();
      disk.held.removeFirst().run();
    }
    assertThat(settled).isCompleted();
    assertThat(disk.applied).containsExactly("a");
  }

  @Test
  void settlingCompletesWhatWasLeftBehind() {
    disk.failAt = 2;
    Batchlog batchlog = batchlog();
    batchlog.write(updates("a", "b"), () -> {}, failure -> {});
    disk.restart();
    batchlog.settle().join();
    assertThat(disk.applied).contains("a", "b");
    assertThat(disk.entries).isEmpty();
  }

  @Test
  void updatesOfATableThatIsGoneAreSkippedByTheReplay() {
    batchlog().write(updates("!gone", "b"), () -> {}, failure -> {});
    assertThat(disk.entries).hasSize(1);
    assertThat(batchlog().replay().join()).isEqualTo(1);
    assertThat(disk.entries).isEmpty();
    assertThat(disk.applied).contains("b");
  }
}
