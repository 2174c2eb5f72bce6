package io.ilion.model.schema;

import io.ilion.model.data.CorruptDataException;
import io.ilion.model.schema.ColumnDefinition.Kind;
import io.ilion.model.type.CqlType;
import io.ilion.model.type.TypeParser;
import io.ilion.model.type.UserType;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/**
 * A keyspace as bytes, for the metadata log. Strings are an i32 length and UTF-8; types are the
 * names of their marshal classes, which need no other definition to be read.
 *
 * <pre>
 * u8 version;  name;  u8 durable writes;  map replication
 * i32 types, each:   name;  i32 fields, each: name, type
 * i32 tables, each:  name;  i64 i64 id;  i32 next column id
 *                    i32 columns, each: i32 id, name, u8 kind, i32 position, type, u8 descending
 *                    i32 dropped columns, each: a column, i64 microseconds
 *                    properties in the order of {@link TableProperties}
 *                    i32 former ids, each: i64 i64          (version 2)
 * </pre>
 *
 * <p>The version is 1 as long as no table was truncated, else 2.
 */
public final class SchemaCodec {
  private static final int WITHOUT_FORMER_IDS = 1;
  private static final int WITH_FORMER_IDS = 2;

  private SchemaCodec() {}

  /** The bytes of a keyspace. */
  public static byte[] encode(KeyspaceDefinition keyspace) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      boolean former = keyspace.tables().values().stream().anyMatch(t -> !t.formerIds().isEmpty());
      out.writeByte(former ? WITH_FORMER_IDS : WITHOUT_FORMER_IDS);
      write(out, keyspace.name());
      out.writeBoolean(keyspace.durableWrites());
      write(out, keyspace.replication());
      out.writeInt(keyspace.types().size());
      for (UserType type : keyspace.types().values()) {
        write(out, type.name());
        out.writeInt(type.fieldNames().size());
        for (int i = 0; i < type.fieldNames().size(); i++) {
          write(out, type.fieldNames().get(i));
          write(out, type.componentTypes().get(i).className());
        }
      }
      out.writeInt(keyspace.tables().size());
      for (TableDefinition table : keyspace.tables().values()) {
        write(out, table);
        if (former) {
          out.writeInt(table.formerIds().size());
          for (UUID id : table.formerIds()) {
            out.writeLong(id.getMostSignificantBits());
            out.writeLong(id.getLeastSignificantBits());
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static void write(DataOutputStream out, TableDefinition table) throws IOException {
    write(out, table.name());
    out.writeLong(table.id().getMostSignificantBits());
    out.writeLong(table.id().getLeastSignificantBits());
    out.writeInt(table.nextColumnId());
    out.writeInt(table.columns().size());
    for (ColumnDefinition column : table.columns()) {
      write(out, column);
    }
    out.writeInt(table.droppedColumns().size());
    for (DroppedColumn dropped : table.droppedColumns()) {
      write(out, dropped.column());
      out.writeLong(dropped.droppedMicros());
    }
    write(out, table.properties());
  }

  private static void write(DataOutputStream out, ColumnDefinition column) throws IOException {
    out.writeInt(column.id());
    write(out, column.name());
    out.writeByte(column.kind().ordinal());
    out.writeInt(column.position());
    write(out, column.type().className());
    out.writeBoolean(column.descending());
  }

  private static void write(DataOutputStream out, TableProperties p) throws IOException {
    write(out, p.additionalWritePolicy());
    out.writeBoolean(p.allowAutoSnapshot());
    out.writeDouble(p.bloomFilterFpChance());
    write(out, p.caching());
    out.writeBoolean(p.cdc());
    write(out, p.comment());
    write(out, p.compaction());
    write(out, p.compression());
    out.writeDouble(p.crcCheckChance());
    out.writeInt(p.defaultTimeToLive());
    out.writeInt(p.extensions().size());
    for (Map.Entry<String, byte[]> extension : new TreeMap<>(p.extensions()).entrySet()) {
      write(out, extension.getKey());
      out.writeInt(extension.getValue().length);
      out.write(extension.getValue());
    }
    out.writeInt(p.gcGraceSeconds());
    out.writeBoolean(p.incrementalBackups());
    out.writeInt(p.maxIndexInterval());
    write(out, p.memtable());
    out.writeInt(p.memtableFlushPeriodMillis());
    out.writeInt(p.minIndexInterval());
    write(out, p.readRepair());
    write(out, p.speculativeRetry());
  }

  private static void write(DataOutputStream out, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  private static void write(DataOutputStream out, Map<String, String> map) throws IOException {
    out.writeInt(map.size());
    for (Map.Entry<String, String> entry : map.entrySet()) {
      write(out, entry.getKey());
      write(out, entry.getValue());
    }
  }

  /**
   * Reads what {@link #encode} wrote.
   *
   * @throws CorruptDataException for anything else
   */
  public static KeyspaceDefinition decode(byte[] bytes) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      int version = in.readByte();
      if (version != WITHOUT_FORMER_IDS && version != WITH_FORMER_IDS) {
        throw new CorruptDataException("a keyspace of version " + version);
      }
      String name = text(in);
      boolean durable = in.readBoolean();
      KeyspaceDefinition keyspace = new KeyspaceDefinition(name, map(in), durable);
      Map<String, UserType> types = new HashMap<>();
      for (int i = count(in); i > 0; i--) {
        UserType type = type(in, name);
        types.put(type.name(), type);
      }
      Map<String, TableDefinition> tables = new HashMap<>();
      for (int i = count(in); i > 0; i--) {
        TableDefinition table = table(in, name, version == WITH_FORMER_IDS);
        tables.put(table.name(), table);
      }
      if (in.available() > 0) {
        throw new CorruptDataException("bytes behind the definition of keyspace " + name);
      }
      return new KeyspaceDefinition(name, keyspace.replication(), durable, tables, types, false);
    } catch (IOException | IllegalArgumentException e) {
      throw new CorruptDataException("malformed definition of a keyspace", e);
    }
  }

  private static UserType type(DataInputStream in, String keyspace) throws IOException {
    String name = text(in);
    List<String> names = new ArrayList<>();
    List<CqlType> types = new ArrayList<>();
    for (int i = count(in); i > 0; i--) {
      names.add(text(in));
      types.add(TypeParser.parseClassName(text(in)));
    }
    return new UserType(keyspace, name, names, types, true);
  }

  private static TableDefinition table(DataInputStream in, String keyspace, boolean hasFormerIds)
      throws IOException {
    String name = text(in);
    UUID id = new UUID(in.readLong(), in.readLong());
    int nextColumnId = in.readInt();
    List<ColumnDefinition> columns = new ArrayList<>();
    for (int i = count(in); i > 0; i--) {
      columns.add(column(in));
    }
    List<DroppedColumn> dropped = new ArrayList<>();
    for (int i = count(in); i > 0; i--) {
      dropped.add(new DroppedColumn(column(in), in.readLong()));
    }
    TableProperties properties = properties(in);
    List<UUID> former = new ArrayList<>();
    for (int i = hasFormerIds ? count(in) : 0; i > 0; i--) {
      former.add(new UUID(in.readLong(), in.readLong()));
    }
    return new TableDefinition(
        keyspace, name, id, former, columns, dropped, nextColumnId, properties, false);
  }

  private static ColumnDefinition column(DataInputStream in) throws IOException {
    int id = in.readInt();
    String name = text(in);
    int kind = in.readByte();
    if (kind < 0 || kind >= Kind.values().length) {
      throw new CorruptDataException("unknown kind of column " + kind);
    }
    return new ColumnDefinition(
        id,
        name,
        Kind.values()[kind],
        in.readInt(),
        TypeParser.parseClassName(text(in)),
        in.readBoolean());
  }

  private static TableProperties properties(DataInputStream in) throws IOException {
    String additionalWritePolicy = text(in);
    boolean autoSnapshot = in.readBoolean();
    double bloom = in.readDouble();
    Map<String, String> caching = map(in);
    boolean cdc = in.readBoolean();
    String comment = text(in);
    Map<String, String> compaction = map(in);
    Map<String, String> compression = map(in);
    double crc = in.readDouble();
    int ttl = in.readInt();
    Map<String, byte[]> extensions = new HashMap<>();
    for (int i = count(in); i > 0; i--) {
      String key = text(in);
      extensions.put(key, bytes(in));
    }
    return new TableProperties(
        additionalWritePolicy,
        autoSnapshot,
        bloom,
        caching,
        cdc,
        comment,
        compaction,
        compression,
        crc,
        ttl,
        extensions,
        in.readInt(),
        in.readBoolean(),
        in.readInt(),
        text(in),
        in.readInt(),
        in.readInt(),
        text(in),
        text(in));
  }

  private static int count(DataInputStream in) throws IOException {
    int count = in.readInt();
    if (count < 0 || count > in.available()) {
      throw new CorruptDataException("a count of " + count + " cannot be");
    }
    return count;
  }

  private static byte[] bytes(DataInputStream in) throws IOException {
    byte[] bytes = new byte[count(in)];
    in.readFully(bytes);
    return bytes;
  }

  private static String text(DataInputStream in) throws IOException {
    return new String(bytes(in), StandardCharsets.UTF_8);
  }

  private static Map<String, String> map(DataInputStream in) throws IOException {
    Map<String, String> map = new TreeMap<>();
    for (int i = count(in); i > 0; i--) {
      map.put(text(in), text(in));
    }
    return map;
  }
}
