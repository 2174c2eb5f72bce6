package io.ilion.protocol;

import io.netty.buffer.ByteBuf;

/**
 * Writes the body of a RESULT of rows straight into a buffer, cell by cell, without knowing
 * beforehand how many rows there will be or whether there is a further page.
 *
 * <p>The frame around it is a {@link ResponseWriter}'s.
 */
public final class RowsWriter {
  private final ByteBuf out;
  private final int flagsIndex;
  private final int countIndex;
  private int rows;
  private int cellStart;

  /**
   * Begins a result that describes its columns.
   *
   * @param changedMetadataId the id of the columns, if a client of version 5 knows others; else
   *     null
   */
  public RowsWriter(
      ByteBuf out, ProtocolVersion version, RowsMetadata metadata, Digest changedMetadataId) {
    this(out, version, metadata, metadata.size(), changedMetadataId);
  }

  /** Begins a result whose columns the client knows. */
  public RowsWriter(ByteBuf out, int columnCount) {
    this(out, ProtocolVersion.V3, null, columnCount, null);
  }

  RowsWriter(
      ByteBuf out,
      ProtocolVersion version,
      RowsMetadata metadata,
      int columnCount,
      Digest changedMetadataId) {
    this.out = out;
    out.writeInt(ResponseWriter.RESULT_ROWS);
    flagsIndex = out.writerIndex();
    boolean changed = changedMetadataId != null && version.atLeast(ProtocolVersion.V5);
    int flags = metadata == null ? MetadataCodec.NO_METADATA : 0;
    if (metadata != null && metadata.isGlobal()) {
      flags |= MetadataCodec.GLOBAL_TABLE;
    }
    if (changed) {
      flags |= MetadataCodec.METADATA_CHANGED;
    }
    out.writeInt(flags);
    out.writeInt(columnCount);
    if (changed) {
      Wire.writeShortBytes(out, changedMetadataId.bytes());
    }
    if (metadata != null) {
      out.writeBytes(metadata.encoded(version));
    }
    countIndex = out.writerIndex();
    out.writeInt(0);
  }

  /** Appends a cell; null is CQL's null. */
  public void cell(byte[] value) {
    if (value == null) {
      out.writeInt(-1);
    } else {
      cell(value, 0, value.length);
    }
  }

  /** Appends a cell whose value stands in an array. */
  public void cell(byte[] array, int offset, int length) {
    out.writeInt(length);
    out.writeBytes(array, offset, length);
  }

  /**
   * Begins a cell whose value the caller writes into the returned buffer, then {@link #endCell}.
   */
  public ByteBuf beginCell() {
    cellStart = out.writerIndex();
    out.writeInt(0);
    return out;
  }

  /** Ends the cell that was begun. */
  public void endCell() {
    out.setInt(cellStart, out.writerIndex() - cellStart - 4);
  }

  /** Ends a row. */
  public void endRow() {
    rows++;
  }

  /** The number of rows so far. */
  public int rowCount() {
    return rows;
  }

  /** The number of bytes of the rows so far. */
  public int rowBytes() {
    return out.writerIndex() - countIndex - 4;
  }

  /**
   * Completes the result.
   *
   * @param pagingState where the next page begins, or null when there is none
   */
  public void finish(byte[] pagingState) {
    out.setInt(countIndex, rows);
    if (pagingState != null) {
      out.setInt(flagsIndex, out.getInt(flagsIndex) | MetadataCodec.HAS_MORE_PAGES);
      ByteBuf bytes = out.alloc().buffer(4 + pagingState.length);
      try {
        Wire.writeBytes(bytes, pagingState);
        ResponseWriter.insert(out, flagsIndex + 8, bytes);
      } finally {
        bytes.release();
      }
    }
  }
}
