package io.ilion.conformance.differential;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** A table as the generators know it; columns may come and go. */
final class RandomTable {
  /** What a column is in its table. */
  enum Kind {
    PARTITION,
    CLUSTERING,
    STATIC,
    REGULAR
  }

  /** A column; {@code name} is as it stands in CQL, in quotes if it needs them. */
  record Column(String name, RandomType type, Kind kind, boolean descending) {}

  private final String name;
  private final boolean counters;
  private final boolean timed;
  private final List<Column> columns = new ArrayList<>();

  /**
   * A table without columns.
   *
   * @param counters whether its columns outside the key are counters
   * @param timed whether every write says its timestamp; otherwise there are conditional ones, and
   *     write times are a server's own
   */
  RandomTable(String name, boolean counters, boolean timed) {
    this.name = name;
    this.counters = counters;
    this.timed = timed;
  }

  String name() {
    return name;
  }

  boolean counters() {
    return counters;
  }

  boolean timed() {
    return timed;
  }

  List<Column> columns() {
    return columns;
  }

  List<Column> of(Kind... kinds) {
    List<Kind> wanted = List.of(kinds);
    return columns.stream().filter(column -> wanted.contains(column.kind())).toList();
  }

  List<Column> partitionKey() {
    return of(Kind.PARTITION);
  }

  List<Column> clustering() {
    return of(Kind.CLUSTERING);
  }

  List<Column> primaryKey() {
    return Stream.concat(partitionKey().stream(), clustering().stream()).toList();
  }

  List<Column> values() {
    return of(Kind.STATIC, Kind.REGULAR);
  }
}
