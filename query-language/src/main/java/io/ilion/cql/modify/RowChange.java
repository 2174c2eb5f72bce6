package io.ilion.cql.modify;

import io.ilion.model.data.RowWriter;
import io.ilion.model.schema.ColumnDefinition;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What one statement changes in one row; collected in any order, written in that of the image. */
final class RowChange {
  private enum Kind {
    COLUMN_DELETION,
    VALUE,
    TOMBSTONE
  }

  private record Cell(int column, byte[] path, Kind kind, long timestamp, byte[] value) {}

  /** An amount by which a counter changes. */
  record Increment(int column, long amount) {}

  private final WriteContext context;
  private final List<Cell> cells = new ArrayList<>();
  private List<Increment> increments = List.of();
  private boolean liveness;
  private boolean deletion;
  private boolean sorted = true;

  RowChange(WriteContext context) {
    this.context = context;
  }

  WriteContext context() {
    return context;
  }

  List<Increment> increments() {
    return increments;
  }

  void insert() {
    liveness = true;
  }

  void delete() {
    deletion = true;
  }

  void value(int column, byte[] path, byte[] value) {
    add(new Cell(column, path, Kind.VALUE, context.timestamp(), value));
  }

  void tombstone(int column, byte[] path) {
    add(new Cell(column, path, Kind.TOMBSTONE, context.timestamp(), null));
  }

  /** Deletes a multi-cell column, together with what this statement writes to it. */
  void deleteColumn(int column) {
    add(new Cell(column, null, Kind.COLUMN_DELETION, context.timestamp(), null));
  }

  /** Deletes what a multi-cell column held before, but not what this statement writes to it. */
  void clearColumn(int column) {
    add(new Cell(column, null, Kind.COLUMN_DELETION, context.timestamp() - 1, null));
  }

  void increment(int column, long amount) {
    if (increments.isEmpty()) {
      increments = new ArrayList<>(4);
    }
    increments.add(new Increment(column, amount));
  }

  private void add(Cell cell) {
    if (!cells.isEmpty() && compare(cells.getLast(), cell) >= 0) {
      sorted = false;
    }
    cells.add(cell);
  }

  private static int compare(Cell a, Cell b) {
    if (a.column != b.column) {
      return Integer.compare(a.column, b.column);
    }
    boolean aDeletes = a.kind == Kind.COLUMN_DELETION;
    boolean bDeletes = b.kind == Kind.COLUMN_DELETION;
    if (aDeletes || bDeletes) {
      return Boolean.compare(bDeletes, aDeletes);
    }
    return a.path == null || b.path == null ? 0 : Arrays.compareUnsigned(a.path, b.path);
  }

  /** What a row will hold of a column after this change, given what it held before. */
  CurrentRow after(CurrentRow before, ColumnDefinition column) {
    if (cells.stream().noneMatch(cell -> cell.column == column.id())) {
      return before;
    }
    CurrentRow after = before == null ? new CurrentRow() : before.copy();
    for (Cell cell : cells) {
      if (cell.column == column.id()) {
        switch (cell.kind) {
          case COLUMN_DELETION -> after.clear(column);
          case TOMBSTONE -> after.remove(column, cell.path);
          case VALUE -> after.put(column, cell.path, cell.value);
        }
      }
    }
    return after;
  }

  boolean isEmpty() {
    return cells.isEmpty() && !liveness && !deletion;
  }

  void write(RowWriter row) {
    long now = context.nowSeconds();
    long timestamp = context.timestamp();
    if (liveness) {
      row.liveness(timestamp, context.timeToLive(), context.expiresAt());
    }
    if (deletion) {
      row.deletion(timestamp, now);
    }
    List<Cell> ordered = sorted ? cells : sortedAndUnique();
    for (Cell cell : ordered) {
      switch (cell.kind) {
        case COLUMN_DELETION -> row.columnDeletion(cell.column, cell.timestamp, now);
        case TOMBSTONE -> row.tombstone(cell.column, cell.path, cell.timestamp, now);
        case VALUE ->
            row.cell(
                cell.column,
                cell.path,
                cell.timestamp,
                context.timeToLive(),
                context.expiresAt(),
                cell.value);
      }
    }
  }

  /** Of two writes to one cell the one that would win when they merge. */
  private List<Cell> sortedAndUnique() {
    List<Cell> all = new ArrayList<>(cells);
    all.sort(RowChange::compare);
    List<Cell> unique = new ArrayList<>(all.size());
    for (Cell cell : all) {
      if (!unique.isEmpty() && compare(unique.getLast(), cell) == 0) {
        if (supersedes(cell, unique.getLast())) {
          unique.set(unique.size() - 1, cell);
        }
      } else {
        unique.add(cell);
      }
    }
    return unique;
  }

  private static boolean supersedes(Cell a, Cell b) {
    if (a.timestamp != b.timestamp) {
      return a.timestamp > b.timestamp;
    }
    if (a.kind == Kind.VALUE && b.kind == Kind.VALUE) {
      return Arrays.compareUnsigned(a.value, b.value) > 0;
    }
    return a.kind == Kind.TOMBSTONE;
  }
}
