package io.ilion.gossip.metadata;

import io.ilion.model.data.CorruptDataException;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.model.schema.Schema;
import io.ilion.model.schema.SchemaCodec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * Reads version 1 of the file of metadata: the schema of a node that was alone.
 *
 * <pre>
 * header:  8 bytes "ILIONMDL", u32 version 1
 * entry:   u32 length of what follows the checksum, u32 CRC32C of the length and of what follows,
 *          i64 epoch, u8 0 put | 1 drop, put: the keyspace; drop: its name in UTF-8
 * </pre>
 *
 * What is damaged with nothing whole behind it is an entry whose write was cut off, and was never
 * acknowledged; any other damage is refused. An entry that drops nothing was written behind the
 * last one when that was on disk.
 */
final class OldMetadataFile {
  private static final int HEADER = 12;
  private static final int ENTRY_HEADER = 8;
  private static final int LEAST_ENTRY = 9;
  private static final int PUT = 0;
  private static final int DROP = 1;

  private OldMetadataFile() {}

  static RaftState read(byte[] bytes, String path) throws IOException {
    Map<String, KeyspaceDefinition> keyspaces = new HashMap<>();
    long epoch = 0;
    int at = HEADER;
    while (at < bytes.length) {
      int end = entryEnd(bytes, at);
      if (end < 0) {
        for (int later = at + 1; later < bytes.length; later++) {
          if (entryEnd(bytes, later) > 0) {
            throw new IOException(path + " is damaged at offset " + at);
          }
        }
        break;
      }
      ByteBuffer in = ByteBuffer.wrap(Arrays.copyOfRange(bytes, at + ENTRY_HEADER, end));
      epoch = in.getLong();
      apply(in.get(), in, keyspaces);
      at = end;
    }
    ClusterMetadata metadata =
        new ClusterMetadata(
            ClusterMetadata.NONE.cluster(),
            epoch,
            new Schema(epoch, keyspaces),
            Map.of(),
            List.of());
    return new RaftState(0, null, LogPosition.START, metadata, List.of(), 0);
  }

  /** Where a whole entry ends that begins at an offset; -1 if none does. */
  private static int entryEnd(byte[] bytes, int at) {
    if (bytes.length - at < ENTRY_HEADER) {
      return -1;
    }
    ByteBuffer in = ByteBuffer.wrap(bytes, at, bytes.length - at);
    int length = in.getInt();
    int checksum = in.getInt();
    if (length < LEAST_ENTRY || length > in.remaining()) {
      return -1;
    }
    CRC32C crc = new CRC32C();
    crc.update(ByteBuffer.allocate(4).putInt(0, length));
    crc.update(bytes, in.position(), length);
    return (int) crc.getValue() == checksum ? in.position() + length : -1;
  }

  private static void apply(int kind, ByteBuffer in, Map<String, KeyspaceDefinition> keyspaces) {
    byte[] rest = new byte[in.remaining()];
    in.get(rest);
    if (kind == PUT) {
      KeyspaceDefinition keyspace = SchemaCodec.decode(rest);
      keyspaces.put(keyspace.name(), keyspace);
    } else if (kind == DROP) {
      keyspaces.remove(new String(rest, StandardCharsets.UTF_8));
    } else {
      throw new CorruptDataException("an entry of unknown kind " + kind);
    }
  }
}
