package io.ilion.coordinator.replica.hint;

import io.ilion.gossip.messaging.Payload;
import io.ilion.model.type.ByteSink;
import io.ilion.runtime.AppendFile;
import io.ilion.runtime.Files;
import io.ilion.runtime.ReadFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.zip.CRC32C;

/**
 * Which hints are of no use since their table was truncated after them. Any thread may ask; what
 * changes it blocks.
 *
 * <pre>
 * file: u32 0x494C4855, u32 count, then each: 16 table id, i64 number of a segment: what is in
 *       earlier ones is dropped; u32 CRC32C of all before
 * </pre>
 */
final class Truncations {
  private static final int MAGIC = 0x494C_4855;
  private static final String NAME = "truncated";
  private static final int ENTRY = 24;

  private final Files files;
  private final String directory;
  private final Map<UUID, Long> firstKept = new ConcurrentHashMap<>();

  private Truncations(Files files, String directory) {
    this.files = files;
    this.directory = directory;
  }

  /**
   * Reads what is known.
   *
   * @throws IOException also if the file is damaged
   */
  static Truncations open(Files files, String directory) throws IOException {
    Truncations known = new Truncations(files, directory);
    String path = directory + "/" + NAME;
    if (files.exists(path)) {
      try (ReadFile file = files.open(path)) {
        byte[] bytes = new byte[Math.toIntExact(file.size())];
        file.readAt(0, ByteBuffer.wrap(bytes));
        known.read(bytes, path);
      }
    }
    return known;
  }

  private void read(byte[] bytes, String path) throws IOException {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    if (bytes.length < 12
        || in.getInt(bytes.length - 4) != crc(bytes, bytes.length - 4)
        || in.getInt() != MAGIC
        || in.getInt() != (bytes.length - 12) / ENTRY) {
      throw new IOException(path + " is damaged; without it and the hints beside it all goes on");
    }
    while (in.remaining() >= ENTRY) {
      UUID table = Payload.readUuid(in);
      firstKept.put(table, in.getLong());
    }
  }

  private static int crc(byte[] bytes, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, length);
    return (int) crc.getValue();
  }

  /** Whether a hint of a table in a segment was made before the table was truncated. */
  boolean concerns(UUID table, long segment) {
    Long first = firstKept.get(table);
    return first != null && segment < first;
  }

  /**
   * A table was truncated; durable when this returns.
   *
   * @param segment the first whose hints are newer
   * @param oldest the first segment that there is
   */
  void add(UUID table, long segment, long oldest) throws IOException {
    firstKept.values().removeIf(first -> first <= oldest);
    firstKept.put(table, segment);
    ByteSink out = new ByteSink();
    out.writeInt(MAGIC);
    out.writeInt(firstKept.size());
    firstKept.forEach(
        (id, first) -> {
          Payload.writeUuid(out, id);
          out.writeLong(first);
        });
    out.writeInt(crc(out.array(), out.size()));
    String temporary = directory + "/" + NAME + ".new";
    if (files.exists(temporary)) {
      files.delete(temporary);
    }
    try (AppendFile file = files.create(temporary)) {
      file.append(ByteBuffer.wrap(out.array(), 0, out.size()));
      file.sync();
    }
    files.rename(temporary, directory + "/" + NAME);
    files.syncDirectory(directory);
  }
}
