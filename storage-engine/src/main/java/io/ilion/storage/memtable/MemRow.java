package io.ilion.storage.memtable;

import io.ilion.model.data.Bytes;
import io.ilion.model.data.RowMerger;
import io.ilion.model.data.RowReader;
import io.ilion.model.data.RowWriter;
import java.util.Arrays;

/**
 * A row in memory: a {@link Node} with its clustering key, whose content is the address of the
 * newest of a chain of images:
 *
 * <pre>
 *   0   8  the address of the next older image, or 0
 *   8   4  length of the image
 *   12     the image
 * </pre>
 *
 * A new image is merged with all those that are not much larger, so that lengths double along the
 * chain: it stays short, and many small updates of one big row cost amortised O(log n) copies of a
 * byte. What was merged has an array of its own, which the next merge lets go: a row that is
 * written again and again does not fill the memtable. An image never changes.
 */
final class MemRow {
  private static final int LENGTH = 8;
  private static final int IMAGE = 12;

  private MemRow() {}

  /** Makes a row of a copy of a key and an image; returns its address. */
  static long create(
      Arena arena, byte[] array, int key, int keyLength, int image, int imageLength) {
    long row = Node.create(arena, array, key, keyLength);
    long copy = arena.take(IMAGE + imageLength);
    write(arena, copy, 0, array, image, imageLength);
    Node.setContent(arena, row, copy);
    return row;
  }

  private static void write(
      Arena arena, long image, long older, byte[] from, int offset, int length) {
    byte[] array = arena.array(image);
    int at = Arena.offset(image);
    Bytes.putLong(array, at, older);
    Bytes.putInt(array, at + LENGTH, length);
    System.arraycopy(from, offset, array, at + IMAGE, length);
  }

  private static long older(Arena arena, long image) {
    return Bytes.getLong(arena.array(image), Arena.offset(image));
  }

  /** The address of the row's image if there is exactly one, else 0. */
  static long onlyImage(Arena arena, long row) {
    long image = Node.content(arena, row);
    return older(arena, image) == 0 ? image : 0;
  }

  /** Where an image begins in its array. */
  static int imageOffset(long image) {
    return Arena.offset(image) + IMAGE;
  }

  static int imageLength(Arena arena, long image) {
    return Bytes.getInt(arena.array(image), Arena.offset(image) + LENGTH);
  }

  /** Adds an image to a row. */
  static void add(Arena arena, long row, byte[] array, int offset, int length, Scratch scratch) {
    long newest = Node.content(arena, row);
    long merged = length;
    int count = 1;
    long rest = newest;
    scratch.reader(0).wrap(array, offset, length);
    while (rest != 0 && imageLength(arena, rest) <= 2 * merged) {
      merged += imageLength(arena, rest);
      scratch.wrap(count++, arena, rest);
      rest = older(arena, rest);
    }
    long image;
    if (count == 1) {
      image = arena.take(IMAGE + length);
      write(arena, image, rest, array, offset, length);
    } else {
      RowWriter out = scratch.writer;
      scratch.merger.merge(scratch.readers, count, Long.MIN_VALUE, out);
      image = arena.takeOwn(IMAGE + out.size());
      write(arena, image, rest, out.array(), 0, out.size());
      for (long i = newest; i != rest; ) {
        long next = older(arena, i);
        arena.giveBack(i);
        i = next;
      }
    }
    Node.setContent(arena, row, image);
  }

  /** Merges the images of a row into a writer. */
  static void mergeTo(Arena arena, long row, Scratch scratch, RowWriter out) {
    int count = 0;
    for (long i = Node.content(arena, row); i != 0; i = older(arena, i)) {
      scratch.wrap(count++, arena, i);
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

    void wrap(int index, Arena arena, long image) {
      reader(index).wrap(arena.array(image), imageOffset(image), imageLength(arena, image));
    }

    RowReader reader(int index) {
      if (index >= readers.length) {
        int old = readers.length;
        readers = Arrays.copyOf(readers, Math.max(8, old * 2));
        for (int i = old; i < readers.length; i++) {
          readers[i] = new RowReader();
        }
      }
      return readers[index];
    }
  }
}
