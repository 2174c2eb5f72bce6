package io.ilion.storage.engine;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;

/**
 * The background pool, shared out so that no kind of work starves another and none piles up without
 * limit. The pool has a thread for each compaction and more, so reads always find one.
 *
 * <ul>
 *   <li>Reads that miss the cache: short and many; beyond a bound they are refused.
 *   <li>Flushes: a few at once. At most one of each table and lane is asked for at a time.
 *   <li>Compactions: as many as compactors; they are given only when one may begin.
 *   <li>Chores (schema, snapshots): one at a time; who asks for them waits.
 *   <li>Restores of snapshots and pieces of checks of files: one at a time, beside the chores,
 *       because one may take long.
 *   <li>Imports: pieces of what other nodes stream; a few at once, one of each import at a time.
 * </ul>
 */
final class BackgroundWork {
  private static final int READS_AT_ONCE = 64;
  private static final int READS_WAITING = 32_768;
  private static final int FLUSHES_AT_ONCE = 2;
  private static final int IMPORTS_AT_ONCE = 2;
  private static final int CHORES_WAITING = 16_384;
  private static final int RESTORES_WAITING = 64;

  private final Executor pool;
  private final BoundedExecutor reads;
  private final BoundedExecutor flushes;
  private final BoundedExecutor compactions;
  private final BoundedExecutor chores;
  private final BoundedExecutor restores;
  private final BoundedExecutor imports;

  /**
   * Shares of a pool.
   *
   * @param longWork a pool for what keeps the processor busy for long
   */
  BackgroundWork(Executor pool, Executor longWork, int compactors) {
    this.pool = pool;
    reads = new BoundedExecutor(pool, "reads from disk", READS_AT_ONCE, READS_WAITING);
    flushes = new BoundedExecutor(longWork, "flushes", FLUSHES_AT_ONCE, Integer.MAX_VALUE);
    compactions = new BoundedExecutor(longWork, "compactions", compactors, compactors);
    chores = new BoundedExecutor(pool, "changes of tables", 1, CHORES_WAITING);
    restores = new BoundedExecutor(longWork, "restores of snapshots", 1, RESTORES_WAITING);
    imports = new BoundedExecutor(longWork, "imports", IMPORTS_AT_ONCE, Integer.MAX_VALUE);
  }

  /** For files that are let go; as many as there are files. */
  Executor closing() {
    return pool;
  }

  /** One at a time, as long as each takes. */
  Executor restores() {
    return restores;
  }

  Executor imports() {
    return imports;
  }

  Executor reads() {
    return reads;
  }

  Executor flushes() {
    return flushes;
  }

  Executor compactions() {
    return compactions;
  }

  /** Does a chore when those before it are done; completes with what it returns. */
  <T> CompletableFuture<T> chore(Callable<T> work) {
    CompletableFuture<T> done = new CompletableFuture<>();
    chores.execute(
        () -> {
          try {
            done.complete(work.call());
          } catch (Throwable t) {
            done.completeExceptionally(t);
          }
        });
    return done;
  }

  /** Completes when no flush, chore, restore or piece of an import is under way. */
  CompletionStage<Void> whenIdle() {
    return CompletableFuture.allOf(
        flushes.whenIdle().toCompletableFuture(),
        chores.whenIdle().toCompletableFuture(),
        restores.whenIdle().toCompletableFuture(),
        imports.whenIdle().toCompletableFuture());
  }
}
