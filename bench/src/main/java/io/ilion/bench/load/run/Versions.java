package io.ilion.bench.load.run;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * The newest version of each record that was acknowledged to us. Versions are the writes'
 * timestamps, so that of two writes the one with the higher version stays, whatever order they
 * arrive in; a read that began after an acknowledgement must see that version or a later one.
 */
final class Versions {
  private static final long MOST_RECORDS = 100_000_000;

  private final AtomicLongArray acknowledged;
  private final AtomicLong last = new AtomicLong();

  /** For records from 0 to below a number; later ones, and those beyond a bound, are not kept. */
  Versions(long records) {
    acknowledged = new AtomicLongArray((int) Math.min(MOST_RECORDS, records));
  }

  /** A version, in microseconds, that was not given before. */
  long next() {
    long now = System.currentTimeMillis() * 1000;
    return last.updateAndGet(before -> Math.max(before + 1, now));
  }

  /** What a read that begins now must not see less than; 0 for nothing. */
  long floor(long key) {
    return key >= 0 && key < acknowledged.length() ? acknowledged.get((int) key) : 0;
  }

  /** A write was acknowledged. */
  void acknowledge(long key, long version) {
    if (key >= 0 && key < acknowledged.length()) {
      acknowledged.accumulateAndGet((int) key, version, Math::max);
    }
  }
}
