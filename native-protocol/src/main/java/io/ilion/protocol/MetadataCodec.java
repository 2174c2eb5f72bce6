package io.ilion.protocol;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;

/** Reads and writes the descriptions of rows and of prepared statements. */
final class MetadataCodec {
  static final int GLOBAL_TABLE = 0x01;
  static final int HAS_MORE_PAGES = 0x02;
  static final int NO_METADATA = 0x04;
  static final int METADATA_CHANGED = 0x08;

  /** What precedes the number of rows. */
  record RowsHead(
      RowsMetadata metadata, int columnCount, Digest changedMetadataId, byte[] pagingState) {}

  private MetadataCodec() {}

  static void writePrepared(Result.Prepared prepared, ProtocolVersion version, ByteBuf out) {
    Wire.writeShortBytes(out, prepared.id().bytes());
    if (version.atLeast(ProtocolVersion.V5)) {
      Wire.writeShortBytes(out, prepared.resultMetadataId().bytes());
    }
    RowsMetadata variables = prepared.variables();
    out.writeInt(variables.isGlobal() ? GLOBAL_TABLE : 0);
    out.writeInt(variables.size());
    if (version.atLeast(ProtocolVersion.V4)) {
      out.writeInt(prepared.partitionKeyIndexes().length);
      for (int index : prepared.partitionKeyIndexes()) {
        out.writeShort(index);
      }
    }
    out.writeBytes(variables.encoded(version));
    RowsMetadata columns = prepared.columns();
    out.writeInt(columns.size() == 0 ? NO_METADATA : columns.isGlobal() ? GLOBAL_TABLE : 0);
    out.writeInt(columns.size());
    out.writeBytes(columns.encoded(version));
  }

  static Result.Prepared readPrepared(ProtocolVersion version, ByteBuf in) {
    Digest id = new Digest(Wire.readShortBytes(in));
    Digest metadataId =
        version.atLeast(ProtocolVersion.V5) ? new Digest(Wire.readShortBytes(in)) : null;
    int flags = Wire.readInt(in);
    int count = Wire.checkCount(in, Wire.readInt(in), 0);
    int[] indexes = new int[0];
    if (version.atLeast(ProtocolVersion.V4)) {
      indexes = new int[Wire.checkCount(in, Wire.readInt(in), 2)];
      for (int i = 0; i < indexes.length; i++) {
        indexes[i] = Wire.readUnsignedShort(in);
      }
    }
    RowsMetadata variables = readColumns(flags, count, in);
    RowsHead result = readRowsHead(version, in);
    return new Result.Prepared(
        id,
        metadataId,
        variables,
        indexes,
        result.metadata() == null ? RowsMetadata.EMPTY : result.metadata());
  }

  static RowsHead readRowsHead(ProtocolVersion version, ByteBuf in) {
    int flags = Wire.readInt(in);
    int count = Wire.readInt(in);
    if (count < 0) {
      throw ProtocolException.recoverable("Invalid count " + count + " of columns");
    }
    byte[] pagingState = (flags & HAS_MORE_PAGES) != 0 ? Wire.readBytes(in) : null;
    Digest changed =
        (flags & METADATA_CHANGED) != 0 && version.atLeast(ProtocolVersion.V5)
            ? new Digest(Wire.readShortBytes(in))
            : null;
    RowsMetadata metadata = (flags & NO_METADATA) != 0 ? null : readColumns(flags, count, in);
    return new RowsHead(metadata, count, changed, pagingState);
  }

  private static RowsMetadata readColumns(int flags, int count, ByteBuf in) {
    boolean global = (flags & GLOBAL_TABLE) != 0;
    String keyspace = global ? Wire.readString(in) : null;
    String table = global ? Wire.readString(in) : null;
    Wire.checkCount(in, count, global ? 4 : 8);
    List<ColumnSpec> columns = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      String columnKeyspace = global ? keyspace : Wire.readString(in);
      String columnTable = global ? table : Wire.readString(in);
      String name = Wire.readString(in);
      columns.add(new ColumnSpec(columnKeyspace, columnTable, name, ColumnType.read(in)));
    }
    return new RowsMetadata(columns);
  }
}
