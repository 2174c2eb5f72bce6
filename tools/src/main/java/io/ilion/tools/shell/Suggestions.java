package io.ilion.tools.shell;

import io.ilion.driver.metadata.Metadata;
import java.util.List;
import java.util.Set;

/** What may come next in a statement or command, from the words before it and the schema. */
final class Suggestions {
  private final SchemaNames schema;

  /**
   * Suggestions from a schema.
   *
   * @param keyspace whose names need not be qualified, or null
   */
  Suggestions(Metadata metadata, String keyspace) {
    schema = new SchemaNames(metadata, keyspace);
  }

  /** What may be written behind {@code before}; {@code after} may name the table already. */
  Set<String> words(String before, String after) {
    StatementWords words = StatementWords.of(before);
    Choices choices = new Choices(words);
    if (words.isEmpty()) {
      choices.addAll(Keywords.STATEMENTS);
      choices.addAll(ShellCommands.sorted());
      choices.removeAll(List.of("?"));
      return choices.found();
    }
    if (words.last().equals(".")) {
      schema.membersOf(words.fromEnd(2), choices);
      return choices.found();
    }
    DataSuggestions data = new DataSuggestions(schema, choices);
    Set<String> fields = data.insideValue();
    if (fields != null) {
      return fields;
    }
    DefinitionSuggestions definitions = new DefinitionSuggestions(schema, choices);
    switch (words.first()) {
      case "SELECT" -> data.select(after);
      case "EXPLAIN" -> explain(choices, after);
      case "INSERT" -> data.insert();
      case "UPDATE" -> data.update();
      case "DELETE" -> data.delete(after);
      case "BEGIN" -> choices.add("BATCH", "UNLOGGED", "COUNTER");
      case "APPLY" -> choices.add("BATCH");
      case "USE" -> schema.keyspaces(choices, "");
      case "TRUNCATE" -> schema.tables(choices);
      case "CREATE" -> definitions.create();
      case "ALTER" -> definitions.alter();
      case "DROP" -> definitions.drop();
      case "GRANT", "REVOKE" -> definitions.grant();
      case "LIST" -> choices.add("ALL", "PERMISSIONS", "ROLES", "USERS", "OF", "ON");
      case "COPY" -> copy(choices);
      case "DESCRIBE", "DESC" -> describe(choices);
      case "CONSISTENCY" -> choices.once(Keywords.LEVELS);
      case "SERIAL" -> serial(choices);
      case "TRACING", "EXPAND", "PAGING" -> choices.once(List.of("ON", "OFF"));
      case "CAPTURE" -> choices.once(List.of("OFF"));
      case "SHOW" -> choices.once(List.of("HOST", "REPLICAS", "SESSION", "VERSION"));
      case "HELP", "?" -> choices.addAll(Help.names());
      default -> {
        // A command without arguments, or a statement that is not known here.
      }
    }
    return choices.found();
  }

  /** What may stand between single quotes behind {@code before}. */
  Set<String> strings(String before) {
    StatementWords words = StatementWords.of(before);
    Choices choices = new Choices(words);
    if (words.contains("COMPACTION") && !words.contains("COMPRESSION")) {
      choices.addAll(Keywords.COMPACTIONS);
    }
    if (words.contains("COMPRESSION")) {
      choices.addAll(Keywords.COMPRESSIONS);
    }
    if (words.contains("REPLICATION")) {
      if (words.last().equals(":")) {
        choices.add("'NetworkTopologyStrategy'", "'SimpleStrategy'");
      } else {
        choices.add("'class'", "'replication_factor'");
        schema.datacenters(choices);
      }
    } else if (!choices.found().isEmpty()) {
      choices.add("'class'");
    }
    return choices.found();
  }

  private void explain(Choices choices, String after) {
    int select = choices.words().indexOf("SELECT");
    if (select > 0) {
      new DataSuggestions(schema, choices.from(select)).select(after);
    } else {
      choices.once(List.of("ANALYZE", "SELECT"));
      choices.follow("ANALYZE", "SELECT");
    }
  }

  private void copy(Choices choices) {
    StatementWords words = choices.words();
    if (words.size() == 1) {
      schema.tables(choices);
    } else if (words.contains("(") && !words.contains(")")) {
      schema.columns(choices, schema.table(words.nameBehind("COPY")));
    } else if (words.contains("WITH")) {
      choices.addAll(Keywords.COPY_OPTIONS);
      choices.add("AND");
    } else if (words.last().equals("FROM")) {
      choices.add("STDIN");
    } else if (words.last().equals("TO")) {
      choices.add("STDOUT");
    } else {
      choices.add("FROM", "TO", "WITH");
    }
  }

  private void describe(Choices choices) {
    StatementWords words = choices.words();
    switch (words.second()) {
      case "" -> {
        choices.add(
            "AGGREGATE",
            "AGGREGATES",
            "CLUSTER",
            "FULL",
            "FUNCTION",
            "FUNCTIONS",
            "INDEX",
            "KEYSPACE",
            "KEYSPACES",
            "MATERIALIZED",
            "SCHEMA",
            "TABLE",
            "TABLES",
            "TYPE",
            "TYPES");
        schema.keyspaces(choices, "");
        schema.tables(choices);
      }
      case "KEYSPACE" -> schema.keyspaces(choices, "");
      case "TABLE" -> schema.tables(choices);
      case "TYPE" -> schema.userTypes(choices);
      case "INDEX" -> schema.indexes(choices);
      case "FUNCTION", "AGGREGATE" -> schema.functions(choices);
      case "FULL" -> choices.once(List.of("SCHEMA"));
      case "MATERIALIZED" -> {
        choices.follow("MATERIALIZED", "VIEW");
        schema.views(choices);
      }
      default -> {
        // The name of a thing ends the command.
      }
    }
  }

  private void serial(Choices choices) {
    StatementWords words = choices.words();
    if (words.size() == 1) {
      choices.add("CONSISTENCY");
    } else {
      choices.add("SERIAL", "LOCAL_SERIAL");
    }
  }
}
