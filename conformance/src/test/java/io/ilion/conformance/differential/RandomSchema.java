package io.ilion.conformance.differential;

import io.ilion.conformance.differential.RandomTable.Column;
import io.ilion.conformance.differential.RandomTable.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Makes types and tables, and changes them. */
final class RandomSchema {
  private static final List<String> SCALARS = scalars();

  private final Dice dice;
  private final List<String> fixture;
  private final List<RandomType.Udt> types = new ArrayList<>();
  private final List<RandomTable> tables = new ArrayList<>();
  private int names;

  /** Statements are appended to the lines of {@code fixture}. */
  RandomSchema(Dice dice, List<String> fixture) {
    this.dice = dice;
    this.fixture = fixture;
  }

  List<RandomTable> tables() {
    return tables;
  }

  private static List<String> scalars() {
    List<String> all = new ArrayList<>(RandomType.ORDERED);
    all.add("duration");
    return List.copyOf(all);
  }

  /** Creates up to two types and some tables. */
  void create() {
    int count = dice.below(3);
    for (int i = 0; i < count; i++) {
      createType();
    }
    tables.add(createTable(false, true));
    tables.add(createTable(false, dice.chance(60)));
    if (dice.chance(30)) {
      tables.add(createTable(true, false));
    }
  }

  private void createType() {
    List<String> fields = new ArrayList<>();
    List<RandomType> fieldTypes = new ArrayList<>();
    int count = dice.between(1, 4);
    for (int i = 0; i < count; i++) {
      fields.add(dice.of("f", "g", "\"F\"") + i);
      fields.set(i, fields.get(i).replace("\"F\"" + i, "\"F" + i + "\""));
      fieldTypes.add(part(1));
    }
    RandomType.Udt type = new RandomType.Udt("u" + types.size(), fields, fieldTypes, false);
    List<String> declared = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      declared.add(fields.get(i) + " " + fieldTypes.get(i).cql());
    }
    statement("CREATE TYPE " + type.name() + " (" + String.join(", ", declared) + ")");
    types.add(type);
  }

  private RandomTable createTable(boolean counters, boolean timed) {
    RandomTable table = new RandomTable("t" + tables.size(), counters, timed);
    int partition = dice.of(1, 1, 1, 2, 2, 3);
    int clustering = dice.of(0, 1, 1, 2, 2, 3);
    boolean ordered = dice.chance(50);
    for (int i = 0; i < partition; i++) {
      table.columns().add(new Column(name("p"), keyType(), Kind.PARTITION, false));
    }
    for (int i = 0; i < clustering; i++) {
      boolean descending = ordered && dice.chance(50);
      table.columns().add(new Column(name("c"), keyType(), Kind.CLUSTERING, descending));
    }
    int statics = clustering == 0 ? 0 : dice.of(0, 0, 1, 1, 2);
    for (int i = 0; i < statics; i++) {
      table.columns().add(new Column(name("s"), valueType(counters), Kind.STATIC, false));
    }
    int regular = counters ? dice.between(1, 2) : dice.between(0, 6);
    for (int i = 0; i < regular; i++) {
      table.columns().add(new Column(name("v"), valueType(counters), Kind.REGULAR, false));
    }
    statement(definition(table, ordered));
    return table;
  }

  private String definition(RandomTable table, boolean ordered) {
    String columns =
        dice.shuffled(table.columns()).stream()
            .map(c -> c.name() + " " + c.type().cql() + (c.kind() == Kind.STATIC ? " static" : ""))
            .collect(Collectors.joining(", "));
    String partition = names(table.partitionKey());
    String key = table.partitionKey().size() > 1 ? "(" + partition + ")" : partition;
    String clustering = names(table.clustering());
    key += clustering.isEmpty() ? "" : ", " + clustering;
    List<String> options = new ArrayList<>();
    if (ordered && !clustering.isEmpty()) {
      options.add(
          table.clustering().stream()
              .map(c -> c.name() + (c.descending() ? " DESC" : " ASC"))
              .collect(Collectors.joining(", ", "CLUSTERING ORDER BY (", ")")));
    }
    if (dice.chance(10) && !table.counters()) {
      options.add("default_time_to_live = " + dice.of(30, 100000));
    }
    if (dice.chance(20)) {
      options.add(option());
    }
    String with = options.isEmpty() ? "" : " WITH " + String.join(" AND ", options);
    return "CREATE TABLE " + table.name() + " (" + columns + ", PRIMARY KEY (" + key + "))" + with;
  }

  private String option() {
    return dice.of(
        "comment = 'it''s'",
        "gc_grace_seconds = 100000",
        "compaction = {'class': 'LeveledCompactionStrategy', 'sstable_size_in_mb': 20}",
        "compaction = {'class': 'SizeTieredCompactionStrategy', 'min_threshold': 3}",
        "compression = {'enabled': false}",
        "compression = {'class': 'ZstdCompressor', 'chunk_length_in_kb': 64}",
        "caching = {'keys': 'NONE', 'rows_per_partition': 5}",
        "bloom_filter_fp_chance = 0.5",
        "speculative_retry = '50p'",
        "memtable_flush_period_in_ms = 0",
        "crc_check_chance = 0.5",
        "read_repair = 'NONE'",
        "min_index_interval = 3",
        "additional_write_policy = 'NEVER'",
        "cdc = false",
        "nosuch = 1",
        "bloom_filter_fp_chance = 2",
        "gc_grace_seconds = 'x'");
  }

  private static String names(List<Column> columns) {
    return columns.stream().map(Column::name).collect(Collectors.joining(", "));
  }

  /** A name never used before; one in eight needs quotes. */
  private String name(String prefix) {
    int number = names++;
    return switch (dice.below(16)) {
      case 0 -> '"' + prefix.toUpperCase(Locale.ROOT) + number + '"';
      case 1 -> '"' + prefix + " " + number + '"';
      default -> prefix + number;
    };
  }

  private RandomType keyType() {
    return switch (dice.below(20)) {
      case 0 -> collection(1).frozen();
      case 1 -> tuple(1);
      case 2 -> types.isEmpty() ? scalar() : comparable(dice.of(types).frozen());
      case 3 -> new RandomType.Vector(new RandomType.Scalar(dice.of("float", "int", "text")), 2);
      default -> new RandomType.Scalar(dice.of(RandomType.ORDERED));
    };
  }

  private RandomType comparable(RandomType type) {
    return type.toString().contains("duration") ? new RandomType.Scalar("int") : type;
  }

  private RandomType valueType(boolean counters) {
    if (counters) {
      return new RandomType.Scalar("counter");
    }
    return switch (dice.below(20)) {
      case 0, 1, 2, 3, 4 -> collection(2);
      case 5 -> collection(2).frozen();
      case 6 -> tuple(2);
      case 7, 8 -> types.isEmpty() ? scalar() : dice.of(types);
      case 9 -> types.isEmpty() ? scalar() : dice.of(types).frozen();
      case 10 -> vector();
      default -> scalar();
    };
  }

  private RandomType scalar() {
    return new RandomType.Scalar(dice.of(SCALARS));
  }

  /** A type to stand inside another; {@code depth} levels more at most. */
  private RandomType part(int depth) {
    return switch (depth == 0 ? 9 : dice.below(12)) {
      case 0 -> collection(depth - 1).frozen();
      case 1 -> tuple(depth - 1);
      case 2 -> types.isEmpty() ? scalar() : dice.of(types).frozen();
      case 3 -> vector();
      default -> scalar();
    };
  }

  private RandomType.Collection collection(int depth) {
    String kind = dice.of("list", "set", "map");
    List<RandomType> parts = new ArrayList<>();
    parts.add(kind.equals("list") ? part(depth) : comparable(part(depth)));
    if (kind.equals("map")) {
      parts.add(part(depth));
    }
    return new RandomType.Collection(kind, parts, false);
  }

  private RandomType.Tuple tuple(int depth) {
    List<RandomType> parts = new ArrayList<>();
    int count = dice.between(1, 3);
    for (int i = 0; i < count; i++) {
      parts.add(comparable(part(depth)));
    }
    return new RandomType.Tuple(parts);
  }

  private RandomType.Vector vector() {
    String element = dice.of("float", "float", "int", "text", "double", "bigint");
    return new RandomType.Vector(new RandomType.Scalar(element), dice.between(1, 3));
  }

  /** Changes a type or a table, or tries to. */
  void alter() {
    RandomTable table = dice.of(tables);
    String alter = "ALTER TABLE " + table.name() + " ";
    switch (dice.below(8)) {
      case 0, 1 -> {
        Column added = new Column(name("v"), valueType(table.counters()), Kind.REGULAR, false);
        statement(alter + "ADD " + added.name() + " " + added.type().cql());
        table.columns().add(added);
      }
      case 2 -> {
        if (!table.clustering().isEmpty()) {
          Column added = new Column(name("s"), valueType(table.counters()), Kind.STATIC, false);
          statement(alter + "ADD " + added.name() + " " + added.type().cql() + " static");
          table.columns().add(added);
        }
      }
      case 3 -> {
        Column dropped = dice.of(table.columns());
        statement(alter + "DROP " + dropped.name());
        if (table.values().contains(dropped)) {
          table.columns().remove(dropped);
        }
      }
      case 4 -> {
        Column old = dice.of(table.columns());
        String fresh = name("r");
        statement(alter + "RENAME " + old.name() + " TO " + fresh);
        if (table.primaryKey().contains(old)) {
          Column renamed = new Column(fresh, old.type(), old.kind(), old.descending());
          table.columns().set(table.columns().indexOf(old), renamed);
        }
      }
      case 5 -> statement(alter + "WITH " + option());
      case 6 -> statement(alter + "ALTER " + dice.of(table.columns()).name() + " TYPE blob");
      default -> {
        if (!types.isEmpty()) {
          String field = dice.of("f9", dice.of(types).fields().getFirst());
          String type = part(0).cql();
          statement("ALTER TYPE " + dice.of(types).name() + " ADD " + field + " " + type);
        }
      }
    }
  }

  /** What the servers tell of the schema. */
  void ask(String keyspace) {
    String where = " WHERE keyspace_name = '" + keyspace + "'";
    for (RandomTable table : tables) {
      statement("DESCRIBE TABLE " + table.name());
    }
    statement("DESCRIBE KEYSPACE " + keyspace);
    statement("DESCRIBE TYPES");
    statement("SELECT * FROM system_schema.columns" + where);
    statement("SELECT * FROM system_schema.types" + where);
    fixture.add("@mask id");
    statement("SELECT * FROM system_schema.tables" + where);
    fixture.add("@mask dropped_time");
    statement("SELECT * FROM system_schema.dropped_columns" + where);
  }

  private void statement(String text) {
    fixture.addAll(List.of(text, ""));
  }
}
