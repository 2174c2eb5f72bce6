package io.ilion.storage.commitlog;

import io.ilion.model.data.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;

/**
 * The layout of a segment of the commit log, version 2; all numbers big-endian.
 *
 * <pre>
 * segment: header, [start mark], (record | sync mark)*, [end mark]
 * header, 60 bytes:
 *   8   "ILIONLOG"
 *   i32 version: 2
 *   i64 id of the segment; ids ascend
 *   i64 run: the start of the node that wrote it
 *   i64 salt: random; it goes into the checksums below, so that bytes of another file are never
 *       taken for records
 *   i64 id of the segment before it in the same run, or -1
 *   i64 -1: the start mark says how many bytes of that segment count; 0 if there is no such segment
 *   i32 0
 *   i32 CRC32C of the 56 bytes before
 * record, 22 + n bytes:
 *   i32 n, length of the update
 *   u16 lane that wrote it
 *   i64 its number among the records of that lane in this run
 *   i32 CRC32C of the salt and the 14 bytes before
 *   i32 CRC32C of the update
 *   n   update, as io.ilion.model.data.UpdateReader describes it
 * sync mark, 22 bytes:
 *   i32 -1;  u16 0;  i64 how many bytes of this segment are known to be on disk
 *   i32 CRC32C of the salt and the 14 bytes before
 *   i32 0
 * end mark, 22 bytes: as a sync mark, but -2; nothing follows in this segment
 * start mark, 22 bytes: as a sync mark, but -3 and how many bytes of the segment before count; what
 *   may stand behind them was never acknowledged
 * </pre>
 *
 * A crash leaves whatever it leaves behind the last sync of the last segment of a run. Damage there
 * is a torn tail, where replay ends cleanly; damage before a place that a later sync mark vouches
 * for, or that the start mark of the segment behind counts, is corruption. A segment that is full
 * ends with a sync mark, the last one of a run that was stopped with an end mark. One that a full
 * disk cut short has a torn tail though others of its run follow; these may be deleted before it.
 *
 * <p>A segment is made, and durable with its name, before the one before it is full; then it has no
 * start mark, and says nothing. The mark is synced with the first records. In version 1, which is
 * still read, a segment was made when it was begun: it has the count of the start mark in its
 * header, and no such mark.
 *
 * <p>A segment may be written over one that is needed no more, since a sync is cheaper where the
 * file need not grow. The old records behind the new ones have another salt, so they are not taken
 * for records. Until its header is on disk, such a file has the name of a spare and is no segment.
 */
final class SegmentFormat {
  static final int VERSION = 2;
  static final int HEADER_BYTES = 60;
  static final int RECORD_HEADER_BYTES = 22;
  static final int SYNC_MARK = -1;
  static final int END_MARK = -2;
  static final int START_MARK = -3;
  private static final byte[] MAGIC = "ILIONLOG".getBytes(StandardCharsets.US_ASCII);
  private static final String PREFIX = "commitlog-";
  private static final String SUFFIX = ".log";
  private static final String SPARE_SUFFIX = ".spare";

  private SegmentFormat() {}

  /** What the header of a segment says, and its start mark. */
  record Header(long id, long run, long salt, long previousId, long previousBytes) {
    /** In place of the bytes that count of the segment before. */
    static final long NOT_BEGUN = -1;

    byte[] encode() {
      byte[] out = new byte[HEADER_BYTES];
      System.arraycopy(MAGIC, 0, out, 0, 8);
      Bytes.putInt(out, 8, VERSION);
      Bytes.putLong(out, 12, id);
      Bytes.putLong(out, 20, run);
      Bytes.putLong(out, 28, salt);
      Bytes.putLong(out, 36, previousId);
      Bytes.putLong(out, 44, previousBytes);
      Bytes.putInt(out, 56, crc(out, 0, 56));
      return out;
    }

    /** The header, or null if the checksum does not match. */
    static Header decode(byte[] in) {
      if (Bytes.getInt(in, 56) != crc(in, 0, 56)
          || java.util.Arrays.compare(in, 0, 8, MAGIC, 0, 8) != 0) {
        return null;
      }
      return new Header(
          Bytes.getLong(in, 12),
          Bytes.getLong(in, 20),
          Bytes.getLong(in, 28),
          Bytes.getLong(in, 36),
          Bytes.getLong(in, 44));
    }

    static int version(byte[] in) {
      return Bytes.getInt(in, 8);
    }
  }

  static String name(long id) {
    return PREFIX + String.format("%016x", id) + SUFFIX;
  }

  /** The id of a segment's file name, or -1 if it is another file. */
  static long id(String name) {
    if (!name.startsWith(PREFIX)
        || !name.endsWith(SUFFIX)
        || name.length() != PREFIX.length() + 16 + SUFFIX.length()) {
      return -1;
    }
    return Long.parseLong(name, PREFIX.length(), PREFIX.length() + 16, 16);
  }

  /** The name of a file that waits to become a segment. */
  static String spareName(int number) {
    return PREFIX + number + SPARE_SUFFIX;
  }

  static boolean isSpare(String name) {
    return name.startsWith(PREFIX) && name.endsWith(SPARE_SUFFIX);
  }

  /** The name of a file that is to take the place of a segment. */
  static String copyName(long id) {
    return name(id) + SPARE_SUFFIX;
  }

  /** Fills an array with the header of a record or a mark, and returns it. */
  static byte[] recordHeader(
      CRC32C crc, byte[] saltBytes, int length, int lane, long number, int updateCrc, byte[] out) {
    Bytes.putInt(out, 0, length);
    out[4] = (byte) (lane >>> 8);
    out[5] = (byte) lane;
    Bytes.putLong(out, 6, number);
    Bytes.putInt(out, 14, headerCrc(crc, saltBytes, out, 0));
    Bytes.putInt(out, 18, updateCrc);
    return out;
  }

  /** The checksum of the first 14 bytes of a record's header. */
  static int headerCrc(CRC32C crc, byte[] saltBytes, byte[] array, int offset) {
    crc.reset();
    crc.update(saltBytes, 0, 8);
    crc.update(array, offset, 14);
    return (int) crc.getValue();
  }

  static int crc(byte[] array, int offset, int length) {
    CRC32C crc = new CRC32C();
    crc.update(array, offset, length);
    return (int) crc.getValue();
  }

  static byte[] saltBytes(long salt) {
    byte[] bytes = new byte[8];
    Bytes.putLong(bytes, 0, salt);
    return bytes;
  }
}
