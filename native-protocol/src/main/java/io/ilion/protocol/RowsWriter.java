package io.ilion.protocol;

import static io.ilion.protocol.MetadataCodec.GLOBAL_TABLE;
import static io.ilion.protocol.MetadataCodec.HAS_MORE_PAGES;
import static io.ilion.protocol.MetadataCodec.METADATA_CHANGED;
import static io.ilion.protocol.MetadataCodec.NO_METADATA;

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
  private int countIndex;
  private int rows;

  /**
   * Begins a result.
   *
   * @param describe whether the columns are described, or the client knows them
   * @param changedMetadataId the id of the columns, if a client of version 5 knows others; else
   *     null
   */
  public RowsWriter(
      ByteBuf out,
      ProtocolVersion version,
      RowsMetadata metadata,
      boolean describe,
      Digest changedMetadataId) {
    this(out, metadata.size());
    int flags = (describe ? 0 : NO_METADATA) | (metadata.isGlobal() ? GLOBAL_TABLE : 0);
    if (changedMetadataId != null && version.atLeast(ProtocolVersion.V5)) {
      flags |= METADATA_CHANGED;
      Wire.writeShortBytes(out, changedMetadataId.bytes());
    }
    out.setInt(flagsIndex, flags);
    if (describe) {
      out.writeBytes(metadata.encoded(version));
    }
    countIndex = out.writerIndex();
    out.writeInt(0);
  }

  /** Begins a result of so many columns that says nothing else of them. */
  static RowsWriter undescribed(ByteBuf out, int columnCount) {
    RowsWriter writer = new RowsWriter(out, columnCount);
    out.setInt(writer.flagsIndex, NO_METADATA);
    writer.countIndex = out.writerIndex();
    out.writeInt(0);
    return writer;
  }

  private RowsWriter(ByteBuf out, int columnCount) {
    this.out = out;
    out.writeInt(ResponseWriter.RESULT_ROWS);
    flagsIndex = out.writerIndex();
    out.writeInt(0);
    out.writeInt(columnCount);
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

  /** Appends whole rows whose cells are in wire form already. */
  public void rows(byte[] cells, int length, int rowCount) {
    out.writeBytes(cells, 0, length);
    rows += rowCount;
  }

  /** Ends a row. */
  public void endRow() {
    rows++;
  }

  /** The number of rows so far. */
  public int rowCount() {
    return rows;
  }

  /**
   * Completes the result.
   *
   * @param pagingState where the next page begins, or null when there is none
   */
  public void finish(byte[] pagingState) {
    out.setInt(countIndex, rows);
    if (pagingState != null) {
      out.setInt(flagsIndex, out.getInt(flagsIndex) | HAS_MORE_PAGES);
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
