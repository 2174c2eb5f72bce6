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
  private final InputStream in;
  private final RecordFormat format;
  private final int file;
  private final int chunkSize;
  private final int maxRecord;
  private byte[] buffer;
  private int size;
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
    this.buffer = new byte[chunkSize];
  }

  /** The next records, or null at the end. */
  public Chunk next() throws IOException {
    fill();
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
        if (wider > buffer.length) {
          buffer = Arrays.copyOf(buffer, wider);
        }
        fill();
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
    fill();
    int end = size == 0 ? 0 : format.recordEnd(buffer, 0, size, ended);
    if (size > 0 && end <= 0) {
      throw new IOException("the header is no record: is a quote not closed?");
    }
    return end == 0 ? null : cut(end, null);
  }

  /** The bytes at the start, without taking them; at most so many. */
  public byte[] peek(int most) throws IOException {
    fill();
    return Arrays.copyOf(buffer, Math.min(most, size));
  }

  /** Leaves bytes at the start out, such as a byte order mark. */
  public void skip(int bytes) {
    System.arraycopy(buffer, bytes, buffer, 0, size - bytes);
    size -= bytes;
    start += bytes;
  }

  /** The stream from a place on that was not read yet; this reader is not used any more. */
  public InputStream from(long place) throws IOException {
    long ahead = place - start;
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

  private void fill() throws IOException {
    while (!ended && size < buffer.length) {
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
    byte[] given = buffer;
    int lines = 0;
    for (int i = 0; i < end; i++) {
      if (given[i] == '\n') {
        lines++;
      }
    }
    if (given[end - 1] != '\n' && end == size && ended) {
      lines++;
    }
    Chunk chunk = new Chunk(file, given, 0, end, start, line, lines, broken);
    byte[] next = new byte[Math.max(chunkSize, size - end)];
    System.arraycopy(given, end, next, 0, size - end);
    buffer = next;
    size -= end;
    start += end;
    line += lines;
    return chunk;
  }
}
