package io.ilion.coordinator.read;

import io.ilion.model.data.Bytes;
import io.ilion.model.data.CounterShards;
import io.ilion.model.data.RowReader;
import io.ilion.model.schema.ColumnDefinition;
import io.ilion.model.type.CellPath;
import io.ilion.model.type.CollectionType;
import io.ilion.model.type.CqlType.Kind;
import io.ilion.model.type.UserType;
import java.util.ArrayList;
import java.util.List;

/** Decodes the live cells of a row image into the values of its columns. */
final class CellDecoder {
  private CellDecoder() {}

  /**
   * Sets the values of the needed columns of a row; the reader stands before its first cell.
   *
   * @return the number of cells, of all columns, that are deleted or have expired
   */
  static int decode(RowReader row, ColumnLayout layout, long nowSeconds, byte[][] values) {
    int dead = 0;
    boolean more = row.nextCell();
    while (more) {
      int columnId = row.column();
      int ordinal = layout.ordinal(columnId);
      if (ordinal < 0 || !layout.isNeeded(columnId)) {
        dead += isDead(row, nowSeconds) ? 1 : 0;
        more = row.nextCell();
        continue;
      }
      ColumnDefinition column = layout.table().columns().get(ordinal);
      if (!column.isMultiCell()) {
        if (row.cellIsLive(nowSeconds)) {
          values[ordinal] = simpleValue(row);
        } else {
          dead++;
        }
        more = row.nextCell();
        continue;
      }
      MultiCell cells = new MultiCell(column);
      do {
        if (row.cellIsLive(nowSeconds)) {
          cells.add(row);
        } else if (!row.isColumnDeletion()) {
          dead++;
        }
        more = row.nextCell();
      } while (more && row.column() == columnId);
      values[ordinal] = cells.compose();
    }
    return dead;
  }

  private static boolean isDead(RowReader cell, long nowSeconds) {
    return !cell.isColumnDeletion() && !cell.cellIsLive(nowSeconds);
  }

  private static byte[] simpleValue(RowReader row) {
    if (!row.isCounter()) {
      return row.value();
    }
    byte[] total = new byte[8];
    Bytes.putLong(total, 0, CounterShards.total(row.array(), row.valueOffset(), row.valueLength()));
    return total;
  }

  /** The cells of one multi-cell column. */
  private static final class MultiCell {
    private final ColumnDefinition column;
    private final List<byte[]> parts = new ArrayList<>();

    MultiCell(ColumnDefinition column) {
      this.column = column;
    }

    void add(RowReader cell) {
      if (column.type() instanceof UserType) {
        int field = CellPath.field(cell.array(), cell.pathOffset());
        while (parts.size() < field) {
          parts.add(null);
        }
        parts.add(cell.value());
        return;
      }
      CollectionType type = (CollectionType) column.type();
      if (type.kind() != Kind.LIST) {
        parts.add(
            CellPath.key(type.pathType(), cell.array(), cell.pathOffset(), cell.pathLength()));
      }
      if (type.kind() != Kind.SET) {
        parts.add(cell.value());
      }
    }

    byte[] compose() {
      if (parts.isEmpty()) {
        return null;
      }
      if (column.type() instanceof UserType type) {
        while (parts.size() < type.fieldNames().size()) {
          parts.add(null);
        }
        return type.compose(parts);
      }
      return ((CollectionType) column.type()).compose(parts);
    }
  }
}
