package io.ilion.gossip.metadata;

import io.ilion.gossip.messaging.Payload;
import io.ilion.model.type.ByteSink;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * An entry of the metadata log.
 *
 * <pre>
 * i64 index, i64 term, id of the proposal, u32 length, changes as {@link MetadataCodec} writes them
 * </pre>
 *
 * @param index from 1, without gaps
 * @param term of the leader that made it
 * @param proposal chosen by who proposed it, so that it knows its own entry
 * @param changes nothing at all in the entry that a leader begins its term with
 */
record LogEntry(long index, long term, UUID proposal, byte[] changes) {
  /** The proposal of entries that nobody proposed. */
  static final UUID NOBODY = new UUID(0, 0);

  private static final int LEAST_BYTES = 36;

  /** What becomes of metadata by this entry. */
  ClusterMetadata applyTo(ClusterMetadata metadata) {
    return changes.length == 0 ? metadata : metadata.with(MetadataCodec.decodeChanges(changes));
  }

  int bytes() {
    return LEAST_BYTES + changes.length;
  }

  static void write(ByteSink out, List<LogEntry> entries) {
    out.writeInt(entries.size());
    for (LogEntry entry : entries) {
      out.writeLong(entry.index);
      out.writeLong(entry.term);
      Payload.writeUuid(out, entry.proposal);
      Payload.writeBytes(out, entry.changes);
    }
  }

  static List<LogEntry> read(ByteBuffer in) {
    List<LogEntry> entries = new ArrayList<>();
    for (int i = Payload.readCount(in, LEAST_BYTES); i > 0; i--) {
      long index = in.getLong();
      long term = in.getLong();
      UUID proposal = Payload.readUuid(in);
      entries.add(new LogEntry(index, term, proposal, Payload.readBytes(in)));
    }
    return entries;
  }
}
