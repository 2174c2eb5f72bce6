package io.ilion.tools.load.format;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The fields of one record as places in byte arrays: that of the record, or one of this object for
 * what had to be written without its escapes. Used again for the next record.
 */
public final class Fields {
  private byte[][] arrays = new byte[16][];
  private int[] offsets = new int[16];
  private int[] lengths = new int[16];
  private boolean[] quoted = new boolean[16];
  private int count;
  private byte[] scratch = new byte[256];
  private int scratchSize;
  private String error;

  void clear() {
    count = 0;
    scratchSize = 0;
    error = null;
  }

  void add(byte[] array, int offset, int length, boolean isQuoted) {
    if (count == offsets.length) {
      int size = 2 * count;
      arrays = Arrays.copyOf(arrays, size);
      offsets = Arrays.copyOf(offsets, size);
      lengths = Arrays.copyOf(lengths, size);
      quoted = Arrays.copyOf(quoted, size);
    }
    arrays[count] = array;
    offsets[count] = offset;
    lengths[count] = length;
    quoted[count++] = isQuoted;
  }

  /** A part of a field that cannot stay where it is; the parts of one follow each other. */
  void scratch(byte[] array, int from, int to) {
    int size = to - from;
    if (scratchSize + size > scratch.length) {
      // Fields that were written before keep the array that they are in.
      scratch = Arrays.copyOf(scratch, Math.max(2 * scratch.length, scratchSize + size));
    }
    System.arraycopy(array, from, scratch, scratchSize, size);
    scratchSize += size;
  }

  int scratchSize() {
    return scratchSize;
  }

  void addScratch(int start) {
    add(scratch, start, scratchSize - start, true);
  }

  void fail(String reason) {
    error = error == null ? reason : error;
  }

  /** What is wrong with the record as a whole, or null. */
  public String error() {
    return error;
  }

  /** How many fields there are. */
  public int count() {
    return count;
  }

  /** The array that has a field. */
  public byte[] array(int index) {
    return arrays[index];
  }

  /** Where a field begins in its array. */
  public int offset(int index) {
    return offsets[index];
  }

  /** How many bytes a field has. */
  public int length(int index) {
    return lengths[index];
  }

  /** Whether a field was in quotes. */
  public boolean isQuoted(int index) {
    return quoted[index];
  }

  /** A field as text. */
  public String text(int index) {
    return new String(arrays[index], offsets[index], lengths[index], StandardCharsets.UTF_8);
  }
}
