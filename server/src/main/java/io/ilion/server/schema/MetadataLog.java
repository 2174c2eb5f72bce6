package io.ilion.server.schema;

import io.ilion.model.data.CorruptDataException;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.model.schema.Schema;
import io.ilion.model.schema.SchemaCodec;
import io.ilion.model.type.ByteSink;
import io.ilion.runtime.AppendFile;
import io.ilion.runtime.Files;
import io.ilion.runtime.ReadFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/**
 * The changes of the schema on disk: each entry is an epoch that puts one keyspace or drops it. It
 * is written anew at every start, so that it does not grow for ever.
 *
 * <pre>
 * header:  8 bytes "ILIONMDL", u32 version 1
 * entry:   u32 length of what follows the checksum, u32 CRC32C of the length and of what follows,
 *          i64 epoch, u8 0 put | 1 drop, put: the keyspace; drop: its name in UTF-8
 * </pre>
 *
 * What is damaged with nothing whole behind it is an entry whose write was cut off, and was never
 * acknowledged; any other damage refuses the start. So that damage to the last entry is not taken
 * for that, an entry that drops nothing is written behind it when it is on disk. Called by one
 * thread at a time.
 */
public final class MetadataLog implements AutoCloseable {
  private static final byte[] MAGIC = "ILIONMDL".getBytes(StandardCharsets.US_ASCII);
  private static final int VERSION = 1;
  private static final int HEADER = 12;
  private static final int ENTRY_HEADER = 8;
  private static final byte[] NOTHING = {};
  private static final int PUT = 0;
  private static final int DROP = 1;

  private final Files files;
  private final String directory;
  private AppendFile file;
  private Schema schema;

  /** Why the file may end with a part of an entry, or null. */
  private IOException failure;

  private MetadataLog(Files files, String directory) {
    this.files = files;
    this.directory = directory;
  }

  /**
   * Opens the log of a directory, or begins one.
   *
   * @throws IOException also for a log that is damaged; the message says where
   */
  public static MetadataLog open(Files files, String directory) throws IOException {
    files.createDirectories(directory);
    MetadataLog log = new MetadataLog(files, directory);
    log.schema = log.load();
    log.rewrite();
    return log;
  }

  /** The schema as it was kept. */
  public Schema schema() {
    return schema;
  }

  private String path() {
    return directory + "/metadata.log";
  }

  private Schema load() throws IOException {
    if (!files.exists(path())) {
      return Schema.EMPTY;
    }
    byte[] bytes;
    try (ReadFile in = files.open(path())) {
      bytes = new byte[Math.toIntExact(in.size())];
      in.readAt(0, ByteBuffer.wrap(bytes));
    }
    ByteBuffer in = ByteBuffer.wrap(bytes);
    byte[] magic = new byte[MAGIC.length];
    if (bytes.length < HEADER) {
      throw new IOException(path() + " is too short to be a metadata log");
    }
    in.get(magic);
    int version = in.getInt();
    if (!Arrays.equals(magic, MAGIC) || version != VERSION) {
      throw new IOException(path() + " is no metadata log of version " + VERSION);
    }
    Map<String, KeyspaceDefinition> keyspaces = new HashMap<>();
    long epoch = 0;
    int at = HEADER;
    while (at < bytes.length) {
      int end = entryEnd(bytes, at);
      if (end < 0) {
        for (int later = at + 1; later < bytes.length; later++) {
          if (entryEnd(bytes, later) > 0) {
            throw new IOException(path() + " is damaged at offset " + at);
          }
        }
        break;
      }
      epoch = apply(Arrays.copyOfRange(bytes, at + ENTRY_HEADER, end), keyspaces, at);
      at = end;
    }
    return new Schema(epoch, keyspaces);
  }

  /** Where a whole entry ends that begins at an offset; -1 if none does. */
  private static int entryEnd(byte[] bytes, int at) {
    if (bytes.length - at < ENTRY_HEADER) {
      return -1;
    }
    ByteBuffer in = ByteBuffer.wrap(bytes, at, bytes.length - at);
    int length = in.getInt();
    int checksum = in.getInt();
    if (length < 9 || length > in.remaining()) {
      return -1;
    }
    int end = in.position() + length;
    return checksum(Arrays.copyOfRange(bytes, in.position(), end)) == checksum ? end : -1;
  }

  private long apply(byte[] entry, Map<String, KeyspaceDefinition> keyspaces, int at)
      throws IOException {
    ByteBuffer in = ByteBuffer.wrap(entry);
    final long epoch = in.getLong();
    int kind = in.get();
    byte[] rest = new byte[in.remaining()];
    in.get(rest);
    try {
      if (kind == PUT) {
        KeyspaceDefinition keyspace = SchemaCodec.decode(rest);
        keyspaces.put(keyspace.name(), keyspace);
      } else if (kind == DROP) {
        keyspaces.remove(new String(rest, StandardCharsets.UTF_8));
      } else {
        throw new IOException(path() + " has an entry of unknown kind at offset " + at);
      }
    } catch (CorruptDataException e) {
      throw new IOException(path() + " is damaged at offset " + at, e);
    }
    return epoch;
  }

  private void rewrite() throws IOException {
    String fresh = path() + ".new";
    if (files.exists(fresh)) {
      files.delete(fresh);
    }
    file = files.create(fresh);
    ByteSink header = new ByteSink();
    header.writeBytes(MAGIC);
    header.writeInt(VERSION);
    file.append(ByteBuffer.wrap(header.toByteArray()));
    for (KeyspaceDefinition keyspace : new TreeMap<>(schema.keyspaces()).values()) {
      append(schema.epoch(), PUT, SchemaCodec.encode(keyspace));
    }
    confirm(schema.epoch());
    file.sync();
    files.rename(fresh, path());
    files.syncDirectory(directory);
  }

  /**
   * Keeps a keyspace durably, as of an epoch.
   *
   * @throws IOException if it may not be durable; then nothing more can be kept in this run
   */
  public void put(long epoch, KeyspaceDefinition keyspace) throws IOException {
    keep(epoch, PUT, SchemaCodec.encode(keyspace));
  }

  /**
   * Forgets a keyspace durably, as of an epoch.
   *
   * @throws IOException as {@link #put}
   */
  public void drop(long epoch, String keyspace) throws IOException {
    keep(epoch, DROP, keyspace.getBytes(StandardCharsets.UTF_8));
  }

  private void keep(long epoch, int kind, byte[] content) throws IOException {
    if (failure != null) {
      throw new IOException(path() + " cannot be written until the next start", failure);
    }
    try {
      append(epoch, kind, content);
      file.sync();
    } catch (IOException e) {
      failure = e;
      throw e;
    }
    try {
      confirm(epoch);
    } catch (IOException e) {
      // The entry itself is on disk.
      failure = e;
    }
  }

  /** Says behind the last entry that it is on disk. */
  private void confirm(long epoch) throws IOException {
    append(epoch, DROP, NOTHING);
  }

  private void append(long epoch, int kind, byte[] content) throws IOException {
    ByteSink entry = new ByteSink(content.length + 16);
    entry.writeLong(epoch);
    entry.writeByte(kind);
    entry.writeBytes(content);
    byte[] bytes = entry.toByteArray();
    ByteSink framed = new ByteSink(bytes.length + ENTRY_HEADER);
    framed.writeInt(bytes.length);
    framed.writeInt(checksum(bytes));
    framed.writeBytes(bytes);
    file.append(ByteBuffer.wrap(framed.toByteArray()));
  }

  private static int checksum(byte[] entry) {
    CRC32C crc = new CRC32C();
    crc.update(ByteBuffer.allocate(4).putInt(0, entry.length));
    crc.update(entry);
    return (int) crc.getValue();
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
