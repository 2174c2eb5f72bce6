package io.ilion.bench.load.run;

/** An array that is used again for one value after the other. For one thread at a time. */
final class Scratch {
  private byte[] bytes = new byte[0];

  /** The array, of at least this length, which may be negative. */
  byte[] of(int length) {
    if (length > bytes.length) {
      bytes = new byte[length];
    }
    return bytes;
  }
}
