package io.ilion.protocol;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/**
 * Rows as a client keeps them: one array with the cells as they came, and where each cell begins.
 *
 * <p>All lengths were checked when it was made, so that a cell that is read is there; what a cell
 * means is found out by whoever asks for it. Immutable, as long as nobody changes the array.
 */
public final class PackedRows implements Result {
  private final RowsMetadata metadata;
  private final int columnCount;
  private final Digest changedMetadataId;
  private final byte[] pagingState;
  private final int rowCount;
  private final byte[] bytes;

  /** For each cell, row by row, the index of its first byte behind its length. */
  private final int[] cells;

  private PackedRows(MetadataCodec.RowsHead head, int rowCount, byte[] bytes, int[] cells) {
    this.metadata = head.metadata();
    this.columnCount = head.columnCount();
    this.changedMetadataId = head.changedMetadataId();
    this.pagingState = head.pagingState();
    this.rowCount = rowCount;
    this.bytes = bytes;
    this.cells = cells;
  }

  static PackedRows read(ProtocolVersion version, ByteBuf in) {
    MetadataCodec.RowsHead head = MetadataCodec.readRowsHead(version, in);
    int columns = head.columnCount();
    int rows = Wire.readInt(in);
    // A row without columns has no bytes that would bound its number.
    Wire.checkCount(in, rows, Math.max(1, 4L * columns));
    byte[] bytes = Wire.read(in, in.readableBytes());
    return new PackedRows(head, rows, bytes, index(bytes, rows * columns));
  }

  private static int[] index(byte[] bytes, int count) {
    int[] cells = new int[count];
    int at = 0;
    for (int i = 0; i < count; i++) {
      if (bytes.length - at < 4) {
        throw truncated();
      }
      int length = intAt(bytes, at);
      at += 4;
      cells[i] = at;
      if (length > 0) {
        if (bytes.length - at < length) {
          throw truncated();
        }
        at += length;
      }
    }
    return cells;
  }

  private static ProtocolException truncated() {
    return ProtocolException.recoverable(
        "Not enough bytes to read a byte array preceded by its 4 bytes length");
  }

  private static int intAt(byte[] bytes, int at) {
    return (bytes[at] & 0xFF) << 24
        | (bytes[at + 1] & 0xFF) << 16
        | (bytes[at + 2] & 0xFF) << 8
        | (bytes[at + 3] & 0xFF);
  }

  /** The columns; null when the client asked to leave them out. */
  public RowsMetadata metadata() {
    return metadata;
  }

  /** The number of columns. */
  public int columnCount() {
    return columnCount;
  }

  /** The number of rows. */
  public int rowCount() {
    return rowCount;
  }

  /** The new id of the columns, when they changed (version 5), or null. */
  public Digest changedMetadataId() {
    return changedMetadataId;
  }

  /** Where the next page begins, or null after the last. */
  public byte[] pagingState() {
    return pagingState;
  }

  /** The array in which the cells lie, not to be changed. */
  public byte[] bytes() {
    return bytes;
  }

  /** The index in {@link #bytes} of a cell's first byte. */
  public int offset(int row, int column) {
    return cells[row * columnCount + column];
  }

  /** The number of bytes of a cell, negative for CQL's null. */
  public int length(int row, int column) {
    return intAt(bytes, cells[row * columnCount + column] - 4);
  }

  /** A copy of a cell, null for CQL's null. */
  public byte[] value(int row, int column) {
    int length = length(row, column);
    int offset = offset(row, column);
    return length < 0 ? null : Arrays.copyOfRange(bytes, offset, offset + length);
  }

  void write(ProtocolVersion version, ByteBuf out) {
    RowsWriter writer =
        metadata == null
            ? RowsWriter.undescribed(out, columnCount)
            : new RowsWriter(out, version, metadata, true, changedMetadataId);
    for (int row = 0; row < rowCount; row++) {
      for (int column = 0; column < columnCount; column++) {
        writer.cell(value(row, column));
      }
      writer.endRow();
    }
    writer.finish(pagingState);
  }
}
