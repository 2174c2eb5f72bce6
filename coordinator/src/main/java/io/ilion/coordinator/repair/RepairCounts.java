package io.ilion.coordinator.repair;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** What this node did in repairs since it was started. Any thread may count and look. */
public final class RepairCounts {
  private final AtomicInteger running = new AtomicInteger();
  private final LongAdder done = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private final LongAdder cancelled = new LongAdder();
  private final LongAdder postponed = new LongAdder();
  private final LongAdder compared = new LongAdder();
  private final LongAdder differing = new LongAdder();
  private final LongAdder fetchedBytes = new LongAdder();

  void begun() {
    running.incrementAndGet();
  }

  void ended(RepairRun run, Throwable failure) {
    running.decrementAndGet();
    if (failure == null) {
      done.increment();
    } else if (run.isCancelled()) {
      cancelled.increment();
    } else if (failure instanceof Repairs.RepairException reason && reason.isBusy()) {
      postponed.increment();
    } else {
      failed.increment();
    }
  }

  void compared(int differingParts) {
    compared.increment();
    differing.add(differingParts);
  }

  void fetched(long bytes) {
    fetchedBytes.add(bytes);
  }

  /** How many repairs that this node began are not over. */
  public int running() {
    return running.get();
  }

  /** How many of its repairs came to their end. */
  public long done() {
    return done.sum();
  }

  /** How many failed. */
  public long failed() {
    return failed.sum();
  }

  /** How many an operator ended. */
  public long cancelled() {
    return cancelled.sum();
  }

  /** How many did not begin, since a replica took part in another one. */
  public long postponed() {
    return postponed.sum();
  }

  /** How many ranges were compared in the repairs that it began. */
  public long compared() {
    return compared.sum();
  }

  /** In how many parts of these a replica differed. */
  public long differing() {
    return differing.sum();
  }

  /** How many bytes this node fetched, in its own repairs and in those of others. */
  public long fetchedBytes() {
    return fetchedBytes.sum();
  }
}
