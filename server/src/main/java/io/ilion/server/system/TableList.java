package io.ilion.server.system;

import io.ilion.model.schema.ColumnDefinition;
import io.ilion.model.schema.ColumnDefinition.Kind;
import io.ilion.model.schema.TableDefinition;
import io.ilion.model.schema.TableProperties;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.BiPredicate;

/**
 * Reads the list of the system's tables, {@code tables.txt}. It has a form of its own because it is
 * read at every start, and reading as many statements of CQL would take half of that.
 */
final class TableList {
  private final BiPredicate<String, String> stored;
  private final Map<String, Map<String, TableDefinition>> tables = new LinkedHashMap<>();
  private String keyspace;
  private String table;
  private final Map<String, String> options = new HashMap<>();
  private final List<ColumnDefinition> columns = new ArrayList<>();
  private final Map<Kind, Integer> positions = new HashMap<>();

  private TableList(BiPredicate<String, String> stored) {
    this.stored = stored;
  }

  /**
   * Reads the text of a list.
   *
   * @param stored tells by keyspace and name which tables the storage engine keeps; the others are
   *     computed
   * @return the tables by keyspace and name, in the order of the list
   */
  static Map<String, Map<String, TableDefinition>> read(
      String text, BiPredicate<String, String> stored) {
    TableList list = new TableList(stored);
    text.lines().filter(line -> !line.isEmpty() && !line.startsWith("#")).forEach(list::take);
    list.endTable();
    return list.tables;
  }

  private void take(String line) {
    int space = line.indexOf(' ');
    String word = line.substring(0, space);
    String rest = line.substring(space + 1);
    switch (word) {
      case "keyspace" -> {
        endTable();
        keyspace = rest;
        tables.put(keyspace, new LinkedHashMap<>());
      }
      case "table" -> {
        endTable();
        table = rest;
      }
      case "partition" -> column(Kind.PARTITION_KEY, rest);
      case "clustering" -> column(Kind.CLUSTERING, rest);
      case "column" -> column(Kind.REGULAR, rest);
      default -> options.put(word, rest);
    }
  }

  private void column(Kind kind, String nameAndType) {
    int space = nameAndType.indexOf(' ');
    int position = kind == Kind.REGULAR ? -1 : positions.merge(kind, 1, Integer::sum) - 1;
    columns.add(
        new ColumnDefinition(
            columns.size() + 1,
            nameAndType.substring(0, space),
            kind,
            position,
            TypeName.parse(nameAndType.substring(space + 1)),
            false));
  }

  private void endTable() {
    if (table == null) {
      return;
    }
    // Cassandra's ids, which are made of the names in this way.
    UUID id = UUID.nameUUIDFromBytes((keyspace + table).getBytes(StandardCharsets.UTF_8));
    TableDefinition made =
        new TableDefinition(
            keyspace,
            table,
            id,
            columns,
            List.of(),
            columns.size() + 1,
            properties(),
            !stored.test(keyspace, table));
    tables.get(keyspace).put(table, made);
    table = null;
    options.clear();
    columns.clear();
    positions.clear();
  }

  private TableProperties properties() {
    TableProperties base = TableProperties.DEFAULT;
    String compaction = options.remove("compaction");
    TableProperties made =
        new TableProperties(
            base.additionalWritePolicy(),
            base.allowAutoSnapshot(),
            base.bloomFilterFpChance(),
            base.caching(),
            base.cdc(),
            option("comment", ""),
            compaction == null ? base.compaction() : compaction(compaction),
            base.compression(),
            base.crcCheckChance(),
            number("default_time_to_live", base.defaultTimeToLive()),
            base.extensions(),
            number("gc_grace_seconds", base.gcGraceSeconds()),
            base.incrementalBackups(),
            base.maxIndexInterval(),
            base.memtable(),
            number("memtable_flush_period_in_ms", base.memtableFlushPeriodMillis()),
            base.minIndexInterval(),
            base.readRepair(),
            base.speculativeRetry());
    if (!options.isEmpty()) {
      throw new IllegalStateException("tables.txt has unknown options: " + options);
    }
    return made;
  }

  private String option(String name, String byDefault) {
    String given = options.remove(name);
    return given == null ? byDefault : given;
  }

  private int number(String name, int byDefault) {
    return Integer.parseInt(option(name, Integer.toString(byDefault)));
  }

  private static Map<String, String> compaction(String text) {
    String[] words = text.split(" ");
    Map<String, String> compaction = new HashMap<>();
    compaction.put("class", TableProperties.COMPACTION_PACKAGE + words[0]);
    for (int i = 1; i < words.length; i++) {
      String[] pair = words[i].split("=");
      compaction.put(pair[0], pair[1]);
    }
    return compaction;
  }
}
