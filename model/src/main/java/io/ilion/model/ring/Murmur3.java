package io.ilion.model.ring;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The token of a partition key: the first half of MurmurHash3 x64 128 (Austin Appleby) with seed 0,
 * in Cassandra's variant, whose tail (the last length modulo 16 bytes) takes bytes as signed. The
 * smallest long is not a token; it stands for the largest.
 */
public final class Murmur3 {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long C1 = 0x87c37b91114253d5L;
  private static final long C2 = 0x4cf5ad432745937fL;

  private Murmur3() {}

  /** The token of a key. The empty key has the smallest token of all, as in Cassandra. */
  public static long token(byte[] key) {
    return token(key, 0, key.length);
  }

  /** The token of a key that is a part of an array. */
  public static long token(byte[] array, int offset, int length) {
    if (length == 0) {
      return Long.MIN_VALUE;
    }
    long h1 = 0;
    long h2 = 0;
    int blocks = length >> 4;
    for (int i = 0; i < blocks; i++) {
      long k1 = (long) LONG.get(array, offset + i * 16);
      long k2 = (long) LONG.get(array, offset + i * 16 + 8);
      h1 ^= mix1(k1);
      h1 = Long.rotateLeft(h1, 27) + h2;
      h1 = h1 * 5 + 0x52dce729;
      h2 ^= mix2(k2);
      h2 = Long.rotateLeft(h2, 31) + h1;
      h2 = h2 * 5 + 0x38495ab5;
    }
    int tail = offset + blocks * 16;
    int rest = length & 15;
    if (rest > 8) {
      long k2 = 0;
      for (int i = rest - 1; i >= 8; i--) {
        k2 ^= (long) array[tail + i] << (8 * (i - 8));
      }
      h2 ^= mix2(k2);
    }
    if (rest > 0) {
      long k1 = 0;
      for (int i = Math.min(rest, 8) - 1; i >= 0; i--) {
        k1 ^= (long) array[tail + i] << (8 * i);
      }
      h1 ^= mix1(k1);
    }
    h1 ^= length;
    h2 ^= length;
    h1 += h2;
    h2 += h1;
    h1 = finish(h1) + finish(h2);
    return h1 == Long.MIN_VALUE ? Long.MAX_VALUE : h1;
  }

  private static long mix1(long k) {
    return Long.rotateLeft(k * C1, 31) * C2;
  }

  private static long mix2(long k) {
    return Long.rotateLeft(k * C2, 33) * C1;
  }

  private static long finish(long h) {
    long k = h;
    k ^= k >>> 33;
    k *= 0xff51afd7ed558ccdL;
    k ^= k >>> 33;
    k *= 0xc4ceb9fe1a85ec53L;
    return k ^ (k >>> 33);
  }
}
