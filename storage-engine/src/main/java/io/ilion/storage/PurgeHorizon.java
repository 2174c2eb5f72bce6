package io.ilion.storage;

import java.util.Arrays;
import java.util.UUID;

/**
 * Until when the deletions of a table are known to be everywhere they have to be, by token. A
 * compaction leaves out what is older than gc_grace_seconds only if it is older than this too: on a
 * replica that missed a deletion what it deleted would else live again. Immutable.
 */
public final class PurgeHorizon {
  /** All deletions are everywhere: nobody else has the table. */
  public static final PurgeHorizon ALL = of(new long[0], new long[] {Long.MAX_VALUE});

  /** Nothing is known. */
  public static final PurgeHorizon NOTHING = of(new long[0], new long[] {Long.MIN_VALUE});

  private final long[] starts;
  private final long[] seconds;

  private PurgeHorizon(long[] starts, long[] seconds) {
    this.starts = starts;
    this.seconds = seconds;
  }

  /**
   * A horizon in steps.
   *
   * @param starts ascending; the first tokens of all steps but the first, which begins at the least
   *     token
   * @param seconds of each step: deletions of earlier seconds are everywhere; Long.MAX_VALUE for
   *     all, Long.MIN_VALUE for none
   */
  public static PurgeHorizon of(long[] starts, long[] seconds) {
    if (seconds.length != starts.length + 1) {
      throw new IllegalArgumentException("a horizon has one step more than starts");
    }
    return new PurgeHorizon(starts.clone(), seconds.clone());
  }

  /** Says it for each table; asked on any thread, and cheap. */
  @FunctionalInterface
  public interface Source {
    /** The horizon of now. */
    PurgeHorizon of(UUID tableId);

    /** The cells of a table that nobody needs any more; null if each is needed. */
    default NeedlessCells needless(UUID tableId) {
      return null;
    }
  }

  private int stepOf(long token) {
    int found = Arrays.binarySearch(starts, token);
    return found >= 0 ? found + 1 : -found - 1;
  }

  /** Deletions of earlier seconds are everywhere, of the partitions of a token. */
  public long before(long token) {
    return seconds.length == 1 ? seconds[0] : seconds[stepOf(token)];
  }

  /** The least of {@link #before} between two tokens, both included. */
  public long least(long first, long last) {
    int end = stepOf(last);
    long least = Long.MAX_VALUE;
    for (int i = stepOf(first); i <= end; i++) {
      least = Math.min(least, seconds[i]);
    }
    return least;
  }
}
