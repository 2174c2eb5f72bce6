package io.ilion.tools.shell;

/** What may come next in statements that define something, or say who may do what. */
final class DefinitionSuggestions {
  private final SchemaNames schema;
  private final Choices choices;
  private final StatementWords words;

  DefinitionSuggestions(SchemaNames schema, Choices choices) {
    this.schema = schema;
    this.choices = choices;
    this.words = choices.words();
  }

  void create() {
    String kind = words.second();
    switch (kind) {
      case "" ->
          choices.add(
              "AGGREGATE",
              "CUSTOM",
              "FUNCTION",
              "INDEX",
              "KEYSPACE",
              "MATERIALIZED",
              "OR",
              "ROLE",
              "TABLE",
              "TRIGGER",
              "TYPE",
              "USER");
      case "KEYSPACE" -> {
        choices.ifNotExists();
        choices.add("WITH", "AND", "durable_writes", "replication");
      }
      case "TABLE" -> {
        choices.ifNotExists();
        if (words.contains("WITH")) {
          options();
        } else {
          schema.keyspaces(choices, ".");
          choices.add("PRIMARY", "KEY", "STATIC", "WITH");
          types();
        }
      }
      case "TYPE" -> {
        choices.ifNotExists();
        schema.keyspaces(choices, ".");
        types();
      }
      case "INDEX", "CUSTOM" -> {
        choices.ifNotExists();
        if (words.last().equals("ON")) {
          schema.tables(choices);
        } else if (words.last().equals("(")) {
          schema.columns(choices, schema.table(words.nameBehind("ON")));
          choices.add("entries(", "full(", "keys(", "values(");
        } else {
          choices.add("INDEX", "ON", "USING", "WITH", "OPTIONS");
        }
      }
      case "MATERIALIZED" -> {
        choices.follow("MATERIALIZED", "VIEW");
        choices.ifNotExists();
        if (words.last().equals("FROM")) {
          schema.tables(choices);
        } else {
          schema.columns(choices, schema.table(words.nameBehind("FROM")));
          choices.add(
              "AS", "SELECT", "FROM", "WHERE", "IS", "NOT", "NULL", "AND", "PRIMARY", "KEY");
          options();
        }
      }
      case "FUNCTION", "AGGREGATE", "OR" -> {
        choices.ifNotExists();
        choices.add(
            "REPLACE",
            "FUNCTION",
            "AGGREGATE",
            "RETURNS",
            "NULL",
            "ON",
            "INPUT",
            "CALLED",
            "LANGUAGE",
            "AS",
            "SFUNC",
            "STYPE",
            "FINALFUNC",
            "INITCOND");
        types();
      }
      case "ROLE", "USER" -> {
        choices.ifNotExists();
        choices.add("WITH", "PASSWORD", "LOGIN", "SUPERUSER", "AND", "ACCESS", "OPTIONS");
      }
      default -> choices.add("IF");
    }
  }

  void alter() {
    String kind = words.second();
    boolean named = words.size() > 2;
    switch (kind) {
      case "" -> choices.add("KEYSPACE", "MATERIALIZED", "ROLE", "TABLE", "TYPE", "USER");
      case "KEYSPACE" -> {
        schema.keyspaces(choices, "");
        choices.add("WITH", "AND", "durable_writes", "replication");
      }
      case "TABLE", "TYPE" -> {
        if (!named) {
          schema.tables(choices);
          schema.userTypes(choices);
        } else if (words.contains("WITH")) {
          options();
        } else {
          choices.add("ADD", "DROP", "RENAME", "WITH", "TO", "AND");
          if (!words.contains("ADD")) {
            schema.columns(choices, schema.table(words.nameBehind(kind)));
          } else {
            types();
          }
        }
      }
      case "MATERIALIZED" -> {
        choices.follow("MATERIALIZED", "VIEW");
        schema.views(choices);
        options();
      }
      default -> choices.add("WITH", "PASSWORD", "LOGIN", "SUPERUSER", "AND");
    }
  }

  void drop() {
    String kind = words.second();
    if (kind.isEmpty()) {
      choices.add(
          "AGGREGATE",
          "FUNCTION",
          "INDEX",
          "KEYSPACE",
          "MATERIALIZED",
          "ROLE",
          "TABLE",
          "TRIGGER",
          "TYPE",
          "USER");
      return;
    }
    if (words.size() == 2) {
      choices.add("IF");
    }
    choices.follow("IF", "EXISTS");
    choices.follow("MATERIALIZED", "VIEW");
    switch (kind) {
      case "KEYSPACE" -> schema.keyspaces(choices, "");
      case "TABLE" -> schema.tables(choices);
      case "TYPE" -> schema.userTypes(choices);
      case "INDEX" -> schema.indexes(choices);
      case "MATERIALIZED" -> schema.views(choices);
      case "FUNCTION", "AGGREGATE" -> schema.functions(choices);
      default -> {
        // Roles and triggers are not in what a driver knows.
      }
    }
  }

  void grant() {
    if (words.size() == 1) {
      choices.addAll(Keywords.PERMISSIONS);
    } else if (words.last().equals("KEYSPACE")) {
      schema.keyspaces(choices, "");
    } else if (words.last().equals("ON") || words.last().equals("TABLE")) {
      choices.add("ALL", "FUNCTION", "KEYSPACE", "ROLE", "TABLE");
      schema.tables(choices);
    } else {
      choices.add("PERMISSIONS", "ON", words.first().equals("GRANT") ? "TO" : "FROM");
    }
  }

  private void types() {
    choices.addAll(Keywords.TYPES);
    schema.ownTypes(choices);
  }

  private void options() {
    choices.addAll(Keywords.TABLE_OPTIONS);
    choices.add("AND");
    choices.follow("CLUSTERING", "ORDER");
    choices.follow("ORDER", "BY");
  }
}
