package io.ilion.coordinator.batch;

import io.ilion.coordinator.replica.UpdateCheck;
import io.ilion.gossip.messaging.Payload;
import io.ilion.model.data.CorruptDataException;
import io.ilion.model.type.ByteSink;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * The payloads of BATCH_STORE and BATCH_REMOVE.
 *
 * <pre>
 * u8  version: 1
 * 16  id of the batch
 * u32 number of updates, then each: u32 length, update       only of BATCH_STORE
 * </pre>
 */
final class BatchMessage {
  private static final int VERSION = 1;
  private static final int LEAST_UPDATE = 24;

  private BatchMessage() {}

  static byte[] store(BatchStore.Entry entry) {
    int size = 0;
    for (byte[] update : entry.updates()) {
      size = Math.addExact(size, 4 + update.length);
    }
    ByteSink out = new ByteSink(21 + size);
    out.writeByte(VERSION);
    Payload.writeUuid(out, entry.id());
    out.writeInt(entry.updates().size());
    entry.updates().forEach(update -> Payload.writeBytes(out, update));
    return out.toByteArray();
  }

  static byte[] remove(UUID id) {
    ByteSink out = Payload.version(VERSION);
    Payload.writeUuid(out, id);
    return out.toByteArray();
  }

  /**
   * Reads what BATCH_STORE brings.
   *
   * @throws CorruptDataException if it is no batch
   * @throws java.nio.BufferUnderflowException if it is cut short
   */
  static BatchStore.Entry readStore(ByteBuffer in) {
    Payload.expectVersion(in, VERSION);
    UUID id = timeUuid(in);
    int count = Payload.readCount(in, LEAST_UPDATE);
    List<byte[]> updates = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      byte[] update = Payload.readBytes(in);
      UpdateCheck.check(update);
      updates.add(update);
    }
    Payload.expectEnd(in);
    return new BatchStore.Entry(id, List.copyOf(updates));
  }

  /** Reads what BATCH_REMOVE brings, with the same failures. */
  static UUID readRemove(ByteBuffer in) {
    Payload.expectVersion(in, VERSION);
    UUID id = timeUuid(in);
    Payload.expectEnd(in);
    return id;
  }

  private static UUID timeUuid(ByteBuffer in) {
    UUID id = Payload.readUuid(in);
    if (id.version() != 1) {
      throw new CorruptDataException("the id of a batch is of version " + id.version());
    }
    return id;
  }
}
