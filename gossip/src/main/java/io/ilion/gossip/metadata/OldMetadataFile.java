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
  private static final int PUT = 0;
  private static final int DROP = 1;

  private OldMetadataFile() {}

  static RaftState read(byte[] bytes, String path) throws IOException {
    Map<String, KeyspaceDefinition> keyspaces = new HashMap<>();
    long epoch = 0;
    int at = MetadataFile.HEADER;
    while (at < bytes.length) {
      int end = MetadataFile.frameEnd(bytes, at);
      if (end < 0) {
        for (int later = at + 1; later < bytes.length; later++) {
          if (MetadataFile.frameEnd(bytes, later) > 0) {
            throw new IOException(path + " is damaged at offset " + at);
          }
        }
        break;
      }
      ByteBuffer in =
          ByteBuffer.wrap(Arrays.copyOfRange(bytes, at + MetadataFile.FRAME_HEADER, end));
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
