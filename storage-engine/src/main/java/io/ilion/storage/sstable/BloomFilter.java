package io.ilion.storage.sstable;

/**
 * Says of a partition that a file surely does not have it. Tokens are hashes of keys already, so
 * that the probes are drawn from the token by double hashing.
 */
final class BloomFilter {
  private final long[] words;
  private final int probes;

  BloomFilter(long[] words, int probes) {
    this.words = words;
    this.probes = probes;
  }

  /** An empty filter for a number of partitions; of one word if the chance is 1. */
  static BloomFilter create(long partitions, double falsePositiveChance) {
    double chance = Math.max(1e-6, Math.min(1, falsePositiveChance));
    double bitsEach = -Math.log(chance) / (Math.log(2) * Math.log(2));
    long bits = (long) Math.min(Integer.MAX_VALUE * 32.0, Math.ceil(partitions * bitsEach));
    int probes = (int) Math.round(bitsEach * Math.log(2));
    return new BloomFilter(new long[(int) Math.max(1, (bits + 63) / 64)], probes);
  }

  long[] words() {
    return words;
  }

  int probes() {
    return probes;
  }

  private static long mix(long x) {
    long h = (x ^ (x >>> 32)) * 0x9e37_79b9_7f4a_7c15L;
    h = (h ^ (h >>> 29)) * 0xbf58_476d_1ce4_e5b9L;
    return h ^ (h >>> 32);
  }

  void add(long token) {
    long hash = mix(token);
    long step = mix(hash) | 1;
    for (int i = 0; i < probes; i++) {
      long bit = Math.unsignedMultiplyHigh(hash, (long) words.length << 6);
      words[(int) (bit >>> 6)] |= 1L << bit;
      hash += step;
    }
  }

  boolean mayContain(long token) {
    long hash = mix(token);
    long step = mix(hash) | 1;
    for (int i = 0; i < probes; i++) {
      long bit = Math.unsignedMultiplyHigh(hash, (long) words.length << 6);
      if ((words[(int) (bit >>> 6)] & (1L << bit)) == 0) {
        return false;
      }
      hash += step;
    }
    return true;
  }
}
