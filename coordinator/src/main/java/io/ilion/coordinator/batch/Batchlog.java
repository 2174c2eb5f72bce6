package io.ilion.coordinator.batch;

import io.ilion.coordinator.WriteCallback;
import io.ilion.coordinator.write.TimeUuids;
import io.ilion.storage.UnknownTableException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The protocol that makes a batch atomic: all its updates are kept in one entry, then applied, then
 * the entry is removed. Whatever happens in between, an entry that is there is applied again, which
 * changes nothing the second time, since the timestamps of its updates are fixed.
 *
 * <pre>
 * STORING   -- kept -->     APPLYING    -- failed -->  the batch failed; it may have been kept
 * APPLYING  -- applied -->  REMOVING    -- failed -->  the batch failed; a replay completes it
 * REMOVING  -- removed -->  over        (the client has been answered already)
 * </pre>
 *
 * Safe to call from any lane. What it holds in memory is bounded by the batches under way.
 */
public final class Batchlog {
  private static final Logger LOGGER = LoggerFactory.getLogger(Batchlog.class);

  private final BatchStore store;
  private final Applier applier;
  private final Supplier<UUID> ids;
  private final Completion completion;
  private final Map<UUID, CompletableFuture<Void>> running = new ConcurrentHashMap<>();
  private final AtomicInteger leftBehind = new AtomicInteger();
  private final AtomicReference<Replay> replaying = new AtomicReference<>();

  /** Applies one update durably. */
  @FunctionalInterface
  public interface Applier {
    /** Called from any lane; so may the callback be. */
    void apply(byte[] update, WriteCallback callback);
  }

  /** Completes batches that were left behind. */
  public interface Completion {
    /** Told whether a batch would outlive this node. */
    interface Shared {
      /**
       * Somebody else has the batch, or nobody has to, unless there is a failure.
       *
       * @param completed to be run when all of it is applied
       */
      void shared(Runnable completed, Throwable failure);
    }

    /** Whether nobody else is at work on a batch any more. */
    boolean isDue(BatchStore.Entry entry);

    /** Has somebody else keep a batch too, before anything of it is applied. */
    default void share(BatchStore.Entry entry, Shared callback) {
      callback.shared(() -> {}, null);
    }

    /** Applies one of its updates durably. Called from any lane; so may the callback be. */
    void apply(BatchStore.Entry entry, byte[] update, WriteCallback callback);
  }

  /**
   * A batchlog over a store.
   *
   * @param ids gives timeuuids of the present that were never used
   */
  public Batchlog(BatchStore store, Applier applier, Supplier<UUID> ids) {
    this(
        store,
        applier,
        ids,
        new Completion() {
          @Override
          public boolean isDue(BatchStore.Entry entry) {
            return true;
          }

          @Override
          public void apply(BatchStore.Entry entry, byte[] update, WriteCallback callback) {
            applier.apply(update, callback);
          }
        });
  }

  /**
   * A batchlog over a store that may also have batches of other nodes.
   *
   * @param completion of those, and of those that were left behind
   */
  public Batchlog(BatchStore store, Applier applier, Supplier<UUID> ids, Completion completion) {
    this.store = store;
    this.applier = applier;
    this.ids = ids;
    this.completion = completion;
  }

  /** A batch of another node was kept in the store; a replay will have to look at it. */
  public void holds() {
    leftBehind.incrementAndGet();
  }

  /**
   * Writes a batch: wholly, or, if it fails, wholly later or not at all.
   *
   * @param kept run when it will be written whatever happens
   */
  public void write(List<byte[]> updates, Runnable kept, WriteCallback callback) {
    write(updates, kept, applier, callback);
  }

  /** As above, with an applier of its own; what that throws counts as a failure. */
  public void write(
      List<byte[]> updates, Runnable kept, Applier ownApplier, WriteCallback callback) {
    new Run(new BatchStore.Entry(ids.get(), updates), kept, ownApplier, callback).start();
  }

  /**
   * Completes the batches that were left behind: all that have an entry, but for those under way.
   * One that cannot be completed does not hold the others up.
   *
   * @return the number of completed batches; those of the replay that runs already, if one does
   */
  public CompletableFuture<Integer> replay() {
    return replay(false);
  }

  private CompletableFuture<Integer> replay(boolean all) {
    Replay replay = new Replay(all);
    Replay other = replaying.compareAndExchange(null, replay);
    if (other != null) {
      // One that looks at all is behind one that does not.
      return all && !other.all
          ? other.done.handle((count, failure) -> count).thenCompose(over -> replay(true))
          : other.done;
    }
    leftBehind.set(0);
    replay.next(null);
    return replay.done;
  }

  /** Whether batches are known to be left behind since the last replay. */
  public boolean hasLeftBehind() {
    return leftBehind.get() > 0;
  }

  /**
   * Waits for the batches that have begun, and completes those that were left behind, and those of
   * other nodes that are under way: what comes after is not undone by a later replay.
   */
  public CompletableFuture<Void> settle() {
    List<CompletableFuture<?>> before = new ArrayList<>(running.values());
    Replay replay = replaying.get();
    if (replay != null) {
      before.add(replay.done);
    }
    return CompletableFuture.allOf(before.toArray(new CompletableFuture<?>[0]))
        .thenCompose(
            over ->
                hasLeftBehind()
                    ? replay(true).thenApply(count -> null)
                    : CompletableFuture.completedFuture(null));
  }

  /**
   * When the oldest batch that has an entry here began, in milliseconds; Long.MAX_VALUE if there is
   * none.
   */
  public CompletableFuture<Long> oldestMillis() {
    CompletableFuture<Long> done = new CompletableFuture<>();
    oldest(null, Long.MAX_VALUE, done);
    return done;
  }

  private void oldest(UUID after, long found, CompletableFuture<Long> done) {
    store.list(
        after,
        (entries, failure) -> {
          if (failure != null) {
            done.completeExceptionally(failure);
          } else if (entries.isEmpty()) {
            done.complete(found);
          } else {
            long oldest = found;
            for (BatchStore.Entry entry : entries) {
              oldest = Math.min(oldest, TimeUuids.millis(entry.id()));
            }
            oldest(entries.getLast().id(), oldest, done);
          }
        });
  }

  private enum State {
    STORING,
    APPLYING,
    REMOVING,
    OVER
  }

  /** A batch under way. Its steps follow one another, each on whatever lane the last one ended. */
  private final class Run {
    private final BatchStore.Entry entry;
    private final Runnable kept;
    private final Applier applier;
    private final WriteCallback callback;
    private final CompletableFuture<Void> over = new CompletableFuture<>();
    private State state = State.STORING;

    Run(BatchStore.Entry entry, Runnable kept, Applier applier, WriteCallback callback) {
      this.entry = entry;
      this.kept = kept;
      this.applier = applier;
      this.callback = callback;
    }

    void start() {
      running.put(entry.id(), over);
      store.put(entry, this::advance);
    }

    private void advance(Throwable failure) {
      switch (state) {
        case STORING -> {
          if (failure == null) {
            state = State.APPLYING;
            kept.run();
            applyAll(this::advance);
          } else {
            leave(failure);
            callback.done(failure);
          }
        }
        case APPLYING -> {
          if (failure == null) {
            state = State.REMOVING;
            store.remove(entry.id(), this::advance);
          } else {
            leave(failure);
          }
          callback.done(failure);
        }
        case REMOVING -> {
          if (failure == null) {
            state = State.OVER;
            running.remove(entry.id());
            over.complete(null);
          } else {
            leave(failure);
          }
        }
        case OVER -> throw new IllegalStateException("the batch is over");
      }
    }

    private void applyAll(WriteCallback applied) {
      WriteCallback each = WriteCallback.all(entry.updates().size(), applied);
      for (byte[] update : entry.updates()) {
        try {
          applier.apply(update, each);
        } catch (RuntimeException e) {
          each.done(e);
        }
      }
    }

    private void leave(Throwable failure) {
      LOGGER.warn("batch {} is left for a replay: {}", entry.id(), failure.toString());
      state = State.OVER;
      leftBehind.incrementAndGet();
      running.remove(entry.id());
      over.complete(null);
    }
  }

  /** One walk through the store. */
  private final class Replay {
    private final CompletableFuture<Integer> done = new CompletableFuture<>();
    private final boolean all;
    private int completed;
    private Throwable firstFailure;

    Replay(boolean all) {
      this.all = all;
    }

    private void next(UUID after) {
      store.list(
          after,
          (entries, failure) -> {
            if (failure != null) {
              leave(failure);
              end();
            } else if (entries.isEmpty()) {
              end();
            } else {
              one(entries, 0);
            }
          });
    }

    private void one(List<BatchStore.Entry> entries, int at) {
      if (at == entries.size()) {
        next(entries.get(at - 1).id());
        return;
      }
      BatchStore.Entry entry = entries.get(at);
      if (running.containsKey(entry.id())) {
        one(entries, at + 1);
        return;
      }
      boolean due;
      try {
        due = all || completion.isDue(entry);
      } catch (RuntimeException e) {
        // Who waits for the end of this replay, and so every later one, would wait for ever.
        leave(e);
        one(entries, at + 1);
        return;
      }
      if (!due) {
        leftBehind.incrementAndGet();
        one(entries, at + 1);
        return;
      }
      completion.share(
          entry,
          (complete, unshared) -> {
            if (unshared != null) {
              leave(unshared);
              one(entries, at + 1);
              return;
            }
            complete(
                entry,
                failure -> {
                  if (failure == null) {
                    completed++;
                    complete.run();
                  } else {
                    leave(failure);
                  }
                  one(entries, at + 1);
                });
          });
    }

    /** Applies all of an entry, and removes it. */
    private void complete(BatchStore.Entry entry, WriteCallback callback) {
      applyAllThatExists(
          entry,
          failure -> {
            if (failure == null) {
              store.remove(entry.id(), callback);
            } else {
              callback.done(failure);
            }
          });
    }

    private void applyAllThatExists(BatchStore.Entry entry, WriteCallback callback) {
      WriteCallback each = WriteCallback.all(entry.updates().size(), callback);
      for (byte[] update : entry.updates()) {
        // A table that was dropped since has nothing to be completed.
        completion.apply(
            entry,
            update,
            failure -> each.done(failure instanceof UnknownTableException ? null : failure));
      }
    }

    private void leave(Throwable failure) {
      leftBehind.incrementAndGet();
      firstFailure = firstFailure == null ? failure : firstFailure;
    }

    private void end() {
      replaying.set(null);
      if (firstFailure == null) {
        done.complete(completed);
      } else {
        done.completeExceptionally(firstFailure);
      }
    }
  }
}
