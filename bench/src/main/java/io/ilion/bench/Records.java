package io.ilion.bench;

import io.ilion.model.data.Bytes;

/**
 * The records of all benchmarks: the key and the value of each number are always the same. Keys
 * have {@value #KEY_BYTES} bytes, values {@value #VALUE_BYTES}, which LZ4 makes about half as long.
 */
final class Records {
  static final int KEY_BYTES = 16;
  static final int VALUE_BYTES = 300;

  private static final int POOL_BYTES = 1 << 20;

  /** Bytes of which each value is a part: runs of noise, each told twice. */
  private final byte[] pool = new byte[POOL_BYTES + VALUE_BYTES];

  Records() {
    long state = 42;
    for (int i = 0; i < pool.length; i++) {
      state = mix(state + i);
      pool[i] = i % 64 < 32 ? (byte) state : pool[i - 32];
    }
  }

  /** Writes the key of a number. */
  static void key(long number, byte[] key) {
    Bytes.putLong(key, 0, mix(number));
    Bytes.putLong(key, 8, mix(~number));
  }

  /** Writes the value of a number. */
  void value(long number, byte[] value) {
    System.arraycopy(pool, (int) (mix(number) & (POOL_BYTES - 1)), value, 0, VALUE_BYTES);
  }

  /** A random-looking number for each number, the finisher of SplitMix64. */
  static long mix(long number) {
    long z = number + 0x9e3779b97f4a7c15L;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
