package io.ilion.storage.sstable;

import static io.ilion.model.data.Bytes.getInt;
import static io.ilion.model.data.Bytes.getLong;

import java.util.Arrays;

/** Reads an index page in place; the format stands at {@link SSTableWriter}. */
final class IndexPage {
  static final int HEADER_BYTES = 12;
  static final int ENTRY_BYTES = 48;
  static final int GOES_ON = 1;
  private static final int NEAR_BLOCKS = 4;

  private IndexPage() {}

  private static int entry(byte[] page, int block) {
    return HEADER_BYTES + getInt(page, 4) * 8 + block * ENTRY_BYTES;
  }

  /** Whether the head of a partition with this token may be in one of the blocks. */
  static boolean mayContain(byte[] page, long token) {
    return BloomFilter.mayContain(page, HEADER_BYTES, getInt(page, 4), getInt(page, 8), token);
  }

  /**
   * The last block that begins at or before a place; the first if all begin behind.
   *
   * @param endToken what the next page begins with
   */
  static int blockOf(byte[] page, Place place, long endToken) {
    double fraction = TokenSearch.fraction(place.token(), token(page, 0), endToken);
    int before =
        TokenSearch.count(
            getInt(page, 0), fraction, NEAR_BLOCKS, block -> isReached(page, block, place));
    return Math.max(0, before - 1);
  }

  private static boolean isReached(byte[] page, int block, Place place) {
    int at = entry(page, block);
    return place.isReachedBy(
        getLong(page, at),
        page,
        getInt(page, at + 8),
        getInt(page, at + 12),
        page,
        getInt(page, at + 16),
        getInt(page, at + 20));
  }

  /** The token of the partition whose head a block begins with, or that goes on in it. */
  static long token(byte[] page, int block) {
    return getLong(page, entry(page, block));
  }

  /** Compares the position where a block begins, which has to have one, with a bound. */
  static int comparePosition(byte[] page, int block, byte[] bound) {
    int at = entry(page, block);
    int from = getInt(page, at + 16);
    return Arrays.compareUnsigned(page, from, from + getInt(page, at + 20), bound, 0, bound.length);
  }

  /** Where the block stands in the file. */
  static long offset(byte[] page, int block) {
    return getLong(page, entry(page, block) + 24);
  }

  static int storedLength(byte[] page, int block) {
    return getInt(page, entry(page, block) + 32);
  }

  static int rawLength(byte[] page, int block) {
    return getInt(page, entry(page, block) + 36);
  }

  static int crc(byte[] page, int block) {
    return getInt(page, entry(page, block) + 40);
  }

  /** Whether the partition at the end of the block goes on in the next one. */
  static boolean goesOn(byte[] page, int block) {
    return (getInt(page, entry(page, block) + 44) & GOES_ON) != 0;
  }
}
