package io.ilion.tools.load.format;

/**
 * Some whole records of a file: what a worker takes at once, and what a checkpoint counts by.
 * Places and lines are those of the file after decompression, from 0 and from 1.
 *
 * @param file the index of the file
 * @param bytes the array that has the records
 * @param from where they begin in it
 * @param to where they end
 * @param start the place of the first byte in the file
 * @param line the line of the first record
 * @param lines how many lines these are
 * @param broken null, or why this is no record at all
 */
public record Chunk(
    int file, byte[] bytes, int from, int to, long start, long line, int lines, String broken) {
  /** How many bytes the records have. */
  public int length() {
    return to - from;
  }

  /** The place behind the last byte in the file. */
  public long end() {
    return start + length();
  }
}
