package io.ilion.tools.shell;

import io.ilion.driver.metadata.TableMetadata;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;

/** What may come next in statements that read or write rows. */
final class DataSuggestions {
  private final SchemaNames schema;
  private final Choices choices;
  private final StatementWords words;

  DataSuggestions(SchemaNames schema, Choices choices) {
    this.schema = schema;
    this.choices = choices;
    this.words = choices.words();
  }

  void select(String after) {
    if (!words.contains("FROM")) {
      TableMetadata table = schema.table(StatementWords.of("SELECT x " + after).nameBehind("FROM"));
      schema.columns(choices, table);
      choices.addAll(Keywords.FUNCTIONS);
      schema.functions(choices);
      choices.add("FROM", "AS");
      if (words.size() == 1) {
        choices.add("DISTINCT", "JSON");
      }
      return;
    }
    if (words.last().equals("FROM")) {
      schema.tables(choices);
      return;
    }
    clauses("FROM");
    if (!words.contains("ORDER") && !words.contains("GROUP") && !words.last().equals("BY")) {
      choices.addUnlessUsed("WHERE");
    }
    if (inCondition() && !words.contains("ORDER")) {
      return;
    }
    if (words.contains("ORDER")) {
      choices.add("ASC", "DESC");
    }
    choices.addUnlessUsed("ORDER", "GROUP", "PER", "LIMIT", "ALLOW");
    choices.follow("PER", "PARTITION");
    choices.follow("PARTITION", "LIMIT");
  }

  /** What may stand inside the value of a column; null if the place is elsewhere. */
  Set<String> insideValue() {
    return switch (words.first()) {
      case "INSERT" -> LiteralFields.of(words.list(), schema.table(words.nameBehind("INTO")));
      case "UPDATE" -> LiteralFields.of(words.list(), schema.table(words.nameBehind("UPDATE")));
      default -> null;
    };
  }

  void insert() {
    if (words.size() == 1) {
      choices.add("INTO");
    } else if (words.last().equals("INTO")) {
      schema.tables(choices);
    } else if (!words.contains("VALUES") && !words.contains("JSON")) {
      int open = words.indexOf("(");
      if (open < 0) {
        choices.add("(", "JSON");
      } else if (!words.contains(")")) {
        schema.columns(choices, schema.table(words.nameBehind("INTO")));
        choices.removeAll(named(words.from(open)));
      } else {
        choices.add("VALUES");
      }
    } else {
      choices.addAll(Keywords.FUNCTIONS);
      using();
      choices.add("IF");
      choices.follow("IF", "NOT");
      choices.follow("NOT", "EXISTS");
    }
  }

  void update() {
    if (words.size() == 1) {
      schema.tables(choices);
      return;
    }
    if (!words.contains("SET")) {
      choices.add("SET");
      using();
      return;
    }
    if (words.contains("WHERE")) {
      choices.addUnlessUsed("IF");
      clauses("UPDATE");
      choices.follow("IF", "EXISTS");
    } else {
      schema.columns(choices, schema.table(words.nameBehind("UPDATE")));
      choices.addAll(Keywords.FUNCTIONS);
      choices.add("WHERE");
    }
  }

  void delete(String after) {
    if (!words.contains("FROM")) {
      schema.columns(
          choices, schema.table(StatementWords.of("DELETE x " + after).nameBehind("FROM")));
      choices.add("FROM");
    } else if (words.last().equals("FROM")) {
      schema.tables(choices);
    } else {
      choices.addUnlessUsed("WHERE", "IF");
      using();
      clauses("FROM");
      choices.follow("IF", "EXISTS");
    }
  }

  /** What stands in conditions: columns, then an operator, then a value, then AND. */
  private void clauses(String tableWord) {
    if (inCondition() || words.last().equals("BY") || words.last().equals("IF")) {
      choices.clear();
      schema.columns(choices, schema.table(words.nameBehind(tableWord)));
      if (!words.last().equals("BY")) {
        choices.add("token(");
      }
    } else if (words.contains("WHERE")) {
      String column = words.last().toLowerCase(Locale.ROOT);
      TableMetadata table = schema.table(words.nameBehind(tableWord));
      boolean isColumn = table != null && table.columns().containsKey(Names.internal(column));
      boolean named = isColumn && Set.of("WHERE", "AND", "IF").contains(words.fromEnd(2));
      if (named) {
        choices.clear();
        choices.add("=", "<", ">", "<=", ">=", "IN", "CONTAINS", "LIKE", "BETWEEN");
      } else {
        choices.add("AND");
      }
    }
    choices.follow("CONTAINS", "KEY");
    choices.follow("ORDER", "BY");
    choices.follow("GROUP", "BY");
    choices.follow("ALLOW", "FILTERING");
  }

  private boolean inCondition() {
    return words.last().equals("WHERE") || (words.last().equals("AND") && !words.contains("WITH"));
  }

  private void using() {
    choices.add("USING");
    if (words.contains("USING")) {
      choices.add("TTL", "TIMESTAMP", "AND");
    }
  }

  private static Set<String> named(StatementWords some) {
    Set<String> names = new LinkedHashSet<>();
    some.list().forEach(name -> names.add(name.toLowerCase(Locale.ROOT)));
    return names;
  }
}
