package io.ilion.bench.load.generate;

import java.util.concurrent.atomic.AtomicLong;

/**
 * The records that there are: those that were written before the run, and those that a process made
 * since. Of several processes each makes its own numbers, and knows of the new ones only those.
 */
public final class Records {
  private final long first;
  private final int part;
  private final int parts;
  private final AtomicLong made = new AtomicLong();

  /**
   * Records from 0 to below {@code first}, and those to come.
   *
   * @param part which of the processes this is, from 0
   * @param parts how many there are
   */
  public Records(long first, int part, int parts) {
    this.first = first;
    this.part = part;
    this.parts = parts;
  }

  /** The number of a new record. */
  long next() {
    return number(made.getAndIncrement());
  }

  private long number(long index) {
    return first + index * parts + part;
  }

  /** How many there are, as far as this process knows. */
  long count() {
    return first + made.get();
  }

  /** The newest for rank 0, the one before it for 1, and so on; the oldest beyond that. */
  long newest(long rank) {
    long index = made.get() - 1 - rank;
    return index >= 0 ? number(index) : Math.max(0, first + index);
  }
}
