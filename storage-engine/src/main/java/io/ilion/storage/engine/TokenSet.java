package io.ilion.storage.engine;

import io.ilion.model.ring.TokenRange;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/** Some tokens, as intervals that neither touch nor overlap, in their order. Immutable. */
final class TokenSet {
  private final long[] firsts;
  private final long[] lasts;

  private TokenSet(long[] firsts, long[] lasts) {
    this.firsts = firsts;
    this.lasts = lasts;
  }

  /** The tokens of some ranges. */
  static TokenSet of(Collection<TokenRange> ranges) {
    List<long[]> intervals = new ArrayList<>();
    for (TokenRange range : ranges) {
      if (!range.wraps()) {
        intervals.add(new long[] {range.start() + 1, range.end()});
        continue;
      }
      intervals.add(new long[] {Long.MIN_VALUE, range.end()});
      if (range.start() < Long.MAX_VALUE) {
        intervals.add(new long[] {range.start() + 1, Long.MAX_VALUE});
      }
    }
    intervals.sort(Comparator.comparingLong(interval -> interval[0]));
    List<long[]> merged = new ArrayList<>();
    for (long[] next : intervals) {
      long[] last = merged.isEmpty() ? null : merged.getLast();
      if (last != null && (last[1] == Long.MAX_VALUE || next[0] <= last[1] + 1)) {
        last[1] = Math.max(last[1], next[1]);
      } else {
        merged.add(next);
      }
    }
    return new TokenSet(
        merged.stream().mapToLong(interval -> interval[0]).toArray(),
        merged.stream().mapToLong(interval -> interval[1]).toArray());
  }

  /** The tokens of as many intervals, by their first and last tokens, in their order. */
  static TokenSet ofIntervals(long[] firsts, long[] lasts) {
    return new TokenSet(firsts.clone(), lasts.clone());
  }

  int intervals() {
    return firsts.length;
  }

  long first(int interval) {
    return firsts[interval];
  }

  long last(int interval) {
    return lasts[interval];
  }

  boolean contains(long token) {
    int found = Arrays.binarySearch(firsts, token);
    int interval = found >= 0 ? found : -found - 2;
    return interval >= 0 && token <= lasts[interval];
  }

  /** Whether any token from a first to a last one is in the set. */
  boolean meets(long first, long last) {
    int found = Arrays.binarySearch(firsts, last);
    int interval = found >= 0 ? found : -found - 2;
    return interval >= 0 && lasts[interval] >= first;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TokenSet set
        && Arrays.equals(firsts, set.firsts)
        && Arrays.equals(lasts, set.lasts);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(firsts) + Arrays.hashCode(lasts);
  }
}
