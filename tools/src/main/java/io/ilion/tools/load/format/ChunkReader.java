package io.ilion.tools.load.format;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.util.Arrays;

/**
 * Cuts a stream of records into chunks. Where they begin and end follows from the bytes, the size
 * and the place where reading began alone, so that a second run meets the chunks of the first.
 */
public final class ChunkReader {
  private static final int FIRST_BUFFER = 1 << 13;

  private final InputStream in;
  private final RecordFormat format;
  private final int file;
  private final int chunkSize;
  private final int maxRecord;

  /** Begins small, for there may be thousands of small files. */
  private byte[] buffer = new byte[FIRST_BUFFER];

  /** Where in the buffer what was not taken begins and ends. */
  private int from;

  private int size;

  /** The place of {@code from} in the file, and its line. */
  private long start;

  private long line;
  private boolean ended;

  /**
   * A reader.
   *
   * @param in stands at the place {@code start}
   * @param chunkSize how many bytes a chunk has at most, unless a record has more
   * @param maxRecord how many bytes a record has at most
   */
  public ChunkReader(
      InputStream in,
      RecordFormat format,
      int file,
      int chunkSize,
      int maxRecord,
      long start,
      long line) {
    this.in = in;
    this.format = format;
    this.file = file;
    this.chunkSize = chunkSize;
    this.maxRecord = Math.max(maxRecord, chunkSize);
    this.start = start;
    this.line = line;
  }

  /** The next records, or null at the end. */
  public Chunk next() throws IOException {
    fill(chunkSize);
    if (size == 0) {
      return null;
    }
    // What is looked at depends on the start alone, not on how much happens to be here.
    int window = Math.min(size, chunkSize);
    while (true) {
      boolean last = ended && window == size;
      int end = lastEnd(window, last);
      if (end > 0) {
        return cut(end, null);
      }
      if (!last && window < maxRecord) {
        int wider = (int) Math.min(2L * window, maxRecord);
        fill(wider);
        window = Math.min(size, wider);
        continue;
      }
      String reason =
          last
              ? "the file ends within the record"
              : "the record is larger than " + maxRecord + " bytes";
      return cut(RecordFormat.resume(buffer, 0, window), reason + ": is a quote not closed?");
    }
  }

  /** The end of the last record that is whole within the first bytes, or 0. */
  private int lastEnd(int window, boolean last) {
    int end = 0;
    while (end < window) {
      int next = format.recordEnd(buffer, end, window, last);
      if (next <= end) {
        break;
      }
      end = next;
    }
    return end;
  }

  /** The next record alone, such as a header; null if there is none. */
  public Chunk header() throws IOException {
    int end = from == size ? 0 : format.recordEnd(buffer, from, size, ended);
    if (end <= from) {
      fill(chunkSize);
      end = size == 0 ? 0 : format.recordEnd(buffer, 0, size, ended);
    }
    if (end <= from) {
      if (size > 0) {
        throw new IOException("the header is no record: is a quote not closed?");
      }
      return null;
    }
    byte[] record = Arrays.copyOfRange(buffer, from, end);
    Chunk chunk = new Chunk(file, record, 0, record.length, start, line, lines(from, end), null);
    take(end, chunk.lines());
    return chunk;
  }

  /** The bytes at the start, without taking them; at most so many. */
  public byte[] peek(int most) throws IOException {
    fill(chunkSize);
    return Arrays.copyOf(buffer, Math.min(most, size));
  }

  /** Leaves bytes at the start out, such as a byte order mark. */
  public void skip(int bytes) {
    take(from + bytes, 0);
  }

  /** The stream from a place on that was not read yet; this reader is not used any more. */
  public InputStream from(long place) throws IOException {
    long ahead = from + place - start;
    if (ahead >= size) {
      in.skipNBytes(ahead - size);
      return in;
    }
    return new SequenceInputStream(
        new ByteArrayInputStream(buffer, (int) ahead, size - (int) ahead), in);
  }

  /** How far this has read. */
  public long position() {
    return start;
  }

  /**
   * Reads until there are so many bytes, and one more: so it is known whether they are the last.
   * What was not taken stands at the start of the buffer then.
   */
  private void fill(int wanted) throws IOException {
    if (from > 0) {
      System.arraycopy(buffer, from, buffer, 0, size - from);
      size -= from;
      from = 0;
    }
    while (!ended && size <= wanted) {
      if (size == buffer.length) {
        buffer = Arrays.copyOf(buffer, Math.min(2 * size, wanted + 1));
      }
      int count = in.read(buffer, size, buffer.length - size);
      if (count < 0) {
        ended = true;
      } else {
        size += count;
      }
    }
  }

  /** Gives the array away and goes on with another one. */
  private Chunk cut(int end, String broken) {
    Chunk chunk = new Chunk(file, buffer, 0, end, start, line, lines(0, end), broken);
    byte[] next = new byte[ended ? size - end : Math.max(chunkSize + 1, size - end)];
    System.arraycopy(buffer, end, next, 0, size - end);
    take(end, chunk.lines());
    buffer = next;
    size -= end;
    from = 0;
    return chunk;
  }

  private void take(int end, int lines) {
    start += end - from;
    line += lines;
    from = end;
  }

  private int lines(int begin, int end) {
    int lines = 0;
    for (int i = begin; i < end; i++) {
      if (buffer[i] == '\n') {
        lines++;
      }
    }
    return buffer[end - 1] != '\n' && end == size && ended ? lines + 1 : lines;
  }
}
