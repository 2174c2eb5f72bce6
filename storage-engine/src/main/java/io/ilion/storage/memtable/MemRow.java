package io.ilion.storage.memtable;

import io.ilion.model.data.RowMerger;
import io.ilion.model.data.RowReader;
import io.ilion.model.data.RowWriter;

/**
 * A row in memory: its key and a chain of images, newest first, in the memtable's arena or in
 * arrays of their own. A new image is merged with all those that are not much larger, so that
 * lengths double along the chain: it stays short, and many small updates of one big row cost
 * amortised O(log n) copies of a byte. What was merged has an array of its own, which the next
 * merge lets go: a row that is written again and again does not fill the memtable.
 */
final class MemRow extends SortedIndex.Entry {
  /** What a row takes beside the bytes of its key and image. */
  static final int OVERHEAD = 40;

  /** What its entry in an index takes. */
  static final int INDEX_OVERHEAD = 20;

  private static final int OLDER_OVERHEAD = 32;

  private static final class Image {
    final byte[] array;
    final int offset;
    final int length;
    final Image older;

    Image(byte[] array, int offset, int length, Image older) {
      this.array = array;
      this.offset = offset;
      this.length = length;
      this.older = older;
    }
  }

  private byte[] keyArray;
  private int keyOffset;
  private final int keyLength;
  private byte[] imageArray;
  private int imageOffset;
  private int imageLength;
  private Image older;

  private MemRow(byte[] array, int offset, int keyLength, int imageLength) {
    this.keyArray = array;
    this.keyOffset = offset;
    this.keyLength = keyLength;
    this.imageArray = array;
    this.imageOffset = offset + keyLength;
    this.imageLength = imageLength;
  }

  /** Makes a row of a copy of a key and an image. */
  static MemRow copy(
      Arena arena, byte[] array, int key, int keyLength, int image, int imageLength) {
    int at = arena.take(keyLength + imageLength);
    byte[] kept = arena.array();
    System.arraycopy(array, key, kept, at, keyLength);
    System.arraycopy(array, image, kept, at + keyLength, imageLength);
    return new MemRow(kept, at, keyLength, imageLength);
  }

  @Override
  byte[] keyArray() {
    return keyArray;
  }

  @Override
  int keyOffset() {
    return keyOffset;
  }

  @Override
  int keyLength() {
    return keyLength;
  }

  byte[] imageArray() {
    return imageArray;
  }

  int imageOffset() {
    return imageOffset;
  }

  int imageLength() {
    return imageLength;
  }

  /** Whether one image is all there is. */
  boolean isSingle() {
    return older == null;
  }

  /** Adds an image; returns by how many bytes the row grew outside the arena, maybe negative. */
  int add(byte[] array, int offset, int length, Scratch scratch, Arena arena) {
    long merged = length;
    int count = 1;
    long freed = 0;
    if (imageLength <= 2 * merged) {
      merged += imageLength;
      freed += ownBytes(imageArray, imageOffset, imageLength);
      count++;
      for (Image i = older; i != null && i.length <= 2 * merged; i = i.older) {
        merged += i.length;
        freed += OLDER_OVERHEAD + ownBytes(i.array, i.offset, i.length);
        count++;
      }
    }
    if (count == 1) {
      older = new Image(imageArray, imageOffset, imageLength, older);
      imageOffset = arena.take(length);
      imageArray = arena.array();
      imageLength = length;
      System.arraycopy(array, offset, imageArray, imageOffset, length);
      return OLDER_OVERHEAD;
    }
    scratch.reader(0).wrap(array, offset, length);
    scratch.reader(1).wrap(imageArray, imageOffset, imageLength);
    Image rest = older;
    for (int i = 2; i < count; i++) {
      scratch.reader(i).wrap(rest.array, rest.offset, rest.length);
      rest = rest.older;
    }
    RowWriter out = scratch.writer;
    scratch.merger.merge(scratch.readers, count, Long.MIN_VALUE, out);
    // The key moves along, so that an array of what was merged can be let go.
    byte[] together = new byte[keyLength + out.size()];
    System.arraycopy(keyArray, keyOffset, together, 0, keyLength);
    System.arraycopy(out.array(), 0, together, keyLength, out.size());
    keyArray = together;
    keyOffset = 0;
    imageArray = together;
    imageOffset = keyLength;
    imageLength = out.size();
    older = rest;
    return (int) Math.max(Integer.MIN_VALUE, Arena.heapBytes(together.length) - freed);
  }

  /** What a merge of an image gives back: its array, if nothing but the row is in it. */
  private int ownBytes(byte[] array, int offset, int length) {
    return offset == keyLength && array.length == keyLength + length
        ? Arena.heapBytes(array.length)
        : 0;
  }

  /** Merges the chain into the writer. */
  void mergeTo(Scratch scratch, RowWriter out) {
    scratch.reader(0).wrap(imageArray, imageOffset, imageLength);
    int count = 1;
    for (Image i = older; i != null; i = i.older) {
      scratch.reader(count++).wrap(i.array, i.offset, i.length);
    }
    scratch.merger.merge(scratch.readers, count, Long.MIN_VALUE, out);
  }

  /** What merging needs, used again and again by one thread. */
  static final class Scratch {
    final RowMerger merger = new RowMerger();
    final RowWriter writer = new RowWriter();
    RowReader[] readers = new RowReader[0];
    private final RowReader looker = new RowReader();

    /** The least timestamp that was seen. */
    long minTimestamp = Long.MAX_VALUE;

    /** Looks at the timestamps of an image. */
    void see(byte[] array, int offset, int length) {
      looker.wrap(array, offset, length);
      long least = looker.hasLiveness() ? looker.livenessTimestamp() : Long.MAX_VALUE;
      while (looker.nextCell()) {
        least = Math.min(least, looker.timestamp());
      }
      minTimestamp = Math.min(minTimestamp, least);
    }

    RowReader reader(int index) {
      if (index >= readers.length) {
        int old = readers.length;
        readers = java.util.Arrays.copyOf(readers, Math.max(8, old * 2));
        for (int i = old; i < readers.length; i++) {
          readers[i] = new RowReader();
        }
      }
      return readers[index];
    }
  }
}
