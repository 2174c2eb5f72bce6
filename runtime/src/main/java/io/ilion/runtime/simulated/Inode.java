package io.ilion.runtime.simulated;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The content of a file, and what of it would survive a power failure. */
final class Inode {
  static final int SECTOR = 512;

  final long id;
  byte[] bytes = new byte[SECTOR];
  int size;

  /** Where the next bytes go: the size, unless the file is written anew. */
  int appended;

  /** So much of what was appended would survive. */
  int synced;

  int links;

  /** Ranges of which a failed sync said that they are written, though they are not. */
  private final List<int[]> doubtful = new ArrayList<>();

  /** What was in the file before it was written anew; empty otherwise. */
  private byte[] before = new byte[0];

  Inode(long id) {
    this.id = id;
  }

  /** The file is written anew, from its front. */
  void reuse() {
    if (!doubtful.isEmpty() || synced < appended) {
      throw new IllegalStateException("a file that is reused has to be synced");
    }
    before = Arrays.copyOf(bytes, size);
    appended = 0;
    synced = 0;
  }

  void append(ByteBuffer source, int count) {
    ensure(appended + count);
    source.get(bytes, appended, count);
    appended += count;
    size = Math.max(size, appended);
  }

  private void ensure(int capacity) {
    if (capacity > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(capacity, bytes.length * 2));
    }
  }

  /** As Linux does it: after a failure the pages count as clean, written or not. */
  void syncFailed() {
    if (appended > synced) {
      doubtful.add(new int[] {synced, appended});
      synced = appended;
    }
  }

  void syncSucceeded() {
    synced = appended;
  }

  /**
   * The power fails: of what was not synced nothing survives, or all, or the beginning, or any
   * sectors in any state.
   *
   * @param stale what a sector that was never written may hold: the content of a deleted file, or
   *     null
   */
  void powerFailed(SimulatedRandom random, byte[] stale) {
    for (int[] range : doubtful) {
      damage(random, stale, range[0], range[1]);
    }
    doubtful.clear();
    int unsynced = appended - synced;
    if (unsynced > 0) {
      switch (random.below(4)) {
        case 0 -> lose(synced);
        case 1 -> lose(synced + random.below(unsynced + 1));
        case 2 -> {
          lose(synced + random.below(unsynced + 1));
          damage(random, stale, synced, appended);
        }
        default -> {
          if (random.chance(0.5)) {
            damage(random, stale, synced, appended);
          }
        }
      }
    }
    before = new byte[0];
    appended = size;
    synced = size;
  }

  /** What was appended from here on never reached the disk. */
  private void lose(int from) {
    int kept = Math.min(before.length, appended);
    if (from < kept) {
      System.arraycopy(before, from, bytes, from, kept - from);
    }
    appended = from;
    size = Math.max(before.length, from);
  }

  /** Leaves each sector of a range as it is, or empty, or torn, or with what was there before. */
  private void damage(SimulatedRandom random, byte[] stale, int from, int to) {
    int at = from;
    while (at < to) {
      int end = Math.min(to, (at / SECTOR + 1) * SECTOR);
      int torn = random.oneIn(4) ? at + random.below(end - at + 1) : at;
      switch (random.below(8)) {
        case 0, 1 -> Arrays.fill(bytes, torn, end, (byte) 0);
        case 2 -> {
          for (int i = torn; i < end; i++) {
            bytes[i] =
                i < before.length
                    ? before[i]
                    : stale != null && i < stale.length ? stale[i] : (byte) random.bits();
          }
        }
        default -> {}
      }
      at = end;
    }
  }
}
