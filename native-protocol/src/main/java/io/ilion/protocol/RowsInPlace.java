package io.ilion.protocol;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;

/**
 * Goes through rows where they were received, without an object for each: the cells of one row
 * after the other. Used again for one answer after the other; valid as long as the answer's bytes
 * are. Every length is held against what is there before anything is read.
 */
public final class RowsInPlace {
  private static final int NO_METADATA = 0x04;
  private static final int KIND = 0;
  private static final int FLAGS = 4;
  private static final int COLUMNS = 8;
  private static final int ROWS = 12;
  private static final int FIRST_CELL = 16;

  private ByteBuf bytes;
  private int end;
  private int next;
  private int columnCount;
  private int rowCount;
  private int rowsLeft;
  private int[] cells = new int[4];

  /**
   * Whether an answer is a success of which no more need be known than its rows: without rows, or
   * with rows that are not described, the last page of them. It then begins before the first row.
   */
  public boolean wrap(Envelope envelope) {
    EnvelopeHeader header = envelope.header();
    ByteBuf body = envelope.body();
    int start = body.readerIndex();
    int length = body.readableBytes();
    if (header.opcode() != Opcode.RESULT.code()
        || !header.response()
        || header.flags() != 0
        || length < Integer.BYTES) {
      return false;
    }
    int kind = body.getInt(start + KIND);
    if (kind == ResponseWriter.RESULT_VOID) {
      begin(body, start, start, 0, 0);
      return true;
    }
    if (kind != ResponseWriter.RESULT_ROWS
        || length < FIRST_CELL
        || body.getInt(start + FLAGS) != NO_METADATA) {
      return false;
    }
    int columns = body.getInt(start + COLUMNS);
    int rows = body.getInt(start + ROWS);
    // A row without columns has no bytes that would bound its number.
    if (columns < 0
        || rows < 0
        || rows > (length - FIRST_CELL) / Math.max(1, (long) Integer.BYTES * columns)) {
      return false;
    }
    begin(body, start + FIRST_CELL, start + length, columns, rows);
    return true;
  }

  /** Begins before the first of rows that were taken out already. */
  public void wrap(PackedRows rows) {
    ByteBuf body = Unpooled.wrappedBuffer(rows.bytes());
    begin(body, 0, rows.bytes().length, rows.columnCount(), rows.rowCount());
  }

  /** No rows. */
  public void clear() {
    begin(Unpooled.EMPTY_BUFFER, 0, 0, 0, 0);
  }

  private void begin(ByteBuf body, int first, int behind, int columns, int rows) {
    bytes = body;
    next = first;
    end = behind;
    columnCount = columns;
    rowCount = rows;
    rowsLeft = rows;
  }

  /** The number of columns; 0 without rows. */
  public int columnCount() {
    return columnCount;
  }

  /** The number of rows, those that were gone through among them. */
  public int rowCount() {
    return rowCount;
  }

  /**
   * Goes to the next row, if there is one.
   *
   * @throws ProtocolException if its cells are not there
   */
  public boolean next() {
    if (rowsLeft == 0) {
      return false;
    }
    rowsLeft--;
    if (cells.length < columnCount) {
      cells = Arrays.copyOf(cells, columnCount);
    }
    int at = next;
    for (int i = 0; i < columnCount; i++) {
      need(Integer.BYTES, at);
      int length = bytes.getInt(at);
      at += Integer.BYTES;
      cells[i] = at;
      if (length > 0) {
        need(length, at);
        at += length;
      }
    }
    next = at;
    return true;
  }

  private void need(long count, int at) {
    if (end - at < count) {
      throw ProtocolException.recoverable("Not enough bytes to read the cells of a row");
    }
  }

  /** The number of bytes of a cell of the current row, negative for CQL's null. */
  public int length(int column) {
    return bytes.getInt(cells[column] - Integer.BYTES);
  }

  /** Copies the bytes of a cell of the current row, which is not null. */
  public void copy(int column, byte[] into, int at) {
    bytes.getBytes(cells[column], into, at, length(column));
  }
}
