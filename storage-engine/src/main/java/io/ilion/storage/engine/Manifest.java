package io.ilion.storage.engine;

import io.ilion.model.data.Bytes;
import io.ilion.model.data.CorruptDataException;
import io.ilion.runtime.AppendFile;
import io.ilion.runtime.DiskFullException;
import io.ilion.runtime.Files;
import io.ilion.runtime.ReadFile;
import io.ilion.storage.TableFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.zip.CRC32C;

/**
 * The log of changes that says what the node's storage consists of. An edit is on disk before
 * anything relies on it. A file that has become long is replaced by a new one that says the same in
 * short; the one with the greatest number counts.
 *
 * <pre>
 * manifest-NNN:
 *   8   "ILIONMAN"
 *   i32 version of the directory's format: 1
 *   record+: i32 n;  i32 CRC32C of the i64 NNN, the i64 offset of the record and the n bytes;
 *            n bytes, as {@link ManifestEdit} describes
 * </pre>
 *
 * After a power failure there may be anything behind the last record that was synced, even records
 * of older files; the checksum tells them apart.
 *
 * <p>Background threads call this; calls exclude each other.
 */
final class Manifest {
  private static final byte[] MAGIC = "ILIONMAN".getBytes(StandardCharsets.US_ASCII);
  private static final int VERSION = 1;
  private static final int HEADER_BYTES = 12;
  private static final int CONFIRMATION_BYTES = 9;
  private static final String PREFIX = "manifest-";
  private static final long MIN_REWRITE_BYTES = 256 << 10;

  private final Files files;
  private final String directory;
  private final Consumer<Throwable> fatal;
  private final ManifestState state;
  private long number;
  private AppendFile file;
  private long rewriteAt;

  /** Files that their tables dropped while the manifest still named them. */
  private final List<Unwanted> unwanted = new ArrayList<>();

  /** Why nobody knows what the disk holds of the last edit, or null. */
  private IOException doubt;

  private record Unwanted(UUID table, TableFile file) {}

  private Manifest(
      Files files, String directory, Consumer<Throwable> fatal, ManifestState state, long number) {
    this.files = files;
    this.directory = directory;
    this.fatal = fatal;
    this.state = state;
    this.number = number;
  }

  /** Whether a directory has a manifest. */
  static boolean isThere(Files files, String directory) throws IOException {
    return files.list(directory).stream()
        .anyMatch(name -> name.startsWith(PREFIX) && !name.endsWith(".tmp"));
  }

  /**
   * Reads the manifest of a directory, or begins one, and notes a new run.
   *
   * @throws CorruptDataException if it is damaged anywhere but in an unfinished last record
   */
  static Manifest open(Files files, String directory, Consumer<Throwable> fatal)
      throws IOException {
    long newest = -1;
    for (String name : files.list(directory)) {
      if (name.startsWith(PREFIX)) {
        if (name.endsWith(".tmp")) {
          files.delete(directory + "/" + name);
        } else {
          newest = Math.max(newest, Long.parseLong(name.substring(PREFIX.length())));
        }
      }
    }
    ManifestState state = new ManifestState();
    if (newest >= 0) {
      read(files, directory + "/" + PREFIX + newest, newest, state);
    }
    state.prune();
    state.run++;
    Manifest manifest = new Manifest(files, directory, fatal, state, newest);
    manifest.rewrite();
    for (String name : files.list(directory)) {
      if (name.startsWith(PREFIX) && !name.equals(PREFIX + manifest.number)) {
        files.delete(directory + "/" + name);
      }
    }
    return manifest;
  }

  private static void read(Files files, String path, long number, ManifestState state)
      throws IOException {
    byte[] bytes;
    try (ReadFile in = files.open(path)) {
      bytes = new byte[Math.toIntExact(in.size())];
      in.readAt(0, ByteBuffer.wrap(bytes));
    }
    if (bytes.length < HEADER_BYTES || Arrays.compare(bytes, 0, 8, MAGIC, 0, 8) != 0) {
      throw new CorruptDataException(path + " is no manifest");
    }
    if (Bytes.getInt(bytes, 8) != VERSION) {
      throw new IOException(
          path
              + " is of version "
              + Bytes.getInt(bytes, 8)
              + "; this node reads version "
              + VERSION
              + " and leaves the directory alone");
    }
    int at = HEADER_BYTES;
    while (at < bytes.length) {
      int end = recordEnd(number, bytes, at);
      if (end < 0) {
        // Each record is synced before the next is written, so only the last can be unfinished;
        // and the first, which says all that the file before it said, before the file has its name.
        if (at == HEADER_BYTES) {
          throw new CorruptDataException(path + " is damaged at offset " + at);
        }
        if (recordEnd(number, bytes, at + CONFIRMATION_BYTES) > 0) {
          // A confirmation is synced together with the edit behind it, so a power failure may take
          // the one and leave the other. No edit is that short.
          at += CONFIRMATION_BYTES;
          continue;
        }
        for (int later = at + 1; later < bytes.length; later++) {
          if (recordEnd(number, bytes, later) > 0) {
            throw new CorruptDataException(path + " is damaged at offset " + at);
          }
        }
        return;
      }
      state.apply(ManifestEdit.decode(Arrays.copyOfRange(bytes, at + 8, end)));
      at = end;
    }
    if (at == HEADER_BYTES) {
      throw new CorruptDataException(path + " ends at offset " + at + ", too early for a manifest");
    }
  }

  /** The end of a whole record, or -1. */
  private static int recordEnd(long number, byte[] bytes, int at) {
    if (bytes.length - at < 9) {
      return -1;
    }
    int length = Bytes.getInt(bytes, at);
    if (length < 1 || length > bytes.length - at - 8) {
      return -1;
    }
    int end = at + 8 + length;
    return Bytes.getInt(bytes, at + 4) == crc(number, at, bytes, at + 8, end) ? end : -1;
  }

  /** The checksum of a record of the manifest with a number that begins at an offset. */
  static int crc(long number, long offset, byte[] bytes, int from, int to) {
    CRC32C crc = new CRC32C();
    crc.update(ByteBuffer.allocate(16).putLong(number).putLong(offset).flip());
    crc.update(bytes, from, to - from);
    return (int) crc.getValue();
  }

  private static void append(AppendFile file, long number, List<ManifestEdit> edits)
      throws IOException {
    append(file, number, ManifestEdit.encode(edits));
  }

  private static void append(AppendFile file, long number, byte[] payload) throws IOException {
    file.append(
        ByteBuffer.allocate(8 + payload.length)
            .putInt(payload.length)
            .putInt(crc(number, file.size(), payload, 0, payload.length))
            .put(payload)
            .flip());
  }

  /** Writes a new file that says what the state is, and goes on with it. */
  private void rewrite() throws IOException {
    String path = directory + "/" + PREFIX + (number + 1);
    String temporary = path + ".tmp";
    if (files.exists(temporary)) {
      files.delete(temporary);
    }
    AppendFile made = files.create(temporary);
    try {
      made.append(ByteBuffer.allocate(HEADER_BYTES).put(MAGIC).putInt(VERSION).flip());
      append(made, number + 1, state.asEdits());
    } catch (IOException e) {
      made.close();
      throw e;
    }
    try {
      made.sync();
      files.rename(temporary, path);
      files.syncDirectory(directory);
    } catch (IOException e) {
      made.close();
      throw doubtful(e);
    }
    if (file != null) {
      file.close();
      files.delete(directory + "/" + PREFIX + number);
    }
    number++;
    file = made;
    rewriteAt = Math.max(MIN_REWRITE_BYTES, 4 * made.size());
  }

  /**
   * The disk failed: what was written may be there after the next start or not, so nothing may be
   * built upon either, and nothing may be written behind it.
   */
  private IOException doubtful(IOException cause) {
    if (doubt == null) {
      doubt = cause;
      fatal.accept(cause);
    }
    return cause;
  }

  /** Makes edits durable and part of the state. */
  void edit(List<ManifestEdit> edits) throws IOException {
    edit(edits, () -> true);
  }

  /**
   * Makes edits durable and part of the state, if the condition holds; nothing else changes the
   * manifest between the question and the deed.
   *
   * @return whether it held
   */
  boolean edit(List<ManifestEdit> edits, BooleanSupplier condition) throws IOException {
    return edit(now -> condition.getAsBoolean() ? edits : null);
  }

  /**
   * Makes edits durable and part of the state that depend on it; nothing else changes the manifest
   * between the question and the deed.
   *
   * @param change makes the edits from the state, or null if there are to be none
   * @return whether there were any
   */
  synchronized boolean edit(Function<ManifestState, List<ManifestEdit>> change) throws IOException {
    List<ManifestEdit> edits = change.apply(state);
    if (edits == null) {
      return false;
    }
    if (edits.isEmpty()) {
      return true;
    }
    if (doubt != null) {
      throw new IOException("the node is stopping", doubt);
    }
    // First this: what cannot be said at all fails alone, and the disk has nothing to do with it.
    byte[] payload = ManifestEdit.encode(edits);
    try {
      if (file == null || file.size() > rewriteAt) {
        rewrite();
      }
      append(file, number, payload);
    } catch (DiskFullException e) {
      // What the file ends with is half a record: the next edit begins a new one.
      if (file != null) {
        AppendFile broken = file;
        file = null;
        broken.close();
      }
      throw e;
    } catch (IOException e) {
      throw doubtful(e);
    }
    try {
      file.sync();
    } catch (IOException e) {
      throw doubtful(e);
    }
    state.apply(edits);
    confirm();
    deleteUnnamed();
    return true;
  }

  /** Says behind the last record that it is durable; what becomes of that does not matter. */
  private void confirm() throws IOException {
    try {
      append(file, number, List.of(new ManifestEdit.Confirmed()));
    } catch (IOException unconfirmed) {
      // The file may end with a part of it: the next edit begins a new one.
      AppendFile broken = file;
      file = null;
      try {
        broken.close();
      } catch (IOException unclosed) {
        throw doubtful(unclosed);
      }
    }
  }

  /**
   * Lets a file (or null) go of which an edit was to tell, and did not. It is deleted, unless the
   * edit may still be there after the next start, which then sees to the file.
   */
  synchronized void discard(TableFile unwanted) {
    if (unwanted != null) {
      if (doubt == null) {
        unwanted.markObsolete();
      }
      unwanted.release();
    }
  }

  /**
   * Lets a file go that came to a table after its data had been truncated or dropped. It is deleted
   * once the edit that tells of that is durable: a start misses what the manifest names.
   */
  synchronized void letGo(UUID table, TableFile late) {
    unwanted.add(new Unwanted(table, late));
    deleteUnnamed();
  }

  private void deleteUnnamed() {
    if (doubt == null) {
      unwanted.removeIf(
          late -> {
            ManifestState.Table table = state.tables.get(late.table);
            if (table != null && table.files.containsKey(late.file.generation())) {
              return false;
            }
            late.file.markObsolete();
            late.file.release();
            return true;
          });
    }
  }

  /** Looks at the state while nothing changes it. */
  synchronized <T> T read(Function<ManifestState, T> question) {
    return question.apply(state);
  }

  synchronized void close() throws IOException {
    unwanted.forEach(late -> late.file.release());
    unwanted.clear();
    // Also for what was to be tried again.
    doubt = new IOException("the manifest is closed");
    if (file != null) {
      file.close();
    }
  }
}
