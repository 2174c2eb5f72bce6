package io.ilion.bench.load.generate;

/**
 * A permutation of the numbers from 0 to below a count: a Feistel network over the next power of
 * four, walked until the number is below the count (Black and Rogaway, "Ciphers with arbitrary
 * finite domains", 2002).
 */
final class Permutation {
  private static final int ROUNDS = 4;

  private final long count;
  private final int halfBits;
  private final long halfMask;

  Permutation(long count) {
    this.count = count;
    int bits = Math.max(2, Long.SIZE - Long.numberOfLeadingZeros(count - 1));
    this.halfBits = (bits + 1) / 2;
    this.halfMask = (1L << halfBits) - 1;
  }

  /** Where a number goes; numbers outside are taken modulo the count. */
  long of(long number) {
    long at = Math.floorMod(number, count);
    do {
      long left = at >>> halfBits;
      long right = at & halfMask;
      for (int round = 0; round < ROUNDS; round++) {
        long next = left ^ (Hash.mix(right, round) & halfMask);
        left = right;
        right = next;
      }
      at = left << halfBits | right;
    } while (at >= count);
    return at;
  }
}
