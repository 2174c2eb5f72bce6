package io.ilion.driver;

import io.ilion.protocol.Envelope;
import io.ilion.protocol.PackedRows;
import io.ilion.protocol.RowsInPlace;

/**
 * The rows that a {@link DirectRequest} brought, where they were received: valid until the method
 * that was given them returns. Goes through them once, row by row.
 */
public final class DirectRows {
  private final RowsInPlace rows = new RowsInPlace();
  private Columns columns = Columns.NONE;
  private boolean hasMore;

  DirectRows() {}

  /** Whether an answer needs no decoding; then these are its rows. */
  boolean isPlain(Envelope envelope, Columns expected) {
    if (!rows.wrap(envelope) || rows.columnCount() > 0 && rows.columnCount() != expected.size()) {
      return false;
    }
    columns = rows.columnCount() == 0 ? Columns.NONE : expected;
    hasMore = false;
    return true;
  }

  /** Takes rows that were decoded; null for none. */
  void take(PackedRows decoded, Columns described) {
    columns = described;
    hasMore = decoded != null && decoded.pagingState() != null;
    if (decoded == null) {
      rows.clear();
    } else {
      rows.wrap(decoded);
    }
  }

  /** The columns of the rows; none for statements without rows. */
  public Columns columns() {
    return columns;
  }

  /** How many rows there are. */
  public int size() {
    return rows.rowCount();
  }

  /** Whether the server has further rows, which only the ordinary way goes on to. */
  public boolean hasMore() {
    return hasMore;
  }

  /** Goes to the next row, at first to the first one; false behind the last. */
  public boolean next() {
    return rows.next();
  }

  /** The number of bytes of a value of the current row, negative for null. */
  public int length(int column) {
    return rows.length(column);
  }

  /** Copies a value of the current row, which is not null, to a place of an array. */
  public void copy(int column, byte[] into, int at) {
    rows.copy(column, into, at);
  }
}
