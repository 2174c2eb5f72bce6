package io.ilion.storage.commitlog;

import io.ilion.model.data.Bytes;
import io.ilion.model.data.CorruptDataException;
import io.ilion.runtime.AppendFile;
import io.ilion.runtime.DiskFullException;
import io.ilion.runtime.Files;
import io.ilion.runtime.ReadFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * Reads the segments that earlier runs left. A torn tail of a run is left out; any other damage is
 * an error that names the file and the offset.
 */
public final class CommitLogReplay {
  private static final int BUFFER_BYTES = 1 << 20;

  private final Files files;
  private final String directory;
  private final Records records;
  private final boolean changesNothing;
  private final CRC32C crc = new CRC32C();
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private ReadFile file;
  private String path;
  private long end;
  private long bufferStart;
  private int bufferSize;

  /** Takes the records of the log in the order in which each lane wrote them. */
  @FunctionalInterface
  public interface Records {
    /** One record; the update's array is the receiver's. */
    void record(long run, int lane, long number, byte[] update) throws IOException;
  }

  /**
   * What was found.
   *
   * @param segmentIds of the files there are, ascending
   * @param bytes they take
   * @param records they hold
   * @param tornTail says where the last segment ends, if not as that of a run that was stopped:
   *     what was not finished there, if anything, was left out; or null
   */
  public record Result(List<Long> segmentIds, long bytes, long records, String tornTail) {}

  private CommitLogReplay(Files files, String directory, Records records, boolean changesNothing) {
    this.changesNothing = changesNothing;
    this.files = files;
    this.directory = directory;
    this.records = records;
  }

  /**
   * Gives all records to a receiver; blocks.
   *
   * @throws CorruptDataException if something is damaged that had been synced
   */
  public static Result replay(Files files, String directory, Records records) throws IOException {
    return new CommitLogReplay(files, directory, records, false).replay();
  }

  /**
   * As {@link #replay}, for those who only look: the files stay as they are, and what was read may
   * not be on disk.
   */
  public static Result read(Files files, String directory, Records records) throws IOException {
    return new CommitLogReplay(files, directory, records, true).replay();
  }

  /** Whether there is anything to replay. */
  public static boolean hasSegments(Files files, String directory) throws IOException {
    return files.list(directory).stream().anyMatch(name -> SegmentFormat.id(name) >= 0);
  }

  private Result replay() throws IOException {
    List<Long> ids = new ArrayList<>();
    for (String name : files.list(directory)) {
      long id = SegmentFormat.id(name);
      if (id >= 0) {
        ids.add(id);
      } else if (SegmentFormat.isSpare(name) && !changesNothing) {
        // Nobody knows how long it is, or whether all of it may be written over.
        files.delete(directory + "/" + name);
      }
    }
    List<SegmentFormat.Header> headers = new ArrayList<>();
    for (int i = 0; i < ids.size(); i++) {
      SegmentFormat.Header header = header(ids.get(i), i == ids.size() - 1);
      if (header == null) {
        // Nothing was acknowledged in a segment whose header had not been synced.
        long last = ids.removeLast();
        if (!changesNothing) {
          files.delete(directory + "/" + SegmentFormat.name(last));
        }
        break;
      }
      headers.add(header);
    }
    long bytes = 0;
    long count = 0;
    String torn = null;
    for (int i = 0; i < headers.size(); i++) {
      SegmentFormat.Header header = headers.get(i);
      SegmentFormat.Header next = i + 1 < headers.size() ? headers.get(i + 1) : null;
      // What the segment behind says of this one is known unless it was deleted before this one.
      boolean counted =
          next != null
              && next.previousId() == header.id()
              && next.previousBytes() != SegmentFormat.Header.NOT_BEGUN;
      path = directory + "/" + SegmentFormat.name(header.id());
      try (ReadFile opened = files.open(path)) {
        file = opened;
        bytes += opened.size();
        end = opened.size();
        if (counted) {
          if (next.previousBytes() > end) {
            throw corrupt(
                end, "the file ends where " + next.previousBytes() + " bytes were synced");
          }
          end = next.previousBytes();
        }
        bufferStart = 0;
        bufferSize = 0;
        long before = count;
        count += segment(header, counted);
        if (tornAt >= 0
            && (torn == null || header.previousBytes() != SegmentFormat.Header.NOT_BEGUN)) {
          torn = path + " ends at offset " + tornAt + " after " + (count - before) + " records";
        }
      }
      if (changesNothing) {
        continue;
      }
      if (counted || recordsEnd <= vouched) {
        files.sync(path);
      } else {
        makeDurable(header);
      }
    }
    if (!changesNothing) {
      files.syncDirectory(directory);
    }
    return new Result(List.copyOf(ids), bytes, count, torn);
  }

  /**
   * What was replayed will be read and built upon, and stay in its segment until it is flushed; but
   * nothing says that all of it is on disk. To sync the file would not do: if a sync of it failed
   * before, Linux takes what it did not write for written. So it is copied, and ends there.
   */
  private void makeDurable(SegmentFormat.Header header) throws IOException {
    String copy = directory + "/" + SegmentFormat.copyName(header.id());
    try {
      try (ReadFile from = files.open(path);
          AppendFile to = files.create(copy)) {
        for (long at = 0; at < recordsEnd; at += buffer.length) {
          ByteBuffer part =
              ByteBuffer.wrap(buffer, 0, (int) Math.min(buffer.length, recordsEnd - at));
          from.readAt(at, part);
          to.append(part.flip());
        }
        byte[] salt = SegmentFormat.saltBytes(header.salt());
        to.append(
            ByteBuffer.wrap(
                SegmentFormat.recordHeader(
                    crc, salt, SegmentFormat.END_MARK, 0, recordsEnd, 0, new byte[22])));
        to.sync();
      }
    } catch (DiskFullException e) {
      // Then at least what no sync failed for; a node whose disk is full is to answer reads.
      if (files.exists(copy)) {
        files.delete(copy);
      }
      files.sync(path);
      return;
    }
    files.rename(copy, path);
  }

  private SegmentFormat.Header header(long id, boolean last) throws IOException {
    path = directory + "/" + SegmentFormat.name(id);
    try (ReadFile opened = files.open(path)) {
      byte[] bytes = new byte[SegmentFormat.HEADER_BYTES];
      SegmentFormat.Header header = null;
      if (opened.size() >= bytes.length) {
        opened.readAt(0, ByteBuffer.wrap(bytes));
        header = SegmentFormat.Header.decode(bytes);
      }
      if (last && opened.size() <= bytes.length && (header == null || header.id() != id)) {
        // A header is synced before anything follows it: the file was being made. After a power
        // failure there may be anything in it, the header of a segment that is gone included.
        return null;
      }
      if (header == null) {
        throw corrupt(0, "the header of the segment is damaged");
      }
      int version = SegmentFormat.Header.version(bytes);
      if (version < 1 || version > SegmentFormat.VERSION) {
        throw new IOException(
            path
                + " has version "
                + version
                + "; this node reads versions up to "
                + SegmentFormat.VERSION);
      }
      if (header.id() != id) {
        throw corrupt(0, "the segment says that its id is " + header.id());
      }
      return header.previousBytes() == SegmentFormat.Header.NOT_BEGUN
          ? withStartMark(opened, header)
          : header;
    }
  }

  /** The header with what the segment's first mark says of the one before, if that is there. */
  private SegmentFormat.Header withStartMark(ReadFile opened, SegmentFormat.Header header)
      throws IOException {
    byte[] mark = new byte[SegmentFormat.RECORD_HEADER_BYTES];
    if (opened.size() < SegmentFormat.HEADER_BYTES + mark.length) {
      return header;
    }
    opened.readAt(SegmentFormat.HEADER_BYTES, ByteBuffer.wrap(mark));
    byte[] salt = SegmentFormat.saltBytes(header.salt());
    if (Bytes.getInt(mark, 0) != SegmentFormat.START_MARK
        || Bytes.getInt(mark, 14) != SegmentFormat.headerCrc(crc, salt, mark, 0)
        || Bytes.getInt(mark, 18) != 0) {
      return header;
    }
    return new SegmentFormat.Header(
        header.id(), header.run(), header.salt(), header.previousId(), Bytes.getLong(mark, 6));
  }

  /** Where the last segment read ended early, or -1. */
  private long tornAt = -1;

  /** Where the last record of the last segment read ends. */
  private long recordsEnd;

  /** So many bytes of the last segment read were on disk, as it says itself. */
  private long vouched;

  private long segment(SegmentFormat.Header header, boolean counted) throws IOException {
    byte[] salt = SegmentFormat.saltBytes(header.salt());
    long at = SegmentFormat.HEADER_BYTES;
    long count = 0;
    tornAt = -1;
    recordsEnd = at;
    vouched = at;
    while (at < end) {
      String damage = null;
      int length = 0;
      if (end - at < SegmentFormat.RECORD_HEADER_BYTES) {
        damage = "the segment ends within the header of a record";
      } else {
        int o = fetch(at, SegmentFormat.RECORD_HEADER_BYTES);
        length = Bytes.getInt(buffer, o);
        if (Bytes.getInt(buffer, o + 14) != SegmentFormat.headerCrc(crc, salt, buffer, o)) {
          damage = "the checksum of a record's header does not match";
        } else if (isMark(length, at)) {
          if (Bytes.getInt(buffer, o + 18) == 0) {
            if (length == SegmentFormat.END_MARK) {
              vouched = Bytes.getLong(buffer, o + 6);
              break;
            }
            at += SegmentFormat.RECORD_HEADER_BYTES;
            if (length == SegmentFormat.START_MARK) {
              recordsEnd = at;
            } else {
              vouched = Bytes.getLong(buffer, o + 6);
            }
            continue;
          }
          damage = "a mark is damaged";
        } else if (length < 0 || length > end - at - SegmentFormat.RECORD_HEADER_BYTES) {
          damage = "the segment ends within a record of " + length + " bytes";
        } else {
          int lane = ((buffer[o + 4] & 0xff) << 8) | (buffer[o + 5] & 0xff);
          long number = Bytes.getLong(buffer, o + 6);
          int expected = Bytes.getInt(buffer, o + 18);
          byte[] update = new byte[length];
          read(at + SegmentFormat.RECORD_HEADER_BYTES, update);
          crc.reset();
          crc.update(update, 0, length);
          if ((int) crc.getValue() != expected) {
            damage = "the checksum of a record of " + length + " bytes does not match";
          } else {
            records.record(header.run(), lane, number, update);
            count++;
          }
        }
      }
      if (damage != null) {
        if (counted || isVouchedFor(at, salt)) {
          throw corrupt(at, damage);
        }
        tornAt = at;
        break;
      }
      at += SegmentFormat.RECORD_HEADER_BYTES + length;
      recordsEnd = at;
    }
    return count;
  }

  private static boolean isMark(int length, long at) {
    return length == SegmentFormat.SYNC_MARK
        || length == SegmentFormat.END_MARK
        || (length == SegmentFormat.START_MARK && at == SegmentFormat.HEADER_BYTES);
  }

  /** Whether a sync mark behind the damage says that the damaged place had been on disk. */
  private boolean isVouchedFor(long damageAt, byte[] salt) throws IOException {
    long size = file.size();
    long at = damageAt + 1;
    while (at + SegmentFormat.RECORD_HEADER_BYTES <= size) {
      int o = fetch(at, SegmentFormat.RECORD_HEADER_BYTES);
      int last = bufferSize - SegmentFormat.RECORD_HEADER_BYTES;
      for (int i = o; i <= last; i++) {
        // Most bytes are passed by this first look: a segment that is reused has many behind its
        // end.
        if (buffer[i] == -1 && vouches(i, salt) && Bytes.getLong(buffer, i + 6) > damageAt) {
          return true;
        }
      }
      at = bufferStart + last + 1;
    }
    return false;
  }

  private boolean vouches(int o, byte[] salt) {
    int length = Bytes.getInt(buffer, o);
    return (length == SegmentFormat.SYNC_MARK || length == SegmentFormat.END_MARK)
        && Bytes.getInt(buffer, o + 14) == SegmentFormat.headerCrc(crc, salt, buffer, o);
  }

  /** Brings some bytes of the file into the buffer; returns where they begin there. */
  private int fetch(long at, int length) throws IOException {
    if (at < bufferStart || at + length > bufferStart + bufferSize) {
      bufferStart = at;
      bufferSize = (int) Math.min(BUFFER_BYTES, file.size() - at);
      file.readAt(at, ByteBuffer.wrap(buffer, 0, bufferSize));
    }
    return (int) (at - bufferStart);
  }

  private void read(long at, byte[] into) throws IOException {
    if (into.length <= BUFFER_BYTES / 4) {
      System.arraycopy(buffer, fetch(at, into.length), into, 0, into.length);
    } else {
      file.readAt(at, ByteBuffer.wrap(into));
    }
  }

  private CorruptDataException corrupt(long offset, String what) {
    return new CorruptDataException(
        "the commit log is damaged: " + path + " at offset " + offset + ": " + what);
  }
}
