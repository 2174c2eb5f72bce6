package io.ilion.conformance.differential;

import io.ilion.conformance.differential.RandomTable.Column;
import java.util.ArrayList;
import java.util.List;

/** Questions of every form; many are refused. */
final class RandomSelects {
  private static final RandomType INT = new RandomType.Scalar("int");

  private final Dice dice;
  private final RandomValues values;
  private final RandomSelectors selectors;

  RandomSelects(Dice dice, RandomValues values) {
    this.dice = dice;
    this.values = values;
    this.selectors = new RandomSelectors(dice, values);
  }

  /** One SELECT at the time {@code now}, in seconds. */
  void select(RandomTable table, long now, List<String> fixture) {
    StatementText text = StatementText.any(dice);
    boolean json = dice.chance(6);
    boolean distinct = dice.chance(6);
    boolean grouped = !distinct && dice.chance(12);
    text.add("SELECT ").add(json ? "JSON " : "").add(distinct ? "DISTINCT " : "");
    if (distinct && dice.chance(90)) {
      List<Column> columns = new ArrayList<>(table.partitionKey());
      columns.addAll(dice.several(table.of(RandomTable.Kind.STATIC), 0, 2));
      text.add(String.join(", ", columns.stream().map(Column::name).toList()));
    } else {
      selectors.list(text, table);
    }
    text.add(" FROM ").add(table.name());
    where(text, table);
    if (grouped) {
      groupBy(text, table);
    }
    if (dice.chance(20)) {
      orderBy(text, table);
    }
    if (dice.chance(12)) {
      text.add(" PER PARTITION LIMIT ").value(INT, dice.of("1", "2", "3"));
    }
    if (dice.chance(20)) {
      text.add(" LIMIT ").value(INT, dice.of("1", "2", "3", "5", "10"));
    }
    if (dice.chance(50)) {
      text.add(" ALLOW FILTERING");
    }
    if (dice.chance(30)) {
      text.directive("page " + dice.between(1, 5));
    }
    text.directive("now " + now).write(fixture);
  }

  /** All rows, in pages or at once. */
  void scan(RandomTable table, long now, List<String> fixture) {
    StatementText text = new StatementText(dice, StatementText.Mode.LITERAL);
    text.add("SELECT * FROM ").add(table.name());
    if (dice.chance(50)) {
      text.directive("page " + dice.between(1, 5));
    }
    text.directive("now " + now).write(fixture);
  }

  private void where(StatementText text, RandomTable table) {
    Conditions where = new Conditions(text);
    List<Column> key = table.partitionKey();
    switch (dice.below(10)) {
      case 0, 1 -> {}
      case 2, 3, 4, 5 -> key.forEach(column -> equalsOrIn(where.next(), column, 10));
      case 6 -> key.forEach(column -> equalsOrIn(where.next(), column, 60));
      case 7 -> token(where, key);
      default -> dice.several(key, 1, 3).forEach(column -> relation(where.next(), column));
    }
    clustering(where, table.clustering());
    if (dice.chance(20) && !table.values().isEmpty()) {
      dice.several(table.values(), 1, 2).forEach(column -> filter(where.next(), column));
    }
  }

  /** Puts WHERE before the first condition and AND before the others. */
  private static final class Conditions {
    private final StatementText text;
    private String separator = " WHERE ";

    Conditions(StatementText text) {
      this.text = text;
    }

    StatementText next() {
      text.add(separator);
      separator = " AND ";
      return text;
    }
  }

  private void clustering(Conditions where, List<Column> clustering) {
    if (clustering.isEmpty() || dice.chance(35)) {
      return;
    }
    if (dice.chance(20)) {
      tuple(where, clustering);
      return;
    }
    if (dice.chance(10)) {
      dice.several(clustering, 1, 2).forEach(column -> relation(where.next(), column));
      return;
    }
    int given = dice.below(clustering.size() + 1);
    for (Column column : clustering.subList(0, given)) {
      equalsOrIn(where.next(), column, 20);
    }
    if (given < clustering.size()) {
      Column column = clustering.get(given);
      if (dice.chance(70)) {
        where.next().add(column.name() + dice.of(" > ", " >= "));
        where.text.value(column.type(), values.value(column.type()));
      }
      if (dice.chance(40)) {
        where.next().add(column.name() + dice.of(" < ", " <= "));
        where.text.value(column.type(), values.value(column.type()));
      }
    }
  }

  private void tuple(Conditions where, List<Column> clustering) {
    List<Column> prefix = clustering.subList(0, dice.between(1, clustering.size()));
    if (dice.chance(10)) {
      prefix = dice.shuffled(prefix);
    }
    String names = "(" + String.join(", ", prefix.stream().map(Column::name).toList()) + ")";
    if (dice.chance(30)) {
      where.next().add(names).add(" IN (");
      values(where.text, prefix);
      where.text.add(", ");
      values(where.text, prefix);
      where.text.add(")");
      return;
    }
    where.next().add(names).add(dice.of(" > ", " >= ", " = "));
    values(where.text, prefix);
    if (dice.chance(50)) {
      List<Column> end = prefix.subList(0, dice.between(1, prefix.size()));
      where.next().add("(" + String.join(", ", end.stream().map(Column::name).toList()) + ")");
      where.text.add(dice.of(" < ", " <= "));
      values(where.text, end);
    }
  }

  private void values(StatementText text, List<Column> columns) {
    text.add("(");
    String separator = "";
    for (Column column : columns) {
      text.add(separator).value(column.type(), values.value(column.type()));
      separator = ", ";
    }
    text.add(")");
  }

  private void token(Conditions where, List<Column> key) {
    List<Column> columns = dice.chance(5) ? dice.shuffled(key) : key;
    String names = String.join(", ", columns.stream().map(Column::name).toList());
    int bounds = dice.between(1, 2);
    for (int i = 0; i < bounds; i++) {
      StatementText text = where.next().add("token(" + names + ")");
      text.add(i == 0 ? dice.of(" > ", " >= ", " = ") : dice.of(" < ", " <= "));
      if (dice.chance(60)) {
        text.add(
            dice.of("0", "-9223372036854775808", "9223372036854775807", "4000000000000000000"));
      } else {
        text.add("token");
        values(text, columns);
      }
    }
  }

  private void equalsOrIn(StatementText text, Column column, int percentOfIn) {
    RandomType type = column.type();
    text.add(column.name());
    if (!dice.chance(percentOfIn)) {
      text.add(" = ").value(type, value(type));
      return;
    }
    int count = dice.chance(5) ? 0 : dice.between(1, 4);
    List<String> literals = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      literals.add(values.value(type));
    }
    if (dice.chance(25)) {
      RandomType list = new RandomType.Collection("list", List.of(type.frozen()), false);
      text.add(" IN ").list(list, literals);
      return;
    }
    text.add(" IN (");
    for (int i = 0; i < count; i++) {
      text.add(i == 0 ? "" : ", ").value(type, literals.get(i));
    }
    text.add(")");
  }

  private String value(RandomType type) {
    return dice.chance(2) ? values.strange(type) : values.value(type);
  }

  private void relation(StatementText text, Column column) {
    if (dice.chance(50)) {
      equalsOrIn(text, column, 30);
    } else {
      text.add(column.name()).add(dice.of(" > ", " >= ", " < ", " <= ", " != "));
      text.value(column.type(), value(column.type()));
    }
  }

  private void filter(StatementText text, Column column) {
    RandomType type = column.type();
    if (type instanceof RandomType.Collection collection && dice.chance(75)) {
      RandomType first = collection.parts().getFirst();
      boolean map = collection.kind().equals("map");
      switch (dice.below(map ? 3 : 1)) {
        case 0 -> text.add(column.name() + " CONTAINS ").value(collection.last(), any(collection));
        case 1 -> text.add(column.name() + " CONTAINS KEY ").value(first, values.value(first));
        default -> {
          text.add(column.name() + "[").value(first, values.value(first)).add("] = ");
          text.value(collection.last(), values.value(collection.last()));
        }
      }
    } else {
      relation(text, column);
    }
  }

  private String any(RandomType.Collection collection) {
    return value(collection.last());
  }

  private void groupBy(StatementText text, RandomTable table) {
    List<Column> key = table.primaryKey();
    List<Column> columns = key.subList(0, dice.between(1, key.size()));
    if (dice.chance(8)) {
      columns = dice.shuffled(table.columns()).subList(0, 1);
    }
    text.add(" GROUP BY ").add(String.join(", ", columns.stream().map(Column::name).toList()));
  }

  private void orderBy(StatementText text, RandomTable table) {
    List<Column> clustering = table.clustering();
    if (clustering.isEmpty() || dice.chance(5)) {
      text.add(" ORDER BY ").add(dice.of(table.columns()).name());
      return;
    }
    boolean reversed = dice.chance(60);
    List<String> orderings = new ArrayList<>();
    for (Column column : clustering.subList(0, dice.between(1, clustering.size()))) {
      boolean descending = column.descending() != reversed;
      if (dice.chance(5)) {
        descending = !descending;
      }
      orderings.add(column.name() + (descending ? " DESC" : dice.of("", " ASC")));
    }
    text.add(" ORDER BY ").add(String.join(", ", orderings));
  }
}
