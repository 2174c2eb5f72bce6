package io.ilion.protocol;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;

/**
 * The columns of rows, or the bound variables of a statement. Immutable; the encoded form is made
 * once for each layout, so that describing the columns of an answer is one copy.
 */
public final class RowsMetadata {
  /** No columns at all. */
  public static final RowsMetadata EMPTY = new RowsMetadata(List.of());

  private final List<ColumnSpec> columns;
  private final boolean global;
  private volatile byte[] encodedBeforeV5;
  private volatile byte[] encodedV5;
  private volatile Digest id;

  /** Creates the description of these columns, in order. */
  public RowsMetadata(List<ColumnSpec> columns) {
    this.columns = List.copyOf(columns);
    this.global = !columns.isEmpty() && allOfOneTable(this.columns);
  }

  private static boolean allOfOneTable(List<ColumnSpec> columns) {
    ColumnSpec first = columns.get(0);
    for (ColumnSpec column : columns) {
      if (!column.keyspace().equals(first.keyspace()) || !column.table().equals(first.table())) {
        return false;
      }
    }
    return true;
  }

  /** The columns, in order. */
  public List<ColumnSpec> columns() {
    return columns;
  }

  /** The number of columns. */
  public int size() {
    return columns.size();
  }

  /** Whether all columns are of one table, which is then named only once. */
  boolean isGlobal() {
    return global;
  }

  /** The id of the columns: different columns have different ids. Stable across restarts. */
  public Digest id() {
    Digest known = id;
    if (known == null) {
      try {
        known = new Digest(MessageDigest.getInstance("MD5").digest(encoded(ProtocolVersion.V5)));
      } catch (NoSuchAlgorithmException e) {
        throw new AssertionError("every Java platform has MD5", e);
      }
      id = known;
    }
    return known;
  }

  /** The table's name, if it stands only once, and the columns; not to be changed. */
  byte[] encoded(ProtocolVersion version) {
    boolean v5 = version.atLeast(ProtocolVersion.V5);
    byte[] known = v5 ? encodedV5 : encodedBeforeV5;
    if (known == null) {
      known = encode(version);
      if (v5) {
        encodedV5 = known;
      } else {
        encodedBeforeV5 = known;
      }
    }
    return known;
  }

  private byte[] encode(ProtocolVersion version) {
    ByteBuf out = Unpooled.buffer();
    if (global) {
      Wire.writeString(out, columns.get(0).keyspace());
      Wire.writeString(out, columns.get(0).table());
    }
    for (ColumnSpec column : columns) {
      if (!global) {
        Wire.writeString(out, column.keyspace());
        Wire.writeString(out, column.table());
      }
      Wire.writeString(out, column.name());
      ColumnType.write(column.type(), version, out);
    }
    return Wire.read(out, out.readableBytes());
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof RowsMetadata that && columns.equals(that.columns);
  }

  @Override
  public int hashCode() {
    return columns.hashCode();
  }

  @Override
  public String toString() {
    return columns.toString();
  }
}
