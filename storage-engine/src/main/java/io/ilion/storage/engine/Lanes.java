package io.ilion.storage.engine;

import io.ilion.runtime.Lane;
import io.ilion.runtime.Scheduler;
import io.ilion.storage.commitlog.CommitLog;
import io.ilion.storage.commitlog.LogTable;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * The lanes of a node's storage: which of them owns a token, and what all of them do together. Any
 * thread may ask; what a lane does runs on the lane.
 */
final class Lanes {
  private final LaneEngine[] lanes;

  /** One for each lane of the scheduler; they share the memory for memtables evenly. */
  Lanes(Scheduler scheduler, Flusher flusher, long memtableBytes) {
    lanes = new LaneEngine[scheduler.laneCount()];
    for (int i = 0; i < lanes.length; i++) {
      lanes[i] = new LaneEngine(scheduler.lane(i), i, flusher, memtableBytes / lanes.length);
    }
  }

  /** Where they write from now on; before any of them runs. */
  void setLog(CommitLog log) {
    for (int i = 0; i < lanes.length; i++) {
      lanes[i].setLog(log.lane(i));
    }
  }

  int count() {
    return lanes.length;
  }

  LaneEngine get(int index) {
    return lanes[index];
  }

  /** All of them, in order. */
  Stream<LaneEngine> all() {
    return Stream.of(lanes);
  }

  /** The one that owns a token. */
  LaneEngine of(long token) {
    return lanes[of(token, lanes.length)];
  }

  /**
   * Which of some lanes owns a token: ScyllaDB's mapping with 12 bits ignored, which its drivers
   * know.
   */
  static int of(long token, int laneCount) {
    return (int) Math.unsignedMultiplyHigh((token + Long.MIN_VALUE) << 12, laneCount);
  }

  /** Runs an action on each lane; completes with what each returned. */
  <T> CompletableFuture<List<T>> onEach(Function<LaneEngine, T> action) {
    List<CompletableFuture<T>> parts = new ArrayList<>();
    for (LaneEngine lane : lanes) {
      CompletableFuture<T> part = new CompletableFuture<>();
      parts.add(part);
      lane.lane()
          .execute(
              () -> {
                try {
                  part.complete(action.apply(lane));
                } catch (Throwable t) {
                  part.completeExceptionally(t);
                }
              });
    }
    return whenAll(parts)
        .thenApply(done -> parts.stream().map(CompletableFuture::resultNow).toList());
  }

  /** Has each lane begin something; completes when it has ended on all of them. */
  CompletableFuture<Void> untilEach(Function<LaneEngine, CompletableFuture<Void>> action) {
    return onEach(action).thenCompose(Lanes::whenAll);
  }

  private static CompletableFuture<Void> whenAll(List<? extends CompletableFuture<?>> parts) {
    return CompletableFuture.allOf(parts.toArray(new CompletableFuture<?>[0]));
  }

  /** Writes the memtables of a table to files; null for all tables. */
  CompletableFuture<Void> flush(UUID tableId) {
    return untilEach(
        lane ->
            whenAll(
                lane.tables().stream()
                    .filter(table -> tableId == null || table.options().id().equals(tableId))
                    .map(lane::flush)
                    .toList()));
  }

  /** The commit log has become long, and this table holds up its shortening. */
  void flushFor(LogTable logTable) {
    LaneEngine owner = lanes[logTable.lane()];
    Lane lane = owner.lane();
    lane.execute(
        () -> {
          LaneTable part = owner.table(logTable.id());
          if (part != null) {
            owner.beginFlush(part);
          }
        });
  }
}
