package io.ilion.bench.load.generate;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Texts of small letters and the digits from 1 to 6 that follow from a number: twelve characters,
 * of 5 bits each, from each state of the sequence that begins with it. They are made and compared
 * eight at a time, since a load of large values does little else.
 */
final class Letters {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INTS =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final int GROUP = 12;
  private static final int LONG_BITS = 40;

  private Letters() {}

  /** Fills an array from one place to below another. */
  static void fill(byte[] into, int from, int to, long number) {
    long state = number;
    int at = from;
    for (; to - at >= GROUP; at += GROUP) {
      LONGS.set(into, at, eight(state));
      INTS.set(into, at + Long.BYTES, (int) eight(state >>> LONG_BITS));
      state = Hash.mix(state + 1);
    }
    long bits = state;
    for (; at < to; at++) {
      into[at] = one(bits);
      bits >>>= 5;
    }
  }

  /** Whether an array has, from one place to below another, what {@link #fill} would put there. */
  static boolean matches(byte[] text, int from, int to, long number) {
    long state = number;
    int at = from;
    for (; to - at >= GROUP; at += GROUP) {
      if ((long) LONGS.get(text, at) != eight(state)
          || (int) INTS.get(text, at + Long.BYTES) != (int) eight(state >>> LONG_BITS)) {
        return false;
      }
      state = Hash.mix(state + 1);
    }
    long bits = state;
    for (; at < to; at++) {
      if (text[at] != one(bits)) {
        return false;
      }
      bits >>>= 5;
    }
    return true;
  }

  private static byte one(long bits) {
    return (byte) eight(bits);
  }

  /** The characters of the lowest 40 bits, the first one in the lowest byte. */
  private static long eight(long bits) {
    // Into halves three times, until each 5 bits have a byte of their own.
    long x = bits & 0xff_ffff_ffffL;
    x = x & 0xf_ffffL | (x & 0xff_fff0_0000L) << 12;
    x = x & 0x0000_03ff_0000_03ffL | (x & 0x000f_fc00_000f_fc00L) << 6;
    x = x & 0x001f_001f_001f_001fL | (x & 0x03e0_03e0_03e0_03e0L) << 3;
    // 26 and above are digits: adding 102 carries those into the highest bit of their byte.
    long digits = (x + 0x6666_6666_6666_6666L & 0x8080_8080_8080_8080L) >>> 7;
    return x + 0x6161_6161_6161_6161L - digits * ('a' + 26 - '1');
  }
}
