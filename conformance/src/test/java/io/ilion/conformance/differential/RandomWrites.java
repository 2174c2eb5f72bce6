package io.ilion.conformance.differential;

import io.ilion.conformance.differential.RandomTable.Column;
import io.ilion.conformance.differential.RandomTable.Kind;
import java.util.ArrayList;
import java.util.List;

/** Writes of every form, most of them valid. */
final class RandomWrites {
  private static final RandomType INT = new RandomType.Scalar("int");
  private static final RandomType BIGINT = new RandomType.Scalar("bigint");

  private final Dice dice;
  private final RandomValues values;
  private final JsonValues json;

  RandomWrites(Dice dice, RandomValues values) {
    this.dice = dice;
    this.values = values;
    this.json = new JsonValues(dice, values);
  }

  /** One write at the time {@code now}, in seconds. */
  void write(RandomTable table, long now, List<String> fixture) {
    StatementText text = StatementText.any(dice);
    boolean batch = dice.chance(12);
    if (batch) {
      text = new StatementText(dice, StatementText.Mode.LITERAL);
      text.add(table.counters() ? "BEGIN COUNTER BATCH " : dice.of("BEGIN ", "BEGIN UNLOGGED "));
      if (!table.counters()) {
        text.add("BATCH ");
      }
      boolean onTop = table.timed() && dice.chance(50);
      if (onTop) {
        text.add("USING TIMESTAMP " + timestamp() + " ");
      }
      int count = dice.between(1, 4);
      for (int i = 0; i < count; i++) {
        one(text, table, table.timed() && !onTop);
        text.add("; ");
      }
      text.add("APPLY BATCH");
    } else {
      boolean onTop = table.timed() && dice.chance(10);
      if (onTop) {
        text.directive("timestamp " + timestamp());
      }
      one(text, table, table.timed() && !onTop);
    }
    text.directive("now " + now).write(fixture);
  }

  private static final int TIMES = 30;

  private int timestamp() {
    return dice.between(1, TIMES);
  }

  private void one(StatementText text, RandomTable table, boolean timestamp) {
    int choice = dice.below(100);
    if (table.counters()) {
      // Not deleted: what a counter is after that, Cassandra's caches decide.
      update(text, table, false);
    } else if (choice < 40) {
      insert(text, table, timestamp);
    } else if (choice < 45) {
      json(text, table, timestamp);
    } else if (choice < 75) {
      update(text, table, timestamp);
    } else {
      delete(text, table, timestamp);
    }
  }

  private String value(Column column) {
    if (dice.chance(1)) {
      return values.strange(column.type());
    }
    boolean key = column.kind() == Kind.PARTITION || column.kind() == Kind.CLUSTERING;
    return !key && dice.chance(8) ? "null" : values.value(column.type());
  }

  private void insert(StatementText text, RandomTable table, boolean timestamp) {
    List<Column> columns = new ArrayList<>();
    boolean staticOnly = dice.chance(5);
    columns.addAll(staticOnly ? table.partitionKey() : table.primaryKey());
    columns.addAll(
        dice.several(
            staticOnly ? table.of(Kind.STATIC) : table.values(), 0, table.values().size()));
    if (dice.chance(1)) {
      columns.removeFirst();
    }
    List<Column> shuffled = dice.shuffled(columns);
    text.add("INSERT INTO ").add(table.name()).add(" (");
    text.add(String.join(", ", shuffled.stream().map(Column::name).toList())).add(") VALUES (");
    String separator = "";
    for (Column column : shuffled) {
      text.add(separator).value(column.type(), value(column));
      separator = ", ";
    }
    text.add(")");
    if (!table.timed() && dice.chance(30)) {
      text.add(" IF NOT EXISTS");
    }
    using(text, timestamp, true);
  }

  private void json(StatementText text, RandomTable table, boolean timestamp) {
    List<String> members = new ArrayList<>();
    for (Column column : table.columns()) {
      boolean key = column.kind() == Kind.PARTITION || column.kind() == Kind.CLUSTERING;
      if (key || dice.chance(60)) {
        String member = JsonValues.member(column.name());
        members.add(member + ": " + json.json(column.type()));
      }
    }
    text.add("INSERT INTO ").add(table.name()).add(" JSON '");
    text.add(("{" + String.join(", ", members) + "}").replace("'", "''")).add("'");
    text.add(dice.of("", " DEFAULT UNSET", " DEFAULT NULL"));
    using(text, timestamp, true);
  }

  private void using(StatementText text, boolean timestamp, boolean ttl) {
    String separator = " USING ";
    if (timestamp) {
      text.add(separator).add("TIMESTAMP ").value(BIGINT, Integer.toString(timestamp()));
      separator = " AND ";
    }
    if (ttl && dice.chance(15)) {
      String seconds = dice.of("5", "20", "60", "300", "86400", "0");
      text.add(separator).add("TTL ").value(INT, seconds);
    }
  }

  private void update(StatementText text, RandomTable table, boolean timestamp) {
    boolean ofStatic = dice.chance(20) && !table.of(Kind.STATIC).isEmpty();
    List<Column> possible = table.of(ofStatic ? Kind.STATIC : Kind.REGULAR);
    if (possible.isEmpty()) {
      insertOrAnything(text, table, timestamp);
      return;
    }
    text.add("UPDATE ").add(table.name());
    using(text, timestamp, !table.counters());
    text.add(" SET ");
    String separator = "";
    for (Column column : dice.several(possible, 1, 3)) {
      text.add(separator);
      assignment(text, column);
      separator = ", ";
    }
    key(text, table, ofStatic && dice.chance(90), false);
    condition(text, table);
  }

  private void insertOrAnything(StatementText text, RandomTable table, boolean timestamp) {
    if (table.counters()) {
      delete(text, table, timestamp);
    } else {
      insert(text, table, timestamp);
    }
  }

  private void assignment(StatementText text, Column column) {
    String name = column.name();
    RandomType type = column.type();
    if (type.cql().equals("counter")) {
      String form = dice.of(" + ", " - ");
      text.add(name + " = " + name + form).value(BIGINT, dice.of("1", "2", "-3", "10"));
    } else if (type instanceof RandomType.Collection collection && dice.chance(60)) {
      element(text, name, collection);
    } else if (type instanceof RandomType.Udt udt && dice.chance(60)) {
      int field = dice.below(udt.fields().size());
      RandomType fieldType = udt.types().get(field);
      text.add(name + "." + udt.fields().get(field) + " = ");
      text.value(fieldType, dice.chance(10) ? "null" : values.value(fieldType));
    } else {
      text.add(name + " = ").value(type, value(column));
    }
  }

  private void element(StatementText text, String name, RandomType.Collection type) {
    RandomType first = type.parts().getFirst();
    switch (type.kind()) {
      case "list" -> {
        switch (dice.below(5)) {
          case 0 -> text.add(name + " = ").value(type, values.value(type)).add(" + " + name);
          case 1 -> {
            text.add(name + "[").value(INT, dice.of("0", "0", "1", "2", "-1")).add("] = ");
            text.value(first, dice.chance(10) ? "null" : values.value(first));
          }
          case 2 -> text.add(name + " = " + name + " - ").value(type, values.value(type));
          case 3 -> text.add(name + " += ").value(type, values.value(type));
          default -> text.add(name + " = " + name + " + ").value(type, values.value(type));
        }
      }
      case "set" -> {
        String sign = dice.of(" + ", " - ");
        if (dice.chance(20)) {
          text.add(name + " " + sign.strip() + "= ").value(type, values.value(type));
        } else {
          text.add(name + " = " + name + sign).value(type, values.value(type));
        }
      }
      default -> {
        if (dice.chance(40)) {
          text.add(name + "[").value(first, values.value(first)).add("] = ");
          text.value(type.last(), dice.chance(15) ? "null" : values.value(type.last()));
        } else if (dice.chance(60)) {
          text.add(name + " = " + name + " + ").value(type, values.value(type));
        } else {
          RandomType keys = new RandomType.Collection("set", List.of(first), false);
          text.add(name + " = " + name + " - ").value(keys, values.value(keys));
        }
      }
    }
  }

  /** The WHERE of an UPDATE or DELETE; a range or a prefix if {@code ranges}. */
  private void key(StatementText text, RandomTable table, boolean partitionOnly, boolean ranges) {
    String separator = " WHERE ";
    for (Column column : table.partitionKey()) {
      text.add(separator).add(column.name());
      equalsOrIn(text, column, 10);
      separator = " AND ";
    }
    List<Column> clustering = table.clustering();
    int given = partitionOnly ? 0 : clustering.size();
    boolean slice = ranges && given > 0 && dice.chance(60);
    if (slice) {
      given = dice.below(clustering.size());
    }
    for (Column column : clustering.subList(0, given)) {
      text.add(separator).add(column.name());
      equalsOrIn(text, column, 8);
    }
    if (slice && dice.chance(75)) {
      Column column = clustering.get(given);
      if (dice.chance(70)) {
        text.add(separator).add(column.name() + dice.of(" > ", " >= "));
        text.value(column.type(), values.value(column.type()));
      }
      if (dice.chance(50)) {
        text.add(separator).add(column.name() + dice.of(" < ", " <= "));
        text.value(column.type(), values.value(column.type()));
      }
    }
  }

  private void equalsOrIn(StatementText text, Column column, int percentOfIn) {
    if (dice.chance(percentOfIn)) {
      text.add(" IN (").value(column.type(), values.value(column.type())).add(", ");
      text.value(column.type(), values.value(column.type())).add(")");
    } else {
      text.add(" = ").value(column.type(), value(column));
    }
  }

  private void delete(StatementText text, RandomTable table, boolean timestamp) {
    text.add("DELETE ");
    boolean cells = dice.chance(40) && !table.values().isEmpty();
    boolean ofStatic = dice.chance(30) && !table.of(Kind.STATIC).isEmpty();
    List<Column> possible = table.of(ofStatic ? Kind.STATIC : Kind.REGULAR);
    cells = cells && !possible.isEmpty();
    if (cells) {
      String separator = "";
      for (Column column : dice.several(possible, 1, 2)) {
        text.add(separator).add(column.name());
        part(text, column.type());
        separator = ", ";
      }
      text.add(" ");
    }
    text.add("FROM ").add(table.name());
    if (timestamp) {
      text.add(" USING TIMESTAMP ").value(BIGINT, Integer.toString(timestamp()));
    }
    key(text, table, (cells && ofStatic) || dice.chance(10), !cells || dice.chance(3));
    condition(text, table);
  }

  private void part(StatementText text, RandomType type) {
    if (type instanceof RandomType.Collection collection && dice.chance(60)) {
      RandomType first = collection.parts().getFirst();
      RandomType index = collection.kind().equals("list") ? INT : first;
      String at = index.equals(INT) ? dice.of("0", "1", "2") : values.value(first);
      text.add("[").value(index, at).add("]");
    } else if (type instanceof RandomType.Udt udt && dice.chance(60)) {
      text.add(".").add(dice.of(udt.fields()));
    }
  }

  private void condition(StatementText text, RandomTable table) {
    if (table.timed() || table.counters() || !dice.chance(35)) {
      return;
    }
    text.add(" IF ");
    if (table.values().isEmpty() || dice.chance(25)) {
      text.add("EXISTS");
      return;
    }
    String separator = "";
    for (Column column : dice.several(table.values(), 1, 2)) {
      text.add(separator).add(column.name());
      RandomType type = column.type();
      if (type instanceof RandomType.Collection collection && dice.chance(40)) {
        RandomType first = collection.parts().getFirst();
        RandomType index = collection.kind().equals("list") ? INT : first;
        text.add("[").value(index, index.equals(INT) ? dice.of("0", "1") : values.value(first));
        text.add("]");
        type = collection.last();
      } else if (type instanceof RandomType.Udt udt && dice.chance(40)) {
        int field = dice.below(udt.fields().size());
        text.add("." + udt.fields().get(field));
        type = udt.types().get(field);
      }
      if (dice.chance(20)) {
        text.add(" IN (").value(type, values.value(type)).add(", ");
        text.value(type, values.value(type)).add(")");
      } else {
        text.add(dice.of(" = ", " = ", " != ", " < ", " >= "));
        // Not null beside others: which condition Cassandra looks at first is chance.
        text.value(type, values.value(type));
      }
      separator = " AND ";
    }
  }
}
