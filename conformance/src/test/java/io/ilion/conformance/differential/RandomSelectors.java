package io.ilion.conformance.differential;

import io.ilion.conformance.differential.RandomTable.Column;
import java.util.List;

/** The list of what to select: columns, parts of them, functions, arithmetic, aggregates. */
final class RandomSelectors {
  private static final List<String> CASTS =
      List.of(
          "tinyint",
          "smallint",
          "int",
          "bigint",
          "varint",
          "decimal",
          "float",
          "double",
          "text",
          "ascii",
          "date",
          "timestamp",
          "boolean");

  private final Dice dice;
  private final RandomValues values;

  RandomSelectors(Dice dice, RandomValues values) {
    this.dice = dice;
    this.values = values;
  }

  /** Appends what stands between SELECT and FROM. */
  void list(StatementText text, RandomTable table) {
    if (dice.chance(25)) {
      text.add("*");
      return;
    }
    boolean aggregates = dice.chance(15);
    int count = dice.between(1, 4);
    for (int i = 0; i < count; i++) {
      text.add(i == 0 ? "" : ", ");
      if (aggregates && dice.chance(85)) {
        aggregate(text, table);
      } else {
        selector(text, table, 2);
      }
      if (dice.chance(6)) {
        text.add(" AS ").add(dice.of("x", "\"Y\"", "count"));
      }
    }
  }

  private void aggregate(StatementText text, RandomTable table) {
    Column column = dice.of(table.columns());
    switch (dice.below(6)) {
      case 0 -> text.add(dice.of("count(*)", "count(1)", "COUNT(*)"));
      case 1 -> text.add("count(" + column.name() + ")");
      default -> {
        text.add(dice.of("min(", "max(", "sum(", "avg("));
        if (dice.chance(15)) {
          selector(text, table, 1);
        } else {
          text.add(column.name());
        }
        text.add(")");
      }
    }
  }

  private void selector(StatementText text, RandomTable table, int depth) {
    Column column = dice.of(table.columns());
    String name = column.name();
    RandomType type = column.type();
    switch (depth == 0 ? 0 : dice.below(24)) {
      case 0, 1, 2, 3, 4, 5, 6 -> text.add(name);
      case 7 -> {
        String function = dice.of("writetime", "ttl", "maxwritetime");
        text.add(table.timed() ? function : "ttl").add("(" + name);
        if (dice.chance(40)) {
          part(text, type);
        }
        text.add(")");
      }
      case 8, 9 -> {
        text.add(name);
        part(text, type);
      }
      case 10 -> text.add("CAST(" + name + " AS " + dice.of(CASTS) + ")");
      case 11 -> {
        List<String> key = table.partitionKey().stream().map(Column::name).toList();
        text.add("token(" + String.join(", ", key) + ")");
      }
      case 12 -> {
        text.add("to_json(");
        selector(text, table, depth - 1);
        text.add(")");
      }
      case 13, 14 -> {
        selector(text, table, depth - 1);
        text.add(dice.of(" + ", " - ", " * ", " / ", " % "));
        if (dice.chance(60)) {
          text.add(dice.of("1", "2", "1.5", "-3", "0", "'a'", "1mo"));
        } else {
          text.add(dice.of(table.columns()).name());
        }
      }
      case 15 -> text.add("-" + name);
      case 16 -> text.add("(" + type.frozen().cql() + ")").add(values.value(type));
      case 17 -> {
        text.add(dice.of("(", "[", "{")).add(name + ", " + dice.of(table.columns()).name());
        text.add(dice.of(")", "]", "}"));
      }
      case 18 -> literal(text);
      default -> function(text, table, column, depth);
    }
  }

  private void literal(StatementText text) {
    text.add(
        dice.of(
            "1",
            "'a'",
            "(int)1",
            "(text)'x'",
            "(list<int>)[1, 2]",
            "null",
            "(double)1",
            "true",
            "(timestamp)'2020-01-01'",
            "(date)'2020-01-01'",
            "(duration)1h",
            "(vector<float, 2>)[1, 2]"));
  }

  private void part(StatementText text, RandomType type) {
    if (type instanceof RandomType.Collection collection) {
      RandomType first = collection.parts().getFirst();
      if (dice.chance(60)) {
        text.add("[").value(first, values.value(first)).add("]");
      } else {
        text.add("[");
        if (dice.chance(80)) {
          text.value(first, values.value(first));
        }
        text.add("..");
        if (dice.chance(80)) {
          text.value(first, values.value(first));
        }
        text.add("]");
      }
    } else if (type instanceof RandomType.Udt udt) {
      text.add(".").add(dice.of(udt.fields()));
    } else if (dice.chance(10)) {
      text.add(dice.of("[1]", ".x", "['a'..]"));
    }
  }

  private void function(StatementText text, RandomTable table, Column column, int depth) {
    String name = column.name();
    String plain = column.type().cql().startsWith("frozen") ? "blob" : column.type().cql();
    switch (dice.below(8)) {
      case 0 -> text.add(plain.replaceAll("<.*", "") + "_as_blob(" + name + ")");
      case 1 ->
          text.add("blob_as_" + dice.of(RandomType.ORDERED) + "(" + plain.replaceAll("<.*", ""))
              .add("_as_blob(" + name + "))");
      case 2 -> {
        text.add(dice.of("abs", "exp", "log", "log10", "round")).add("(");
        selector(text, table, depth - 1);
        text.add(")");
      }
      case 3 -> {
        text.add(
            dice.of(
                "to_date",
                "to_timestamp",
                "to_unix_timestamp",
                "min_timeuuid",
                "max_timeuuid",
                "totimestamp",
                "tounixtimestamp",
                "dateof",
                "unixtimestampof"));
        text.add("(" + name + ")");
      }
      case 4 -> {
        text.add(
            dice.of(
                "map_keys",
                "map_values",
                "collection_count",
                "collection_min",
                "collection_max",
                "collection_sum",
                "collection_avg"));
        text.add("(" + collection(table, column).name() + ")");
      }
      case 5 -> {
        text.add(dice.of("similarity_cosine", "similarity_euclidean", "similarity_dot_product"));
        text.add("(" + name + ", " + dice.of(name, "[1, 2]", "[1.5]", "[0, 0, 0]") + ")");
      }
      case 6 ->
          text.add(
              dice.of(
                  "mask_null(" + name + ")",
                  "mask_default(" + name + ")",
                  "mask_replace(" + name + ", " + values.value(column.type()) + ")",
                  "mask_inner(" + name + ", 1, 1)",
                  "mask_inner(" + name + ", null, 1, '#')",
                  "mask_outer(" + name + ", 1, null)",
                  "mask_hash(" + name + ")"));
      default ->
          text.add(
              dice.of(
                  "floor(" + name + ", 1h)",
                  "floor(" + name + ", 1mo)",
                  "nosuch(" + name + ")",
                  "token(" + name + ")",
                  "system.to_json(" + name + ")",
                  "from_json('1')",
                  "blob_as_int(0x00000001)",
                  "uuid_as_blob(" + name + ")"));
    }
  }

  private Column collection(RandomTable table, Column otherwise) {
    List<Column> collections =
        table.columns().stream().filter(c -> c.type() instanceof RandomType.Collection).toList();
    return collections.isEmpty() || dice.chance(15) ? otherwise : dice.of(collections);
  }
}
