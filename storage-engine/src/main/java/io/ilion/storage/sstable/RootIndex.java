package io.ilion.storage.sstable;

import io.ilion.model.data.CorruptDataException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;

/**
 * Where the index pages of a file begin, in the order of (token, partition key, position in the
 * partition): all of the index that stays in memory, some ten-thousandth of the file. A page whose
 * first block begins with a partition's head has no position. Pages of one partition share its key.
 */
final class RootIndex {
  /** Stands for the length of a key that is that of the page before. */
  static final int SAME_KEY = -1;

  private static final int NEAR_PAGES = 2;

  final int pages;
  final long[] tokens;
  final byte[][] keys;
  final byte[][] positions;
  final long[] offsets;
  final int[] lengths;
  final int[] crcs;

  /** How many blocks each page leads to. */
  final int[] blocks;

  private RootIndex(int pages) {
    this.pages = pages;
    tokens = new long[pages];
    keys = new byte[pages][];
    positions = new byte[pages][];
    offsets = new long[pages];
    lengths = new int[pages];
    crcs = new int[pages];
    blocks = new int[pages];
  }

  /** Reads the section of a file whose checksum was found right. */
  static RootIndex read(ByteBuffer in) {
    try {
      RootIndex root = new RootIndex(in.getInt());
      for (int i = 0; i < root.pages; i++) {
        root.tokens[i] = in.getLong();
        int key = in.getInt();
        root.keys[i] = key == SAME_KEY && i > 0 ? root.keys[i - 1] : bytes(in, key);
        int position = in.getInt();
        root.positions[i] = position < 0 ? null : bytes(in, position);
        root.offsets[i] = in.getLong();
        root.lengths[i] = in.getInt();
        root.crcs[i] = in.getInt();
        root.blocks[i] = in.getInt();
      }
      return root;
    } catch (BufferUnderflowException | NegativeArraySizeException e) {
      throw new CorruptDataException("an index says more than it holds", e);
    }
  }

  private static byte[] bytes(ByteBuffer in, int length) {
    byte[] bytes = new byte[length];
    in.get(bytes);
    return bytes;
  }

  /** The last page that begins at or before a place; 0 if all begin behind. */
  int pageOf(Place place) {
    double fraction = TokenSearch.fraction(place.token(), tokens[0], tokens[pages - 1]);
    int before = TokenSearch.count(pages, fraction, NEAR_PAGES, page -> isReached(page, place));
    return Math.max(0, before - 1);
  }

  private boolean isReached(int page, Place place) {
    byte[] key = keys[page];
    byte[] position = positions[page];
    return place.isReachedBy(
        tokens[page],
        key,
        0,
        key.length,
        position == null ? key : position,
        0,
        position == null ? -1 : position.length);
  }

  /** The token that the page after one begins with; the largest token after the last. */
  long endToken(int page) {
    return page == pages - 1 ? Long.MAX_VALUE : tokens[page + 1];
  }
}
