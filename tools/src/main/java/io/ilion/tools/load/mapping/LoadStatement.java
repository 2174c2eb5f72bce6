package io.ilion.tools.load.mapping;

import io.ilion.driver.metadata.ColumnMetadata;
import io.ilion.driver.metadata.TableMetadata;
import io.ilion.tools.console.ToolException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The statement that writes a record, and which field is which of its markers.
 *
 * @param text the statement
 * @param markers for each marker, by its name, the field that it takes its value from: its name, or
 *     its position as a number
 */
public record LoadStatement(String text, Map<String, Field> markers) {
  private static final String TTL_MARKER = "[ttl]";
  private static final String TIMESTAMP_MARKER = "[timestamp]";

  /**
   * A field of a record.
   *
   * @param name its name, or null
   * @param position its place from 0, or -1 for one that is known by name
   */
  public record Field(String name, int position) {
    @Override
    public String toString() {
      return name != null ? name : Integer.toString(position);
    }
  }

  /**
   * The statement for a table.
   *
   * @param fields the names of the fields, or null if they have none: then columns are taken in
   *     order
   * @param named whether fields are known by name alone, as in JSON, so that {@code fields} may be
   *     null though they have names
   * @param columns the columns in order, if they were named, else null
   * @param ttl the time to live of all rows in seconds, or 0
   * @param timestamp the time of all writes in microseconds, or null
   * @throws ToolException if mapping, fields and table do not fit
   */
  public static LoadStatement of(
      TableMetadata table,
      Mapping mapping,
      List<String> fields,
      boolean named,
      List<String> columns,
      int ttl,
      Long timestamp) {
    Map<String, Field> sources = sources(table, mapping, fields, named, columns);
    for (ColumnMetadata key : keys(table)) {
      if (!sources.containsKey(key.name()) && !mapping.functions().containsKey(key.name())) {
        if (key.kind() == ColumnMetadata.Kind.PARTITION_KEY || !hasOnlyStatics(table, sources)) {
          throw ToolException.wrongUse("no field for the column " + key.name() + " of the key")
              .hint(
                  fields != null
                      ? "the fields are " + String.join(", ", fields) + "; see --map"
                      : "see --map and --columns");
        }
      }
    }
    boolean counters = table.columns().values().stream().anyMatch(c -> c.type().isCounter());
    return counters
        ? counterUpdate(table, mapping, sources)
        : insert(table, mapping.functions(), sources, ttl, timestamp);
  }

  /**
   * The statement for records that have only static columns: those without values for clustering
   * and regular columns.
   *
   * @return null if no record can be one
   * @throws ToolException as {@link #of}, which takes the same
   */
  public static LoadStatement ofStatics(
      TableMetadata table,
      Mapping mapping,
      List<String> fields,
      boolean named,
      List<String> columns,
      int ttl,
      Long timestamp) {
    Map<String, Field> sources = sources(table, mapping, fields, named, columns);
    boolean counters = table.columns().values().stream().anyMatch(c -> c.type().isCounter());
    boolean hasClustering =
        !table.clusteringColumns().isEmpty()
            && table.clusteringColumns().stream()
                .allMatch(column -> sources.containsKey(column.name()));
    boolean hasStatics =
        table.columns().values().stream()
            .filter(column -> column.kind() == ColumnMetadata.Kind.STATIC)
            .anyMatch(column -> sources.containsKey(column.name()));
    if (counters || !hasClustering || !hasStatics) {
      return null;
    }
    Map<String, String> functions = new LinkedHashMap<>(mapping.functions());
    functions.keySet().removeIf(name -> isOfRow(table, name));
    sources.keySet().removeIf(name -> isOfRow(table, name));
    return insert(table, functions, sources, ttl, timestamp);
  }

  /** Whether a column is one of rows, not of partitions. */
  private static boolean isOfRow(TableMetadata table, String name) {
    ColumnMetadata column = table.columns().get(column(table, name));
    return column != null
        && (column.kind() == ColumnMetadata.Kind.CLUSTERING
            || column.kind() == ColumnMetadata.Kind.REGULAR);
  }

  /** Whether a record without clustering columns would still be a row: of static columns. */
  private static boolean hasOnlyStatics(TableMetadata table, Map<String, Field> sources) {
    return sources.keySet().stream()
        .map(table.columns()::get)
        .filter(column -> column != null)
        .allMatch(
            column ->
                column.kind() == ColumnMetadata.Kind.PARTITION_KEY
                    || column.kind() == ColumnMetadata.Kind.STATIC);
  }

  private static List<ColumnMetadata> keys(TableMetadata table) {
    List<ColumnMetadata> keys = new ArrayList<>(table.partitionKey());
    keys.addAll(table.clusteringColumns());
    return keys;
  }

  private static Map<String, Field> sources(
      TableMetadata table,
      Mapping mapping,
      List<String> fields,
      boolean named,
      List<String> columns) {
    Map<String, Field> sources = new LinkedHashMap<>();
    mapping
        .fields()
        .forEach(
            (column, field) ->
                sources.put(column(table, column), field(field, fields, named, columns)));
    if (!mapping.others()) {
      return sources;
    }
    List<String> names = fields;
    if (columns != null) {
      names = columns;
    } else if (names == null) {
      names = List.copyOf(table.columns().keySet());
    }
    Set<Integer> taken = sources.values().stream().map(Field::position).collect(Collectors.toSet());
    Set<String> takenNames =
        sources.values().stream().map(Field::toString).collect(Collectors.toSet());
    for (int i = 0; i < names.size(); i++) {
      String name = find(table, names.get(i));
      boolean strict = fields != null || columns != null;
      if (taken.contains(i) && !named || named && takenNames.contains(names.get(i))) {
        continue;
      }
      if (name == null) {
        if (strict && mapping.fields().isEmpty() && mapping.excluded().isEmpty()) {
          throw ToolException.wrongUse(
                  "the field " + names.get(i) + " is no column of " + table.name())
              .hint("--map 'FIELD=COLUMN, ...' says which is which, and leaves out the others");
        }
        continue;
      }
      if (!mapping.excluded().contains(name)
          && !mapping.functions().containsKey(name)
          && !sources.containsKey(name)) {
        sources.put(name, new Field(names.get(i), named ? -1 : i));
      }
    }
    return sources;
  }

  private static String column(TableMetadata table, String name) {
    if (name.equals(Mapping.TTL) || name.equals(Mapping.TIMESTAMP)) {
      return name;
    }
    String found = find(table, name);
    if (found == null) {
      throw ToolException.wrongUse("there is no column " + name + " in " + table.name())
          .hint("its columns are " + String.join(", ", table.columns().keySet()));
    }
    return found;
  }

  private static String find(TableMetadata table, String name) {
    String bare = name.strip();
    if (table.columns().containsKey(bare)) {
      return bare;
    }
    if (bare.length() > 2 && bare.startsWith("\"") && bare.endsWith("\"")) {
      String inner = bare.substring(1, bare.length() - 1).replace("\"\"", "\"");
      return table.columns().containsKey(inner) ? inner : null;
    }
    String lower = bare.toLowerCase(Locale.ROOT);
    return table.columns().containsKey(lower) ? lower : null;
  }

  private static Field field(
      String field, List<String> fields, boolean named, List<String> columns) {
    if (named) {
      return new Field(field, -1);
    }
    List<String> names = fields != null ? fields : columns;
    int index = names == null ? -1 : names.indexOf(field);
    if (index >= 0) {
      return new Field(field, index);
    }
    if (!field.isEmpty() && field.length() < 6 && field.chars().allMatch(Character::isDigit)) {
      return new Field(null, Integer.parseInt(field));
    }
    throw ToolException.wrongUse("there is no field " + field)
        .hint(
            names == null
                ? "without a header fields are known by their position, from 0"
                : "the fields are " + String.join(", ", names));
  }

  private static LoadStatement insert(
      TableMetadata table,
      Map<String, String> functions,
      Map<String, Field> sources,
      int ttl,
      Long timestamp) {
    Map<String, Field> markers = new LinkedHashMap<>();
    List<String> names = new ArrayList<>();
    List<String> values = new ArrayList<>();
    String ttlValue = ttl > 0 ? Integer.toString(ttl) : null;
    String timestampValue = timestamp == null ? null : timestamp.toString();
    for (Map.Entry<String, Field> source : sources.entrySet()) {
      switch (source.getKey()) {
        case Mapping.TTL -> {
          ttlValue = "?";
          markers.put(TTL_MARKER, source.getValue());
        }
        case Mapping.TIMESTAMP -> {
          timestampValue = "?";
          markers.put(TIMESTAMP_MARKER, source.getValue());
        }
        default -> {
          names.add(quoted(source.getKey()));
          values.add("?");
          markers.put(source.getKey(), source.getValue());
        }
      }
    }
    for (Map.Entry<String, String> function : functions.entrySet()) {
      switch (function.getKey()) {
        case Mapping.TTL -> ttlValue = function.getValue();
        case Mapping.TIMESTAMP -> timestampValue = function.getValue();
        default -> {
          names.add(quoted(column(table, function.getKey())));
          values.add(function.getValue());
        }
      }
    }
    StringBuilder text =
        new StringBuilder("INSERT INTO ")
            .append(quoted(table.keyspace()))
            .append('.')
            .append(quoted(table.name()))
            .append(" (")
            .append(String.join(", ", names))
            .append(") VALUES (")
            .append(String.join(", ", values))
            .append(')');
    if (ttlValue != null) {
      text.append(" USING TTL ").append(ttlValue);
    }
    if (timestampValue != null) {
      text.append(ttlValue == null ? " USING" : " AND").append(" TIMESTAMP ");
      text.append(timestampValue);
    }
    return new LoadStatement(text.toString(), markers);
  }

  private static LoadStatement counterUpdate(
      TableMetadata table, Mapping mapping, Map<String, Field> sources) {
    List<String> changes = new ArrayList<>();
    List<String> keys = new ArrayList<>();
    sources
        .keySet()
        .forEach(
            name -> {
              ColumnMetadata column = table.columns().get(name);
              if (column == null) {
                throw ToolException.wrongUse("counters take neither a TTL nor a timestamp");
              }
              if (column.type().isCounter()) {
                changes.add(quoted(name) + " = " + quoted(name) + " + ?");
              }
            });
    Map<String, Field> markers = new LinkedHashMap<>();
    sources.forEach(
        (name, field) -> {
          if (table.columns().get(name).type().isCounter()) {
            markers.put(name, field);
          }
        });
    for (ColumnMetadata key : keys(table)) {
      String function = mapping.functions().get(key.name());
      keys.add(quoted(key.name()) + " = " + (function != null ? function : "?"));
      if (function == null) {
        markers.put(key.name(), sources.get(key.name()));
      }
    }
    return new LoadStatement(
        "UPDATE "
            + quoted(table.keyspace())
            + "."
            + quoted(table.name())
            + " SET "
            + String.join(", ", changes)
            + " WHERE "
            + String.join(" AND ", keys),
        markers);
  }

  /**
   * An own statement, once it was prepared.
   *
   * @param markers the names of its markers, in order
   */
  public static LoadStatement own(
      String text,
      List<String> markers,
      Mapping mapping,
      List<String> fields,
      boolean named,
      List<String> columns) {
    Map<String, Field> sources = new LinkedHashMap<>();
    for (int i = 0; i < markers.size(); i++) {
      String marker = markers.get(i);
      String field = mapping.fields().get(marker);
      if (field == null && !mapping.others()) {
        throw ToolException.wrongUse("the mapping has no field for the marker :" + marker);
      }
      List<String> names = fields != null ? fields : columns;
      if (field != null) {
        sources.put(marker, field(field, fields, named, columns));
      } else if (named) {
        sources.put(marker, new Field(marker, -1));
      } else if (names == null) {
        sources.put(marker, new Field(null, i));
      } else {
        int index = names.indexOf(marker);
        if (index < 0) {
          throw ToolException.wrongUse("no field for the marker :" + marker)
              .hint("the fields are " + String.join(", ", names) + "; see --map");
        }
        sources.put(marker, new Field(marker, index));
      }
    }
    return new LoadStatement(text, sources);
  }

  /** A name as CQL takes it, whatever it is. */
  public static String quoted(String name) {
    return '"' + name.replace("\"", "\"\"") + '"';
  }
}
