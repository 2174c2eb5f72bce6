package io.ilion.coordinator.streaming;

import io.ilion.gossip.messaging.Payload;
import io.ilion.model.data.CorruptDataException;
import io.ilion.model.ring.TokenRange;
import io.ilion.model.type.ByteSink;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * What is said when files are copied.
 *
 * <pre>
 * STREAM_FILES    u8 version: 1;  i64 wall-clock time, i64 monotonic time of the asking node when
 *                 its fetch began;  u128 table;  i32 count of ranges, each: i64 start, i64 end
 *   answer        u8 version: 1;  u8 1, or 0 if rows have to do;  if 1:
 *                 i64 session;  i32 count of files, each: i64 first token, i64 last, i64 bytes
 * STREAM_BLOCKS   u8 version: 1;  i64 session;  u128 table;  i32 file;  i32 range to go on with
 *                 i64 block in it;  i32 ranges that are wanted;  i32 bytes
 *   answer        u8 version: 1;  u8 1, or 0 if there is no such session any more;  if 1: a piece
 * STREAM_RELEASE  u8 version: 1;  i64 session;  has no answer
 * </pre>
 */
final class FileMessages {
  private static final int VERSION = 1;
  private static final int RANGE_BYTES = 16;
  private static final int EXTENT_BYTES = 24;

  private FileMessages() {}

  /** Which fetch of the asking node something is for; no two have the same. */
  record Fetch(long wallMillis, long nanos) {}

  record Files(Fetch fetch, UUID table, List<TokenRange> ranges) {
    byte[] encode() {
      ByteSink out = Payload.version(VERSION);
      out.writeLong(fetch.wallMillis);
      out.writeLong(fetch.nanos);
      write(out, table);
      out.writeInt(ranges.size());
      for (TokenRange range : ranges) {
        out.writeLong(range.start());
        out.writeLong(range.end());
      }
      return out.toByteArray();
    }

    static Files decode(ByteBuffer in) {
      Payload.expectVersion(in, VERSION);
      Fetch fetch = new Fetch(in.getLong(), in.getLong());
      UUID table = new UUID(in.getLong(), in.getLong());
      List<TokenRange> ranges = new ArrayList<>();
      long least = Long.MIN_VALUE;
      for (int i = Payload.readCount(in, RANGE_BYTES); i > 0; i--) {
        TokenRange range = new TokenRange(in.getLong(), in.getLong());
        if (range.start() < least || range.end() <= range.start()) {
          throw new CorruptDataException("ranges are not ascending");
        }
        least = range.end();
        ranges.add(range);
      }
      Payload.expectEnd(in);
      return new Files(fetch, table, ranges);
    }
  }

  /** Where a file begins and ends, and how long it is. */
  record Extent(long firstToken, long lastToken, long bytes) {
    /** Whether the file may have something of a range. */
    boolean meets(TokenRange range) {
      return lastToken > range.start() && firstToken <= range.end();
    }

    /** About how many bytes the file has in a range: tokens are spread evenly. */
    long bytesIn(TokenRange range) {
      double first = firstToken;
      double last = lastToken;
      double from = Math.max(first, range.start());
      double to = Math.min(last, range.end());
      return to < from ? 0 : (long) (bytes * ((to - from + 1) / (last - first + 1)));
    }
  }

  /** Files that are held; null stands for rows that have to do. */
  record Held(long session, List<Extent> files) {
    static byte[] encode(Held held) {
      ByteSink out = Payload.version(VERSION);
      out.writeByte(held == null ? 0 : 1);
      if (held != null) {
        out.writeLong(held.session);
        out.writeInt(held.files.size());
        for (Extent file : held.files) {
          out.writeLong(file.firstToken);
          out.writeLong(file.lastToken);
          out.writeLong(file.bytes);
        }
      }
      return out.toByteArray();
    }

    static Held decode(ByteBuffer in) {
      Payload.expectVersion(in, VERSION);
      if (in.get() == 0) {
        return null;
      }
      long session = in.getLong();
      List<Extent> files = new ArrayList<>();
      for (int i = Payload.readCount(in, EXTENT_BYTES); i > 0; i--) {
        files.add(new Extent(in.getLong(), in.getLong(), in.getLong()));
      }
      Payload.expectEnd(in);
      return new Held(session, files);
    }
  }

  record Blocks(long session, UUID table, int file, int range, long block, int ranges, int bytes) {
    byte[] encode() {
      ByteSink out = Payload.version(VERSION);
      out.writeLong(session);
      write(out, table);
      out.writeInt(file);
      out.writeInt(range);
      out.writeLong(block);
      out.writeInt(ranges);
      out.writeInt(bytes);
      return out.toByteArray();
    }

    static Blocks decode(ByteBuffer in) {
      Payload.expectVersion(in, VERSION);
      Blocks blocks =
          new Blocks(
              in.getLong(),
              new UUID(in.getLong(), in.getLong()),
              in.getInt(),
              in.getInt(),
              in.getLong(),
              in.getInt(),
              in.getInt());
      Payload.expectEnd(in);
      return blocks;
    }
  }

  /** The answer that has a piece; null for a session that is over. */
  static byte[] blocks(byte[] piece) {
    byte[] answer = new byte[2 + (piece == null ? 0 : piece.length)];
    answer[0] = VERSION;
    if (piece != null) {
      answer[1] = 1;
      System.arraycopy(piece, 0, answer, 2, piece.length);
    }
    return answer;
  }

  /** The piece of an answer, or null. */
  static ByteBuffer piece(ByteBuffer in) {
    Payload.expectVersion(in, VERSION);
    return in.get() == 0 ? null : in.slice();
  }

  static byte[] release(long session) {
    ByteSink out = Payload.version(VERSION);
    out.writeLong(session);
    return out.toByteArray();
  }

  static long released(ByteBuffer in) {
    Payload.expectVersion(in, VERSION);
    long session = in.getLong();
    Payload.expectEnd(in);
    return session;
  }

  private static void write(ByteSink out, UUID id) {
    out.writeLong(id.getMostSignificantBits());
    out.writeLong(id.getLeastSignificantBits());
  }
}
