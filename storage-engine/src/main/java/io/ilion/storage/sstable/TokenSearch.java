package io.ilion.storage.sstable;

import java.util.function.IntPredicate;

/**
 * Searches in the order of tokens. These are spread evenly, so a guess by proportion is a few
 * entries off, where halving has a miss of the processor's cache at most steps. Where they are not
 * (a partition of many blocks), it takes twice the steps of halving at most.
 */
final class TokenSearch {
  private TokenSearch() {}

  /** How far a token lies between two others, from 0 to 1. */
  static double fraction(long token, long low, long high) {
    return token <= low ? 0 : token >= high ? 1 : ((double) token - low) / ((double) high - low);
  }

  /**
   * The number of entries before the one that is sought.
   *
   * @param near by how many entries the guess is mostly off
   * @param isBefore holds for the first entries, and for none behind
   */
  static int count(int entries, double fraction, int near, IntPredicate isBefore) {
    int low = 0;
    int high = entries;
    int at = Math.min((int) (fraction * entries), entries - 1);
    if (entries > 0 && isBefore.test(at)) {
      low = at + 1;
      for (int step = near; low < high && (at += step) < high; step *= 2) {
        if (!isBefore.test(at)) {
          high = at;
        } else {
          low = at + 1;
        }
      }
    } else if (entries > 0) {
      high = at;
      for (int step = near; low < high && (at -= step) >= low; step *= 2) {
        if (isBefore.test(at)) {
          low = at + 1;
        } else {
          high = at;
        }
      }
    }
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (isBefore.test(middle)) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
