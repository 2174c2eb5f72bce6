package io.ilion.storage.engine;

import io.ilion.storage.compaction.CompactionPlan;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Who waits for all files of a table on a lane to be compacted, and how far that is. */
final class MajorCompactions {
  private final ArrayDeque<CompletableFuture<Void>> waiting = new ArrayDeque<>();
  private final ArrayDeque<CompactionPlan> plans = new ArrayDeque<>();
  private boolean planned;
  private boolean incomplete;
  private int plannedFiles;
  private int running;
  private Throwable failure;

  /** Somebody wants all files compacted. */
  CompletableFuture<Void> add() {
    CompletableFuture<Void> done = new CompletableFuture<>();
    waiting.add(done);
    return done;
  }

  boolean isWaiting() {
    return !waiting.isEmpty();
  }

  boolean isPlanned() {
    return planned;
  }

  /**
   * What has to be done for the first that waits; again if only some of the files were taken,
   * unless that has not made them fewer, since then nothing ever would.
   */
  void plan(List<CompactionPlan> all) {
    int files = all.stream().mapToInt(plan -> plan.sources().size()).sum();
    if (!incomplete || files < plannedFiles) {
      plans.addAll(all);
    }
    plannedFiles = files;
    planned = true;
    incomplete = false;
    failure = null;
    endIfDone();
  }

  /** The next part, or null if all have begun. */
  CompactionPlan next() {
    CompactionPlan plan = plans.poll();
    running += plan == null ? 0 : 1;
    return plan;
  }

  /** A part ended, with a reason if it failed; maybe only some of its files were taken. */
  void ended(Throwable cause, boolean narrowed) {
    if (running > 0) {
      running--;
      incomplete |= narrowed;
      failure = failure == null ? cause : failure;
      endIfDone();
    }
  }

  private void endIfDone() {
    if (!plans.isEmpty() || running > 0) {
      return;
    }
    planned = false;
    if (failure != null) {
      incomplete = false;
      waiting.poll().completeExceptionally(failure);
    } else if (!incomplete) {
      waiting.poll().complete(null);
    }
  }

  /** Files that parts wait for are not whole any more: what is left to do is planned anew. */
  void replan() {
    if (!plans.isEmpty()) {
      plans.clear();
      incomplete = true;
      plannedFiles = Integer.MAX_VALUE;
      planned = running > 0;
    }
  }

  /** The table's data has gone: whoever waits has what they wanted. */
  void clear() {
    plans.clear();
    planned = false;
    incomplete = false;
    running = 0;
    waiting.forEach(done -> done.complete(null));
    waiting.clear();
  }
}
