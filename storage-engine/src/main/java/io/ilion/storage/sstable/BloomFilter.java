package io.ilion.storage.sstable;

import io.ilion.model.data.Bytes;

/**
 * Says of a partition that an index page surely does not lead to it. Tokens are hashes of keys
 * already, so that the probes are drawn from the token by double hashing. A filter is big-endian
 * words in a byte array, and read in place.
 */
final class BloomFilter {
  private BloomFilter() {}

  /** Bits for each partition. */
  private static double bitsEach(double falsePositiveChance) {
    double chance = Math.max(1e-6, Math.min(1, falsePositiveChance));
    return -Math.log(chance) / (Math.log(2) * Math.log(2));
  }

  /** How many words of eight bytes serve a number of partitions; at least one. */
  static int words(int partitions, double falsePositiveChance) {
    return (int) Math.max(1, Math.ceil(partitions * bitsEach(falsePositiveChance) / 64));
  }

  /** How many bits are set for a partition; none if the chance is 1. */
  static int probes(double falsePositiveChance) {
    return (int) Math.round(bitsEach(falsePositiveChance) * Math.log(2));
  }

  private static long mix(long x) {
    long h = (x ^ (x >>> 32)) * 0x9e37_79b9_7f4a_7c15L;
    h = (h ^ (h >>> 29)) * 0xbf58_476d_1ce4_e5b9L;
    return h ^ (h >>> 32);
  }

  /** Adds a token to the filter that begins at an offset of an array. */
  static void add(byte[] array, int offset, int words, int probes, long token) {
    long hash = mix(token);
    long step = mix(hash) | 1;
    for (int i = 0; i < probes; i++) {
      long bit = Math.unsignedMultiplyHigh(hash, (long) words << 6);
      int at = offset + (int) (bit >>> 6) * 8;
      Bytes.putLong(array, at, Bytes.getLong(array, at) | 1L << bit);
      hash += step;
    }
  }

  /** Whether a token may have been added. */
  static boolean mayContain(byte[] array, int offset, int words, int probes, long token) {
    long hash = mix(token);
    long step = mix(hash) | 1;
    for (int i = 0; i < probes; i++) {
      long bit = Math.unsignedMultiplyHigh(hash, (long) words << 6);
      if ((Bytes.getLong(array, offset + (int) (bit >>> 6) * 8) & (1L << bit)) == 0) {
        return false;
      }
      hash += step;
    }
    return true;
  }
}
