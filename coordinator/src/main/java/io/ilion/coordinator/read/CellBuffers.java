package io.ilion.coordinator.read;

import java.util.ArrayDeque;

/** The buffers that one lane collects answers in, used again and again. Of that lane alone. */
final class CellBuffers {
  private static final int FIRST_BYTES = 1024;
  private static final int KEPT = 64;
  private static final int LARGEST_KEPT = 256 << 10;

  private final ArrayDeque<byte[]> free = new ArrayDeque<>();

  byte[] take() {
    byte[] buffer = free.pollLast();
    return buffer != null ? buffer : new byte[FIRST_BYTES];
  }

  void giveBack(byte[] buffer) {
    if (free.size() < KEPT && buffer.length <= LARGEST_KEPT) {
      free.addLast(buffer);
    }
  }
}
