package io.ilion.coordinator.replica.hint;

import io.ilion.gossip.messaging.Payload;
import io.ilion.model.type.ByteSink;
import io.ilion.runtime.Files;
import io.ilion.runtime.WholeFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Which hints are of no use since their table was truncated after them. Any thread may ask; what
 * changes it blocks.
 *
 * <pre>
 * file: u32 0x494C4856, u32 version: 1, u32 count, then each: 16 table id, i64 number of a segment:
 *       what is in earlier ones is dropped; u32 CRC32C of all before
 * </pre>
 *
 * Files that were written before begin with 0x494C4855 and have no version; the rest is the same.
 */
final class Truncations {
  private static final int MAGIC = 0x494C_4856;
  private static final int VERSION = 1;
  private static final int MAGIC_WITHOUT_VERSION = 0x494C_4855;
  private static final String NAME = "truncated";
  private static final int ENTRY = 24;

  private final WholeFile file;
  private final Map<UUID, Long> firstKept = new ConcurrentHashMap<>();

  private Truncations(WholeFile file) {
    this.file = file;
  }

  /**
   * Reads what is known.
   *
   * @throws IOException also if the file is damaged
   */
  static Truncations open(Files files, String directory) throws IOException {
    WholeFile file = new WholeFile(files, directory, NAME);
    Truncations known = new Truncations(file);
    try {
      if (file.exists()) {
        known.read();
      }
    } catch (IOException e) {
      throw new IOException(e.getMessage() + "; without it and the hints beside it all goes on", e);
    }
    return known;
  }

  private void read() throws IOException {
    ByteBuffer in = file.read();
    int magic = in.remaining() < Integer.BYTES ? 0 : in.getInt();
    if (magic == MAGIC && in.remaining() >= Integer.BYTES) {
      int version = in.getInt();
      if (version != VERSION) {
        throw new IOException(
            file.path() + " is of version " + version + ", which a later release wrote");
      }
    } else if (magic != MAGIC_WITHOUT_VERSION) {
      throw saysNothing();
    }
    if (in.remaining() < Integer.BYTES || (long) in.getInt() * ENTRY != in.remaining()) {
      throw saysNothing();
    }
    while (in.remaining() >= ENTRY) {
      UUID table = Payload.readUuid(in);
      firstKept.put(table, in.getLong());
    }
  }

  private IOException saysNothing() {
    return new IOException(file.path() + " does not say which tables were truncated");
  }

  /** Whether a hint of a table in a segment was made before the table was truncated. */
  boolean concerns(UUID table, long segment) {
    Long first = firstKept.get(table);
    return first != null && segment < first;
  }

  /** The least number of a segment that concerns none of what is known. */
  long firstUnconcerned() {
    return firstKept.values().stream().mapToLong(Long::longValue).max().orElse(1);
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
    out.writeInt(VERSION);
    out.writeInt(firstKept.size());
    firstKept.forEach(
        (id, first) -> {
          Payload.writeUuid(out, id);
          out.writeLong(first);
        });
    file.write(out.toByteArray());
  }
}
