package io.ilion.coordinator.replica.hint;

import io.ilion.gossip.messaging.Payload;
import io.ilion.model.data.CorruptDataException;
import io.ilion.model.type.ByteSink;
import io.ilion.runtime.Files;
import io.ilion.runtime.Network;
import io.ilion.runtime.ReadFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;

/**
 * A file of hints for one node, written front to back and then read once. It ends at its end, or
 * where a crash tore it. A record that is damaged is passed by, as long as its length leads to the
 * next one.
 *
 * <pre>
 * header: u32 0x494C4854, u32 version: 1, 16 host id, u32 CRC32C of the header so far
 * record: u32 length of the body, u32 CRC32C of length and body,
 *         body: i64 time of the write, ms; i64 token; the update, to the end
 * </pre>
 */
final class HintSegment {
  static final int RECORD_HEADER = 24;
  private static final int MAGIC = 0x494C_4854;
  private static final int VERSION = 1;
  private static final int HEADER = 28;
  private static final int FRAME = 8;
  private static final int BODY_HEADER = 16;
  private static final Pattern NAME = Pattern.compile("([0-9a-f-]{36})-([0-9]{1,18})\\.hints");

  private static final String SET_ASIDE = ".unreadable";

  private HintSegment() {}

  /** Which segment a file is. */
  record Id(UUID node, long number) {
    String fileName() {
      return node + "-" + number + ".hints";
    }

    /** The segment of a file's name, or null. */
    static Id ofFileName(String name) {
      Matcher matcher = NAME.matcher(name);
      return matcher.matches()
          ? new Id(UUID.fromString(matcher.group(1)), Long.parseLong(matcher.group(2)))
          : null;
    }

    /** What its file is called once that cannot be read. */
    String nameSetAside() {
      return fileName() + SET_ASIDE;
    }

    /** The segment of the name of a file that is set aside, or null. */
    static Id ofNameSetAside(String name) {
      return name.endsWith(SET_ASIDE)
          ? ofFileName(name.substring(0, name.length() - SET_ASIDE.length()))
          : null;
    }
  }

  /**
   * A part of a segment.
   *
   * @param next where the next part begins
   * @param last whether there is none
   * @param lostBytes how much of it is no whole record
   */
  record Chunk(List<Hint> hints, long next, boolean last, long lostBytes) {}

  static ByteBuffer header(UUID node) {
    ByteSink out = new ByteSink(HEADER);
    out.writeInt(MAGIC);
    out.writeInt(VERSION);
    Payload.writeUuid(out, node);
    out.writeInt(crc(out.array(), 0, out.size()));
    return ByteBuffer.wrap(out.array(), 0, out.size());
  }

  static void append(ByteSink out, Hint hint) {
    int start = out.size();
    out.writeInt(BODY_HEADER + hint.update().length);
    out.writeInt(0);
    out.writeLong(hint.createdMillis());
    out.writeLong(hint.token());
    out.writeBytes(hint.update());
    out.setInt(start + 4, recordCrc(out.array(), start, out.size() - start));
  }

  private static int recordCrc(byte[] array, int start, int length) {
    CRC32C crc = new CRC32C();
    crc.update(array, start, 4);
    crc.update(array, start + FRAME, length - FRAME);
    return (int) crc.getValue();
  }

  private static int crc(byte[] array, int start, int length) {
    CRC32C crc = new CRC32C();
    crc.update(array, start, length);
    return (int) crc.getValue();
  }

  /**
   * Reads a part of a segment.
   *
   * @param from where it begins; 0 for the beginning
   * @param mostBytes after which the part ends; one record is read in any case
   * @throws CorruptDataException if the file does not begin as a segment, though something is in it
   */
  static Chunk read(Files files, String path, UUID node, long from, int mostBytes)
      throws IOException {
    try (ReadFile file = files.open(path)) {
      long size = file.size();
      long at = from;
      if (at == 0) {
        if (!hasHeader(file, node)) {
          if (size > HEADER) {
            throw new CorruptDataException(path + " does not begin as hints for " + node);
          }
          return new Chunk(List.of(), 0, true, size);
        }
        at = HEADER;
      }
      List<Hint> hints = new ArrayList<>();
      long lost = 0;
      long end = Math.min(size, at + mostBytes);
      while (at < end) {
        int length = recordLength(file, at);
        if (length < 0) {
          return new Chunk(hints, at, true, lost + size - at);
        }
        Hint hint = readRecord(file, at, length);
        if (hint == null) {
          lost += length;
        } else {
          hints.add(hint);
        }
        at += length;
      }
      return new Chunk(hints, at, at >= size, lost);
    }
  }

  private static boolean hasHeader(ReadFile file, UUID node) throws IOException {
    if (file.size() < HEADER) {
      return false;
    }
    byte[] found = new byte[HEADER];
    file.readAt(0, ByteBuffer.wrap(found));
    return ByteBuffer.wrap(found).equals(header(node));
  }

  /** How long the record at an offset is with its frame; -1 if no whole one can be there. */
  private static int recordLength(ReadFile file, long at) throws IOException {
    long left = file.size() - at;
    if (left < RECORD_HEADER) {
      return -1;
    }
    ByteBuffer frame = ByteBuffer.allocate(4);
    file.readAt(at, frame);
    int body = frame.flip().getInt();
    boolean fits = body >= BODY_HEADER && body <= Network.MAX_MESSAGE_BYTES && body <= left - FRAME;
    return fits ? FRAME + body : -1;
  }

  /** The record at an offset; null if it is damaged. */
  private static Hint readRecord(ReadFile file, long at, int length) throws IOException {
    byte[] record = new byte[length];
    file.readAt(at, ByteBuffer.wrap(record));
    ByteBuffer in = ByteBuffer.wrap(record, 4, length - 4);
    if (in.getInt() != recordCrc(record, 0, length)) {
      return null;
    }
    long created = in.getLong();
    long token = in.getLong();
    byte[] update = new byte[in.remaining()];
    in.get(update);
    return new Hint(created, token, update);
  }
}
