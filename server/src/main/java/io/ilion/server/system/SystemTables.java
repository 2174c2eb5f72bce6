package io.ilion.server.system;

import io.ilion.coordinator.read.VirtualTables;
import io.ilion.model.schema.ColumnDefinition;
import io.ilion.model.schema.TableDefinition;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The rows of the computed tables. Each table has a supplier of rows, a row is a map of column
 * names to Java values; tables without a supplier are empty.
 */
public final class SystemTables implements VirtualTables {
  private final Map<String, Supplier<List<Map<String, Object>>>> suppliers = new HashMap<>();

  /** Sets the supplier of a table, named {@code keyspace.table}. */
  public SystemTables put(String table, Supplier<List<Map<String, Object>>> rows) {
    suppliers.put(table, rows);
    return this;
  }

  @Override
  public List<byte[][]> rows(TableDefinition table) {
    Supplier<List<Map<String, Object>>> supplier = suppliers.get(table.toString());
    List<byte[][]> rows = new ArrayList<>();
    if (supplier != null) {
      for (Map<String, Object> row : supplier.get()) {
        rows.add(encode(table, row));
      }
    }
    return rows;
  }

  @Override
  public boolean isOrderedByKey(TableDefinition table) {
    return SystemSchema.isVirtual(table.keyspace());
  }

  private static byte[][] encode(TableDefinition table, Map<String, Object> row) {
    byte[][] values = new byte[table.columns().size()][];
    for (int i = 0; i < values.length; i++) {
      ColumnDefinition column = table.columns().get(i);
      Object value = row.get(column.name());
      boolean emptyCollection =
          column.isMultiCell()
              && (value instanceof java.util.Collection<?> c && c.isEmpty()
                  || value instanceof Map<?, ?> m && m.isEmpty());
      values[i] = value == null || emptyCollection ? null : column.type().encode(value);
    }
    return values;
  }
}
