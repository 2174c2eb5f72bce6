package io.ilion.cql.modify;

import io.ilion.cql.term.PreparedTerm;
import io.ilion.cql.term.WireValues;
import io.ilion.model.CqlException;
import io.ilion.model.schema.ColumnDefinition;
import io.ilion.model.type.CellPath;
import io.ilion.model.type.CqlType;
import io.ilion.model.type.NativeType;
import io.ilion.model.type.Values;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Operations on multi-cell lists, sets and maps. */
final class CollectionOperations {
  private static final byte[] NO_VALUE = {};

  private CollectionOperations() {}

  private static byte[] evaluate(PreparedTerm term, RowChange row) {
    return term.evaluate(row.context().evaluation());
  }

  private static boolean isNothing(byte[] value) {
    return value == null || Values.isUnset(value);
  }

  private static CqlType keyType(ColumnDefinition column) {
    return column.type().componentTypes().get(0);
  }

  /** Replaces the content of a collection. */
  record Overwrite(ColumnDefinition column, ColumnOperation add) implements ColumnOperation {
    @Override
    public void apply(RowChange row, CurrentRow current) {
      PreparedTerm value = ((Addition) add).value();
      if (!Values.isUnset(evaluate(value, row))) {
        row.clearColumn(column.id());
        add.apply(row, current);
      }
    }
  }

  private interface Addition extends ColumnOperation {
    PreparedTerm value();
  }

  /** Appends to a list. */
  record Append(ColumnDefinition column, PreparedTerm value) implements Addition {
    @Override
    public void apply(RowChange row, CurrentRow current) {
      byte[] list = evaluate(value, row);
      if (isNothing(list)) {
        return;
      }
      for (byte[] element : WireValues.elements(list)) {
        byte[] position = row.context().evaluation().functions().newTimeUuid();
        row.value(column.id(), CellPath.ofKey(NativeType.TIMEUUID, position), element);
      }
    }
  }

  /**
   * Puts values before a list. Positions are times mirrored at an instant of the past: what is
   * prepended later sorts first.
   */
  record Prepend(ColumnDefinition column, PreparedTerm value) implements ColumnOperation {
    /** 2010-01-01 in units of 100 ns since the beginning of version 1 UUIDs. */
    private static final long MIRROR = (1_262_304_000_000L + 12_219_292_800_000L) * 10_000;

    @Override
    public void apply(RowChange row, CurrentRow current) {
      byte[] list = evaluate(value, row);
      if (isNothing(list)) {
        return;
      }
      List<byte[]> elements = WireValues.elements(list);
      for (int i = elements.size() - 1; i >= 0; i--) {
        byte[] position = mirror(row.context().evaluation().functions().newTimeUuid());
        row.value(column.id(), CellPath.ofKey(NativeType.TIMEUUID, position), elements.get(i));
      }
    }

    private static byte[] mirror(byte[] uuid) {
      ByteBuffer bytes = ByteBuffer.wrap(uuid);
      long high = bytes.getLong();
      long time =
          (high & 0x0fffL) << 48 | (high >>> 16 & 0xffffL) << 32 | (high >>> 32 & 0xffff_ffffL);
      long mirrored = 2 * MIRROR - time;
      long newHigh =
          (mirrored & 0xffff_ffffL) << 32
              | (mirrored >>> 32 & 0xffffL) << 16
              | 0x1000L
              | (mirrored >>> 48 & 0x0fffL);
      return ByteBuffer.allocate(16).putLong(newHigh).putLong(bytes.getLong()).array();
    }
  }

  /** Removes every element of a list that equals one of some values. */
  record DiscardValues(ColumnDefinition column, PreparedTerm value) implements ColumnOperation {
    @Override
    public boolean readsRow() {
      return true;
    }

    @Override
    public void apply(RowChange row, CurrentRow current) {
      byte[] list = evaluate(value, row);
      if (isNothing(list) || current == null) {
        return;
      }
      // Sorted, as there may be very many, and each element is looked for.
      Set<byte[]> discarded = new TreeSet<>(keyType(column)::compare);
      discarded.addAll(WireValues.elements(list));
      for (int i = 0; i < current.size(column); i++) {
        if (discarded.contains(current.element(column, i))) {
          row.tombstone(column.id(), current.path(column, i));
        }
      }
    }
  }

  /** Sets the element at an index of a list. */
  record SetIndex(ColumnDefinition column, PreparedTerm index, PreparedTerm value)
      implements ColumnOperation {
    @Override
    public boolean readsRow() {
      return true;
    }

    @Override
    public void apply(RowChange row, CurrentRow current) {
      byte[] at = indexValue(index, row);
      byte[] bytes = evaluate(value, row);
      byte[] path = position(column, at, current, "Attempted to set an element on");
      if (bytes == null) {
        row.tombstone(column.id(), path);
      } else if (!Values.isUnset(bytes)) {
        row.value(column.id(), path, bytes);
      }
    }
  }

  /** Deletes the element at an index of a list. */
  record DeleteIndex(ColumnDefinition column, PreparedTerm index) implements ColumnOperation {
    @Override
    public boolean readsRow() {
      return true;
    }

    @Override
    public void apply(RowChange row, CurrentRow current) {
      byte[] at = indexValue(index, row);
      row.tombstone(
          column.id(), position(column, at, current, "Attempted to delete an element from"));
    }
  }

  private static byte[] indexValue(PreparedTerm index, RowChange row) {
    byte[] at = evaluate(index, row);
    if (at == null) {
      throw CqlException.invalid("Invalid null value for list index");
    }
    if (Values.isUnset(at)) {
      throw CqlException.invalid("Invalid unset value for list index");
    }
    return at;
  }

  private static byte[] position(
      ColumnDefinition column, byte[] index, CurrentRow current, String attempt) {
    int at = ByteBuffer.wrap(index).getInt();
    int size = current == null ? 0 : current.size(column);
    if (size == 0) {
      throw CqlException.invalid(attempt + " a list which is null");
    }
    if (at < 0 || at >= size) {
      throw CqlException.invalid("List index %d out of bound, list has size %d", at, size);
    }
    return current.path(column, at);
  }

  /** Adds elements to a set. */
  record AddElements(ColumnDefinition column, PreparedTerm value) implements Addition {
    @Override
    public void apply(RowChange row, CurrentRow current) {
      byte[] set = evaluate(value, row);
      if (isNothing(set)) {
        return;
      }
      for (byte[] element : WireValues.elements(set)) {
        row.value(column.id(), CellPath.ofKey(keyType(column), element), NO_VALUE);
      }
    }
  }

  /** Puts entries into a map. */
  record PutEntries(ColumnDefinition column, PreparedTerm value) implements Addition {
    @Override
    public void apply(RowChange row, CurrentRow current) {
      byte[] map = evaluate(value, row);
      if (isNothing(map)) {
        return;
      }
      List<byte[]> parts = WireValues.elements(map);
      for (int i = 0; i < parts.size(); i += 2) {
        row.value(column.id(), CellPath.ofKey(keyType(column), parts.get(i)), parts.get(i + 1));
      }
    }
  }

  /** Puts one entry into a map, or deletes it if the value is null. */
  record PutEntry(ColumnDefinition column, PreparedTerm key, PreparedTerm value)
      implements ColumnOperation {
    @Override
    public void apply(RowChange row, CurrentRow current) {
      byte[] path = CellPath.ofKey(keyType(column), keyValue(column, key, row));
      byte[] bytes = evaluate(value, row);
      if (bytes == null) {
        row.tombstone(column.id(), path);
      } else if (!Values.isUnset(bytes)) {
        row.value(column.id(), path, bytes);
      }
    }
  }

  /** Removes elements of a set or keys of a map. */
  record DiscardKeys(ColumnDefinition column, PreparedTerm value) implements ColumnOperation {
    @Override
    public void apply(RowChange row, CurrentRow current) {
      byte[] keys = evaluate(value, row);
      if (isNothing(keys)) {
        return;
      }
      for (byte[] key : WireValues.elements(keys)) {
        row.tombstone(column.id(), CellPath.ofKey(keyType(column), key));
      }
    }
  }

  /** Removes one element of a set or one key of a map. */
  record DeleteKey(ColumnDefinition column, PreparedTerm key) implements ColumnOperation {
    @Override
    public void apply(RowChange row, CurrentRow current) {
      row.tombstone(column.id(), CellPath.ofKey(keyType(column), keyValue(column, key, row)));
    }
  }

  private static byte[] keyValue(ColumnDefinition column, PreparedTerm key, RowChange row) {
    byte[] bytes = evaluate(key, row);
    boolean map = column.type().kind() == CqlType.Kind.MAP;
    if (bytes == null) {
      throw CqlException.invalid(map ? "Invalid null map key" : "Invalid null set element");
    }
    if (Values.isUnset(bytes)) {
      throw CqlException.invalid(map ? "Invalid unset map key" : "Invalid unset set element");
    }
    return bytes;
  }
}
