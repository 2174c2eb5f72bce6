package io.ilion.coordinator.read;

import io.ilion.coordinator.replica.read.ReadProgress;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;

/**
 * A read of one partition that began before its turn. Its answer waits until it is taken, or
 * whoever takes it waits for the answer; or nobody wants it any more. Any thread.
 */
final class EarlyRead implements BiConsumer<RowCollector, Throwable> {
  /** Nobody will take it. */
  private record Dropped() {}

  private record Answer(RowCollector found, Throwable failure) {
    void giveTo(BiConsumer<RowCollector, Throwable> taker) {
      taker.accept(found, failure);
    }
  }

  /** Who takes the answer. */
  private record Taker(BiConsumer<RowCollector, Throwable> then) {}

  /** Null while it is under way and nobody waits for it. */
  private final AtomicReference<Object> state = new AtomicReference<>();

  private final ReadProgress progress;
  private final Tombstones tombstones;
  private final ResultBudget.Account account;

  /**
   * A read that is about to begin.
   *
   * @param tombstones counts those that it meets
   * @param account of its own; what it collects is counted there
   * @param profile notes what happens, or null
   */
  EarlyRead(Tombstones tombstones, ResultBudget.Account account, ReadProfile profile) {
    this.progress = profile == null ? new ReadProgress() : ReadProgress.observed(profile);
    this.tombstones = tombstones;
    this.account = account;
  }

  /** How it is to be read: as the others, but it ends when nobody wants it. */
  ReadOptions options(ReadOptions ofAll) {
    return new ReadOptions(
        ofAll.consistency(),
        ofAll.pageSize(),
        ofAll.pagingState(),
        ofAll.nowSeconds(),
        ofAll.warnings(),
        progress,
        () -> isDropped() || ofAll.abandoned().getAsBoolean(),
        ofAll.profile());
  }

  /** How far replicas are with it. */
  ReadProgress progress() {
    return progress;
  }

  Tombstones tombstones() {
    return tombstones;
  }

  ResultBudget.Account account() {
    return account;
  }

  private boolean isDropped() {
    return state.get() instanceof Dropped;
  }

  /** The answer is there. */
  @Override
  public void accept(RowCollector found, Throwable failure) {
    Answer answer = new Answer(found, failure);
    if (!state.compareAndSet(null, answer)) {
      if (state.get() instanceof Taker taker) {
        answer.giveTo(taker.then);
      } else {
        account.close();
      }
    }
  }

  /** Has the answer given to a taker, at once if it is there; once. */
  void take(BiConsumer<RowCollector, Throwable> then) {
    if (!state.compareAndSet(null, new Taker(then))) {
      ((Answer) state.get()).giveTo(then);
    }
  }

  /** Nobody will take the answer; not to be called after {@link #take}. */
  void drop() {
    if (state.getAndSet(new Dropped()) != null) {
      account.close();
    }
  }
}
