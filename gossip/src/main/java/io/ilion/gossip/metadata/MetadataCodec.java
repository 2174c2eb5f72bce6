package io.ilion.gossip.metadata;

import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.messaging.Payload;
import io.ilion.model.data.CorruptDataException;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.model.schema.Schema;
import io.ilion.model.schema.SchemaCodec;
import io.ilion.model.type.ByteSink;
import io.ilion.runtime.NodeAddress;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * The bytes of metadata and of changes to it, on disk and between nodes. Numbers are big-endian,
 * texts and ids as {@link Payload} writes them, a keyspace as {@link SchemaCodec} does, behind its
 * length.
 *
 * <pre>
 * metadata: u8 version 2, id cluster, i64 epoch, i64 epoch of the ring, i64 epoch of the schema,
 *           u32 count, keyspaces; u32 count, nodes, those that have left at the end and in the
 *           order in which they did; u32 count, ids of voters;
 *           version 1 had no epoch of the ring
 * changes:  u8 version 1, u32 count, each: u8 kind, then by kind
 *           0 a keyspace | 1 a name | 2 a node | 3 an id | 4 u32 count, ids
 * node:     id, address, native address (text host, u16 port), texts data centre and rack,
 *           u8 state, u32 count, i64 tokens, text release
 * </pre>
 */
public final class MetadataCodec {
  private static final int VERSION = 1;
  private static final int METADATA_VERSION = 2;
  private static final int PUT_KEYSPACE = 0;
  private static final int DROP_KEYSPACE = 1;
  private static final int PUT_NODE = 2;
  private static final int REMOVE_NODE = 3;
  private static final int SET_VOTERS = 4;
  private static final int MIN_NODE_BYTES = 34;

  private MetadataCodec() {}

  /** The bytes of metadata. */
  public static byte[] encode(ClusterMetadata metadata) {
    ByteSink out = Payload.version(METADATA_VERSION);
    Payload.writeUuid(out, metadata.cluster());
    out.writeLong(metadata.epoch());
    out.writeLong(metadata.ringEpoch());
    out.writeLong(metadata.schema().epoch());
    Map<String, KeyspaceDefinition> keyspaces = metadata.schema().keyspaces();
    out.writeInt(keyspaces.size());
    keyspaces.values().forEach(keyspace -> Payload.writeBytes(out, SchemaCodec.encode(keyspace)));
    out.writeInt(metadata.nodes().size());
    metadata.nodes().values().forEach(node -> write(out, node));
    write(out, metadata.voters());
    return out.toByteArray();
  }

  /**
   * Reads what {@link #encode(ClusterMetadata)} wrote.
   *
   * @throws CorruptDataException for anything else
   */
  public static ClusterMetadata decode(byte[] bytes) {
    try {
      ByteBuffer in = ByteBuffer.wrap(bytes);
      int version = in.get();
      if (version != VERSION && version != METADATA_VERSION) {
        throw new CorruptDataException("metadata of unknown version " + version);
      }
      UUID cluster = Payload.readUuid(in);
      long epoch = in.getLong();
      long ringEpoch = version == VERSION ? epoch : in.getLong();
      long schemaEpoch = in.getLong();
      Map<String, KeyspaceDefinition> keyspaces = new HashMap<>();
      for (int i = Payload.readCount(in, 4); i > 0; i--) {
        KeyspaceDefinition keyspace = SchemaCodec.decode(Payload.readBytes(in));
        keyspaces.put(keyspace.name(), keyspace);
      }
      Map<UUID, NodeInfo> nodes = new LinkedHashMap<>();
      for (int i = Payload.readCount(in, MIN_NODE_BYTES); i > 0; i--) {
        NodeInfo node = node(in);
        nodes.put(node.hostId(), node);
      }
      List<UUID> voters = ids(in);
      Payload.expectEnd(in);
      return new ClusterMetadata(
          cluster, epoch, ringEpoch, new Schema(schemaEpoch, keyspaces), nodes, voters);
    } catch (BufferUnderflowException e) {
      throw new CorruptDataException("metadata that are cut off", e);
    }
  }

  /** The bytes of changes. */
  public static byte[] encode(List<Change> changes) {
    ByteSink out = Payload.version(VERSION);
    out.writeInt(changes.size());
    for (Change change : changes) {
      switch (change) {
        case Change.PutKeyspace put -> {
          out.writeByte(PUT_KEYSPACE);
          Payload.writeBytes(out, SchemaCodec.encode(put.keyspace()));
        }
        case Change.DropKeyspace drop -> {
          out.writeByte(DROP_KEYSPACE);
          Payload.writeText(out, drop.name());
        }
        case Change.PutNode put -> {
          out.writeByte(PUT_NODE);
          write(out, put.node());
        }
        case Change.RemoveNode remove -> {
          out.writeByte(REMOVE_NODE);
          Payload.writeUuid(out, remove.hostId());
        }
        case Change.SetVoters set -> {
          out.writeByte(SET_VOTERS);
          write(out, set.voters());
        }
      }
    }
    return out.toByteArray();
  }

  /**
   * Reads what {@link #encode(List)} wrote.
   *
   * @throws CorruptDataException for anything else
   */
  public static List<Change> decodeChanges(byte[] bytes) {
    try {
      ByteBuffer in = ByteBuffer.wrap(bytes);
      Payload.expectVersion(in, VERSION);
      List<Change> changes = new ArrayList<>();
      for (int i = Payload.readCount(in, 3); i > 0; i--) {
        changes.add(change(in));
      }
      Payload.expectEnd(in);
      return changes;
    } catch (BufferUnderflowException e) {
      throw new CorruptDataException("changes that are cut off", e);
    }
  }

  private static Change change(ByteBuffer in) {
    int kind = in.get();
    return switch (kind) {
      case PUT_KEYSPACE -> new Change.PutKeyspace(SchemaCodec.decode(Payload.readBytes(in)));
      case DROP_KEYSPACE -> new Change.DropKeyspace(Payload.readText(in));
      case PUT_NODE -> new Change.PutNode(node(in));
      case REMOVE_NODE -> new Change.RemoveNode(Payload.readUuid(in));
      case SET_VOTERS -> new Change.SetVoters(ids(in));
      default -> throw new CorruptDataException("a change of unknown kind " + kind);
    };
  }

  private static void write(ByteSink out, NodeInfo node) {
    Payload.writeUuid(out, node.hostId());
    Payload.writeAddress(out, node.address());
    Payload.writeAddress(out, node.nativeAddress());
    Payload.writeText(out, node.datacenter());
    Payload.writeText(out, node.rack());
    out.writeByte(node.state().ordinal());
    out.writeInt(node.tokens().size());
    node.tokens().forEach(out::writeLong);
    Payload.writeText(out, node.release());
  }

  private static NodeInfo node(ByteBuffer in) {
    UUID hostId = Payload.readUuid(in);
    NodeAddress address = Payload.readAddress(in);
    NodeAddress nativeAddress = Payload.readAddress(in);
    String datacenter = Payload.readText(in);
    String rack = Payload.readText(in);
    int state = in.get();
    if (state < 0 || state >= NodeInfo.State.values().length) {
      throw new CorruptDataException("a node in unknown state " + state);
    }
    List<Long> tokens = new ArrayList<>();
    for (int i = Payload.readCount(in, Long.BYTES); i > 0; i--) {
      tokens.add(in.getLong());
    }
    return new NodeInfo(
        hostId,
        address,
        nativeAddress,
        datacenter,
        rack,
        NodeInfo.State.values()[state],
        tokens,
        Payload.readText(in));
  }

  private static void write(ByteSink out, List<UUID> ids) {
    out.writeInt(ids.size());
    ids.forEach(id -> Payload.writeUuid(out, id));
  }

  private static List<UUID> ids(ByteBuffer in) {
    List<UUID> ids = new ArrayList<>();
    for (int i = Payload.readCount(in, 16); i > 0; i--) {
      ids.add(Payload.readUuid(in));
    }
    return ids;
  }
}
