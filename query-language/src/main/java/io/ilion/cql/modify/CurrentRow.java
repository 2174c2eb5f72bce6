package io.ilion.cql.modify;

import io.ilion.cql.term.WireValues;
import io.ilion.model.data.CounterShards;
import io.ilion.model.data.RowReader;
import io.ilion.model.schema.ColumnDefinition;
import io.ilion.model.type.CellPath;
import io.ilion.model.type.CqlType;
import io.ilion.model.type.CqlType.Kind;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The live content of a row as it stood when a statement read it, before its changes. */
public final class CurrentRow {
  private final Map<Integer, List<Cell>> cells = new HashMap<>();

  private record Cell(byte[] path, byte[] value) {}

  /**
   * Takes the live cells of a row.
   *
   * @param row its merged image
   * @param nowSeconds the time of the request in seconds since 1970
   */
  public CurrentRow(RowReader row, long nowSeconds) {
    row.rewind();
    while (row.nextCell()) {
      if (row.cellIsLive(nowSeconds)) {
        byte[] value = row.value();
        if (row.isCounter()) {
          long total = CounterShards.total(value, 0, value.length);
          value = ByteBuffer.allocate(Long.BYTES).putLong(total).array();
        }
        cells
            .computeIfAbsent(row.column(), column -> new ArrayList<>(1))
            .add(new Cell(row.hasPath() ? row.path() : null, value));
      }
    }
    row.rewind();
  }

  /** A row without content. */
  CurrentRow() {}

  CurrentRow copy() {
    CurrentRow copy = new CurrentRow();
    cells.forEach((column, list) -> copy.cells.put(column, new ArrayList<>(list)));
    return copy;
  }

  void clear(ColumnDefinition column) {
    cells.remove(column.id());
  }

  /** Takes a cell out of a multi-cell column. */
  void remove(ColumnDefinition column, byte[] path) {
    int at = find(cellsOf(column), path);
    if (at >= 0) {
      cells.get(column.id()).remove(at);
    }
  }

  /** Puts a cell into a multi-cell column, in the order of the paths. */
  void put(ColumnDefinition column, byte[] path, byte[] value) {
    List<Cell> list = cells.computeIfAbsent(column.id(), id -> new ArrayList<>());
    int at = find(list, path);
    if (at >= 0) {
      list.set(at, new Cell(path, value));
    } else {
      list.add(-at - 1, new Cell(path, value));
    }
  }

  /** The index of the cell of a path, or as {@link Collections#binarySearch} has it. */
  private static int find(List<Cell> list, byte[] path) {
    return Collections.binarySearch(
        list, new Cell(path, null), (a, b) -> Arrays.compareUnsigned(a.path, b.path));
  }

  /** The number of cells of a multi-cell column. */
  int size(ColumnDefinition column) {
    return cellsOf(column).size();
  }

  /** The path of the cell at an index of a list. */
  byte[] path(ColumnDefinition column, int index) {
    return cellsOf(column).get(index).path;
  }

  /** The value of the cell at an index of a list. */
  byte[] element(ColumnDefinition column, int index) {
    return cellsOf(column).get(index).value;
  }

  /** The value of the cell of a path in a multi-cell column, or null. */
  byte[] cell(ColumnDefinition column, byte[] path) {
    List<Cell> all = cellsOf(column);
    int at = find(all, path);
    return at < 0 ? null : all.get(at).value;
  }

  /** The value of a column in wire form, a multi-cell one as a whole; null if it has none. */
  public byte[] value(ColumnDefinition column) {
    List<Cell> all = cellsOf(column);
    if (all.isEmpty()) {
      return null;
    }
    CqlType type = column.type();
    if (!type.isMultiCell()) {
      return all.get(0).value;
    }
    if (type.kind() == Kind.UDT) {
      byte[][] fields = new byte[type.componentTypes().size()][];
      for (Cell cell : all) {
        fields[CellPath.field(cell.path, 0)] = cell.value;
      }
      return WireValues.tuple(Arrays.asList(fields));
    }
    List<byte[]> parts = new ArrayList<>();
    for (Cell cell : all) {
      if (type.kind() != Kind.LIST) {
        parts.add(CellPath.key(type.componentTypes().get(0), cell.path, 0, cell.path.length));
      }
      if (type.kind() != Kind.SET) {
        parts.add(cell.value);
      }
    }
    return WireValues.collection(all.size(), parts);
  }

  private List<Cell> cellsOf(ColumnDefinition column) {
    return cells.getOrDefault(column.id(), List.of());
  }
}
