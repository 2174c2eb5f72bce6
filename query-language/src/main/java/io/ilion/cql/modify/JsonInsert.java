package io.ilion.cql.modify;

import io.ilion.cql.function.JsonText;
import io.ilion.model.CqlException;
import io.ilion.model.schema.ColumnDefinition;
import io.ilion.model.schema.TableDefinition;
import io.ilion.model.type.Values;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** Turns the JSON object of an INSERT JSON into the values of columns. */
final class JsonInsert {
  private final TableDefinition table;
  private final boolean defaultUnset;

  /**
   * Makes the reader of objects for a table.
   *
   * @param defaultUnset whether columns that an object leaves out are unset rather than null
   */
  JsonInsert(TableDefinition table, boolean defaultUnset) {
    this.table = table;
    this.defaultUnset = defaultUnset;
  }

  /** The values of all columns by id. */
  Map<Integer, byte[]> values(String json) {
    Map<String, Object> fields = parse(json);
    Map<Integer, byte[]> values = new HashMap<>();
    for (ColumnDefinition column : table.columns()) {
      boolean given = fields.containsKey(column.name());
      Object field = fields.remove(column.name());
      values.put(column.id(), given ? value(column, field) : defaultUnset ? Values.UNSET : null);
    }
    if (!fields.isEmpty()) {
      throw CqlException.invalid(
          "JSON values map contains unrecognized column: %s", fields.keySet().iterator().next());
    }
    return values;
  }

  private byte[] value(ColumnDefinition column, Object field) {
    if (field == null) {
      return null;
    }
    try {
      // What has a structure may come as a string that holds it.
      return JsonText.toValue(column.type(), field);
    } catch (CqlException e) {
      throw CqlException.invalid(
          "%s", "Error decoding JSON value for " + column.name() + ": " + e.getMessage());
    }
  }

  private Map<String, Object> parse(String json) {
    Map<?, ?> parsed = JsonText.parseObject(json);
    if (parsed == null) {
      throw CqlException.invalid("Got null for INSERT JSON values");
    }
    Map<String, Object> fields = new LinkedHashMap<>();
    parsed.forEach((name, value) -> fields.put(columnName((String) name), value));
    return fields;
  }

  /** Names fold to lower case as in CQL, unless they are in quotes inside the JSON string. */
  private static String columnName(String key) {
    if (key.length() > 1 && key.startsWith("\"") && key.endsWith("\"")) {
      return key.substring(1, key.length() - 1).replace("\"\"", "\"");
    }
    return key.toLowerCase(Locale.ROOT);
  }
}
