package io.ilion.storage.sstable;

import java.io.UncheckedIOException;

/**
 * Some neighbouring blocks of a file, as they are stored, for a cursor that goes from one block to
 * the next: read at once, since a read costs as much as what is read, and from a disk much more. It
 * begins with few blocks and doubles, so that not much is read in vain. It has a buffer only while
 * the cache has one to give.
 */
final class ReadAhead {
  /** The most that is read at once. */
  static final int MOST_BYTES = 64 << 10;

  private static final int FIRST_BYTES = 16 << 10;

  private final SSTable table;
  private final BlockCache cache;
  private final boolean background;
  private byte[] buffer;
  private long from;
  private int length;
  private int limit = FIRST_BYTES;
  private boolean upwards = true;

  ReadAhead(SSTable table, BlockCache cache, boolean background) {
    this.table = table;
    this.cache = cache;
    this.background = background;
  }

  /** In which direction of the file the cursor goes. */
  void setUpwards(boolean isUpwards) {
    upwards = isUpwards;
  }

  byte[] bytes() {
    return buffer;
  }

  /** Where in the bytes a place of the file is. */
  int at(long offset) {
    return (int) (offset - from);
  }

  /**
   * Has a block and maybe some behind it in the bytes; false if it is better read alone.
   *
   * @param atOnce whether only what is in memory may be read
   */
  boolean cover(Block page, int number, boolean atOnce) {
    long start = IndexPage.offset(page.bytes, number);
    long end = start + IndexPage.storedLength(page.bytes, number);
    if (buffer != null && start >= from && end <= from + length) {
      return true;
    }
    if (end - start > limit / 2) {
      return false;
    }
    if (upwards) {
      for (int next = number + 1; isAbsent(page, next); next++) {
        long nextEnd = IndexPage.offset(page.bytes, next) + storedLength(page, next);
        if (nextEnd - start > limit) {
          break;
        }
        end = nextEnd;
      }
    } else {
      for (int next = number - 1; isAbsent(page, next); next--) {
        long nextStart = IndexPage.offset(page.bytes, next);
        if (end - nextStart > limit) {
          break;
        }
        start = nextStart;
      }
    }
    return fill(start, (int) (end - start), atOnce);
  }

  private static int storedLength(Block page, int number) {
    return IndexPage.storedLength(page.bytes, number);
  }

  /** Whether there is such a block, and it is not in memory. */
  private static boolean isAbsent(Block page, int number) {
    return number >= 0 && number < page.children().length() && page.children().get(number) == null;
  }

  private boolean fill(long start, int count, boolean atOnce) {
    if (buffer == null) {
      buffer = cache.takeAhead(background);
      if (buffer == null) {
        return false;
      }
    }
    length = 0;
    try {
      if (!table.fill(start, buffer, count, atOnce)) {
        return false;
      }
    } catch (UncheckedIOException e) {
      // Perhaps only what nobody asked for cannot be read.
      return false;
    }
    from = start;
    length = count;
    limit = Math.min(limit * 2, MOST_BYTES);
    return true;
  }

  /** Gives the buffer back. */
  void release() {
    if (buffer != null) {
      cache.recycleAhead(buffer);
      buffer = null;
      length = 0;
    }
  }
}
