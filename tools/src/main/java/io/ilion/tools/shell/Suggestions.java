package io.ilion.tools.shell;

import io.ilion.driver.metadata.KeyspaceMetadata;
import io.ilion.driver.metadata.Metadata;
import io.ilion.driver.metadata.TableMetadata;
import io.ilion.tools.shell.Lexer.Kind;
import io.ilion.tools.shell.Lexer.Token;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** What may come next in a statement, from the words before it and the schema. */
final class Suggestions {
  private final Metadata metadata;
  private final String keyspace;

  /** The words of the statement before the place in question: keywords in capitals. */
  private List<String> words = List.of();

  Suggestions(Metadata metadata, String keyspace) {
    this.metadata = metadata;
    this.keyspace = keyspace;
  }

  /** What may be written behind {@code before}; {@code after} may name the table already. */
  Set<String> words(String before, String after) {
    words = statement(before);
    Set<String> found = new LinkedHashSet<>();
    if (words.isEmpty()) {
      found.addAll(Keywords.STATEMENTS);
      found.addAll(ShellCommands.sorted());
      found.remove("?");
      return found;
    }
    if (last().equals(".")) {
      afterDot(found);
      return found;
    }
    Set<String> fields = insideValue();
    if (fields != null) {
      return fields;
    }
    switch (words.getFirst()) {
      case "SELECT" -> select(found, after);
      case "EXPLAIN" -> explain(found, after);
      case "INSERT" -> insert(found);
      case "UPDATE" -> update(found);
      case "DELETE" -> delete(found, after);
      case "BEGIN" -> add(found, "BATCH", "UNLOGGED", "COUNTER");
      case "APPLY" -> add(found, "BATCH");
      case "USE" -> keyspaces(found, "");
      case "TRUNCATE" -> tables(found);
      case "CREATE" -> create(found);
      case "ALTER" -> alter(found);
      case "DROP" -> drop(found);
      case "GRANT", "REVOKE" -> grant(found);
      case "LIST" -> add(found, "ALL", "PERMISSIONS", "ROLES", "USERS", "OF", "ON");
      case "COPY" -> copy(found);
      case "DESCRIBE", "DESC" -> describe(found);
      case "CONSISTENCY" -> once(found, Keywords.LEVELS);
      case "SERIAL" -> serial(found);
      case "TRACING", "EXPAND", "PAGING" -> once(found, List.of("ON", "OFF"));
      case "CAPTURE" -> once(found, List.of("OFF"));
      case "SHOW" -> once(found, List.of("HOST", "REPLICAS", "SESSION", "VERSION"));
      case "HELP", "?" -> found.addAll(Help.names());
      default -> {
        // A command without arguments, or a statement that is not known here.
      }
    }
    return found;
  }

  /** What may stand between single quotes behind {@code before}. */
  Set<String> strings(String before) {
    words = statement(before);
    Set<String> found = new LinkedHashSet<>();
    if (words.contains("COMPACTION") && !words.contains("COMPRESSION")) {
      found.addAll(Keywords.COMPACTIONS);
    }
    if (words.contains("COMPRESSION")) {
      found.addAll(Keywords.COMPRESSIONS);
    }
    if (words.contains("REPLICATION")) {
      if (last().equals(":")) {
        add(found, "'NetworkTopologyStrategy'", "'SimpleStrategy'");
      } else {
        add(found, "'class'", "'replication_factor'");
        metadata.datacenters().forEach(name -> found.add("'" + name + "'"));
      }
    } else if (!found.isEmpty()) {
      found.add("'class'");
    }
    return found;
  }

  /** The words of the last statement of a text; what is no keyword stays as it is written. */
  private static List<String> statement(String text) {
    List<String> words = new ArrayList<>();
    for (Token token : Lexer.significant(text)) {
      String word = token.in(text);
      boolean batchPart =
          token.kind() == Kind.WORD
              && words.size() >= 2
              && words.getFirst().equals("BEGIN")
              && (words.contains("BATCH"))
              && (Keywords.STATEMENTS.contains(word.toUpperCase(Locale.ROOT)));
      if (token.kind() == Kind.SEMICOLON) {
        words.clear();
      } else {
        if (batchPart) {
          words.clear();
        }
        words.add(token.kind() == Kind.WORD ? word.toUpperCase(Locale.ROOT) : word);
      }
    }
    return words;
  }

  // ---- statements

  private void select(Set<String> found, String after) {
    if (!words.contains("FROM")) {
      TableMetadata table = table(tableBehind("FROM", statement("SELECT x " + after)));
      columns(found, table);
      found.addAll(Keywords.FUNCTIONS);
      functions(found);
      add(found, "FROM", "AS");
      if (words.size() == 1) {
        add(found, "DISTINCT", "JSON");
      }
      return;
    }
    if (last().equals("FROM")) {
      tables(found);
      return;
    }
    clauses(found, "FROM");
    if (!words.contains("ORDER") && !words.contains("GROUP") && !last().equals("BY")) {
      addUnlessUsed(found, "WHERE");
    }
    if (inCondition() && !words.contains("ORDER")) {
      return;
    }
    if (words.contains("ORDER")) {
      add(found, "ASC", "DESC");
    }
    addUnlessUsed(found, "ORDER", "GROUP", "PER", "LIMIT", "ALLOW");
    follow(found, "PER", "PARTITION");
    follow(found, "PARTITION", "LIMIT");
  }

  private void explain(Set<String> found, String after) {
    int select = words.indexOf("SELECT");
    if (select > 0) {
      words = words.subList(select, words.size());
      select(found, after);
    } else {
      once(found, List.of("ANALYZE", "SELECT"));
      follow(found, "ANALYZE", "SELECT");
    }
  }

  /** What may stand inside the value of a column; null if the place is elsewhere. */
  private Set<String> insideValue() {
    return switch (words.getFirst()) {
      case "INSERT" -> LiteralFields.of(words, table(tableBehind("INTO", words)));
      case "UPDATE" -> LiteralFields.of(words, table(tableBehind("UPDATE", words)));
      default -> null;
    };
  }

  private void insert(Set<String> found) {
    if (words.size() == 1) {
      add(found, "INTO");
    } else if (last().equals("INTO")) {
      tables(found);
    } else if (!words.contains("VALUES") && !words.contains("JSON")) {
      int open = words.indexOf("(");
      if (open < 0) {
        add(found, "(", "JSON");
      } else if (!words.contains(")")) {
        columns(found, table(tableBehind("INTO", words)));
        found.removeAll(named(words.subList(open, words.size())));
      } else {
        add(found, "VALUES");
      }
    } else {
      found.addAll(Keywords.FUNCTIONS);
      using(found);
      add(found, "IF");
      follow(found, "IF", "NOT");
      follow(found, "NOT", "EXISTS");
    }
  }

  private void update(Set<String> found) {
    if (words.size() == 1) {
      tables(found);
      return;
    }
    if (!words.contains("SET")) {
      add(found, "SET");
      using(found);
      return;
    }
    if (words.contains("WHERE")) {
      addUnlessUsed(found, "IF");
      clauses(found, "UPDATE");
      follow(found, "IF", "EXISTS");
    } else {
      columns(found, table(tableBehind("UPDATE", words)));
      found.addAll(Keywords.FUNCTIONS);
      add(found, "WHERE");
    }
  }

  private void delete(Set<String> found, String after) {
    if (!words.contains("FROM")) {
      columns(found, table(tableBehind("FROM", statement("DELETE x " + after))));
      add(found, "FROM");
    } else if (last().equals("FROM")) {
      tables(found);
    } else {
      addUnlessUsed(found, "WHERE", "IF");
      using(found);
      clauses(found, "FROM");
      follow(found, "IF", "EXISTS");
    }
  }

  /** What stands in conditions: columns, then an operator, then a value, then AND. */
  private void clauses(Set<String> found, String tableWord) {
    if (inCondition() || last().equals("BY") || last().equals("IF")) {
      found.clear();
      columns(found, table(tableBehind(tableWord, words)));
      if (!last().equals("BY")) {
        add(found, "token(");
      }
    } else if (words.contains("WHERE")) {
      String column = last().toLowerCase(Locale.ROOT);
      TableMetadata table = table(tableBehind(tableWord, words));
      boolean isColumn = table != null && table.columns().containsKey(Names.internal(column));
      boolean named = isColumn && Set.of("WHERE", "AND", "IF").contains(word(2));
      if (named) {
        found.clear();
        add(found, "=", "<", ">", "<=", ">=", "IN", "CONTAINS", "LIKE", "BETWEEN");
      } else {
        add(found, "AND");
      }
    }
    follow(found, "CONTAINS", "KEY");
    follow(found, "ORDER", "BY");
    follow(found, "GROUP", "BY");
    follow(found, "ALLOW", "FILTERING");
  }

  private boolean inCondition() {
    return last().equals("WHERE") || (last().equals("AND") && !words.contains("WITH"));
  }

  private void using(Set<String> found) {
    add(found, "USING");
    if (words.contains("USING")) {
      add(found, "TTL", "TIMESTAMP", "AND");
    }
  }

  private void create(Set<String> found) {
    String kind = words.size() > 1 ? words.get(1) : "";
    switch (kind) {
      case "" ->
          add(
              found,
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
        ifNotExists(found);
        add(found, "WITH", "AND", "durable_writes", "replication");
      }
      case "TABLE" -> {
        ifNotExists(found);
        if (words.contains("WITH")) {
          options(found);
        } else {
          keyspaces(found, ".");
          add(found, "PRIMARY", "KEY", "STATIC", "WITH");
          types(found);
        }
      }
      case "TYPE" -> {
        ifNotExists(found);
        keyspaces(found, ".");
        types(found);
      }
      case "INDEX", "CUSTOM" -> {
        ifNotExists(found);
        if (last().equals("ON")) {
          tables(found);
        } else if (last().equals("(")) {
          columns(found, table(tableBehind("ON", words)));
          add(found, "entries(", "full(", "keys(", "values(");
        } else {
          add(found, "INDEX", "ON", "USING", "WITH", "OPTIONS");
        }
      }
      case "MATERIALIZED" -> {
        follow(found, "MATERIALIZED", "VIEW");
        ifNotExists(found);
        if (last().equals("FROM")) {
          tables(found);
        } else {
          columns(found, table(tableBehind("FROM", words)));
          add(found, "AS", "SELECT", "FROM", "WHERE", "IS", "NOT", "NULL", "AND", "PRIMARY", "KEY");
          options(found);
        }
      }
      case "FUNCTION", "AGGREGATE", "OR" -> {
        ifNotExists(found);
        add(
            found,
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
        types(found);
      }
      case "ROLE", "USER" -> {
        ifNotExists(found);
        add(found, "WITH", "PASSWORD", "LOGIN", "SUPERUSER", "AND", "ACCESS", "OPTIONS");
      }
      default -> add(found, "IF");
    }
  }

  private void alter(Set<String> found) {
    String kind = words.size() > 1 ? words.get(1) : "";
    boolean named = words.size() > 2;
    switch (kind) {
      case "" -> add(found, "KEYSPACE", "MATERIALIZED", "ROLE", "TABLE", "TYPE", "USER");
      case "KEYSPACE" -> {
        keyspaces(found, "");
        add(found, "WITH", "AND", "durable_writes", "replication");
      }
      case "TABLE", "TYPE" -> {
        if (!named) {
          tables(found);
          userTypes(found);
        } else if (words.contains("WITH")) {
          options(found);
        } else {
          add(found, "ADD", "DROP", "RENAME", "WITH", "TO", "AND");
          if (!words.contains("ADD")) {
            columns(found, table(tableBehind(kind, words)));
          } else {
            types(found);
          }
        }
      }
      case "MATERIALIZED" -> {
        follow(found, "MATERIALIZED", "VIEW");
        views(found);
        options(found);
      }
      default -> add(found, "WITH", "PASSWORD", "LOGIN", "SUPERUSER", "AND");
    }
  }

  private void drop(Set<String> found) {
    String kind = words.size() > 1 ? words.get(1) : "";
    if (kind.isEmpty()) {
      add(
          found,
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
      add(found, "IF");
    }
    follow(found, "IF", "EXISTS");
    follow(found, "MATERIALIZED", "VIEW");
    switch (kind) {
      case "KEYSPACE" -> keyspaces(found, "");
      case "TABLE" -> tables(found);
      case "TYPE" -> userTypes(found);
      case "INDEX" -> indexes(found);
      case "MATERIALIZED" -> views(found);
      case "FUNCTION", "AGGREGATE" -> functions(found);
      default -> {
        // Roles and triggers are not in what a driver knows.
      }
    }
  }

  private void grant(Set<String> found) {
    if (words.size() == 1) {
      found.addAll(Keywords.PERMISSIONS);
    } else if (last().equals("KEYSPACE")) {
      keyspaces(found, "");
    } else if (last().equals("ON") || last().equals("TABLE")) {
      add(found, "ALL", "FUNCTION", "KEYSPACE", "ROLE", "TABLE");
      tables(found);
    } else {
      add(found, "PERMISSIONS", "ON", words.getFirst().equals("GRANT") ? "TO" : "FROM");
    }
  }

  private void copy(Set<String> found) {
    if (words.size() == 1) {
      tables(found);
    } else if (words.contains("(") && !words.contains(")")) {
      columns(found, table(tableBehind("COPY", words)));
    } else if (words.contains("WITH")) {
      found.addAll(Keywords.COPY_OPTIONS);
      add(found, "AND");
    } else if (last().equals("FROM")) {
      add(found, "STDIN");
    } else if (last().equals("TO")) {
      add(found, "STDOUT");
    } else {
      add(found, "FROM", "TO", "WITH");
    }
  }

  private void describe(Set<String> found) {
    switch (words.size() > 1 ? words.get(1) : "") {
      case "" -> {
        add(
            found,
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
        keyspaces(found, "");
        tables(found);
      }
      case "KEYSPACE" -> keyspaces(found, "");
      case "TABLE" -> tables(found);
      case "TYPE" -> userTypes(found);
      case "INDEX" -> indexes(found);
      case "FUNCTION", "AGGREGATE" -> functions(found);
      case "FULL" -> once(found, List.of("SCHEMA"));
      case "MATERIALIZED" -> {
        follow(found, "MATERIALIZED", "VIEW");
        views(found);
      }
      default -> {
        // The name of a thing ends the command.
      }
    }
  }

  private void serial(Set<String> found) {
    if (words.size() == 1) {
      add(found, "CONSISTENCY");
    } else {
      add(found, "SERIAL", "LOCAL_SERIAL");
    }
  }

  // ---- what the schema has

  private void afterDot(Set<String> found) {
    String name = Names.internal(word(2));
    KeyspaceMetadata named = metadata.keyspaces().get(name);
    if (named != null) {
      named.tables().keySet().forEach(table -> found.add(Names.written(table)));
      named.views().keySet().forEach(view -> found.add(Names.written(view)));
      named.userTypes().keySet().forEach(type -> found.add(Names.written(type)));
      named.functions().forEach(function -> found.add(Names.written(function.name())));
      named.aggregates().forEach(function -> found.add(Names.written(function.name())));
    }
  }

  private void keyspaces(Set<String> found, String suffix) {
    metadata.keyspaces().keySet().forEach(name -> found.add(Names.written(name) + suffix));
  }

  private KeyspaceMetadata current() {
    return keyspace == null ? null : metadata.keyspaces().get(keyspace);
  }

  private void tables(Set<String> found) {
    if (current() != null) {
      current().tables().keySet().forEach(name -> found.add(Names.written(name)));
      current().views().keySet().forEach(name -> found.add(Names.written(name)));
    }
    keyspaces(found, ".");
  }

  private void views(Set<String> found) {
    if (current() != null) {
      current().views().keySet().forEach(name -> found.add(Names.written(name)));
    }
    keyspaces(found, ".");
  }

  private void indexes(Set<String> found) {
    if (current() != null) {
      current().tables().values().forEach(table -> found.addAll(table.indexes().keySet()));
    }
    keyspaces(found, ".");
  }

  private void userTypes(Set<String> found) {
    if (current() != null) {
      current().userTypes().keySet().forEach(name -> found.add(Names.written(name)));
    }
    keyspaces(found, ".");
  }

  private void functions(Set<String> found) {
    if (current() != null) {
      current().functions().forEach(function -> found.add(Names.written(function.name()) + "("));
      current().aggregates().forEach(function -> found.add(Names.written(function.name()) + "("));
    }
  }

  private void types(Set<String> found) {
    found.addAll(Keywords.TYPES);
    if (current() != null) {
      current().userTypes().keySet().forEach(name -> found.add(Names.written(name)));
    }
  }

  private void options(Set<String> found) {
    found.addAll(Keywords.TABLE_OPTIONS);
    add(found, "AND");
    follow(found, "CLUSTERING", "ORDER");
    follow(found, "ORDER", "BY");
  }

  /** The columns of a table, or of all tables of the keyspace when it is not known yet. */
  private void columns(Set<String> found, TableMetadata table) {
    if (table != null) {
      table.columns().keySet().forEach(name -> found.add(Names.written(name)));
    } else if (current() != null) {
      current()
          .tables()
          .values()
          .forEach(any -> any.columns().keySet().forEach(name -> found.add(Names.written(name))));
    }
  }

  /** The name of the table that stands behind a word: one part, or keyspace and table. */
  private static List<String> tableBehind(String word, List<String> all) {
    int at = all.indexOf(word) + 1;
    if (at == 0 || at >= all.size()) {
      return List.of();
    }
    boolean dotted = at + 2 < all.size() && all.get(at + 1).equals(".");
    return dotted ? List.of(all.get(at), all.get(at + 2)) : List.of(all.get(at));
  }

  private TableMetadata table(List<String> name) {
    if (name.isEmpty() || (name.size() == 1 && keyspace == null)) {
      return null;
    }
    String in = name.size() == 1 ? keyspace : Names.internal(name.getFirst());
    return metadata.table(in, Names.internal(name.getLast())).orElse(null);
  }

  // ---- words

  private String last() {
    return words.getLast();
  }

  /** The word so many places from the end, from 1. */
  private String word(int fromEnd) {
    return words.size() >= fromEnd ? words.get(words.size() - fromEnd) : "";
  }

  private static Set<String> named(List<String> some) {
    Set<String> names = new LinkedHashSet<>();
    some.forEach(name -> names.add(name.toLowerCase(Locale.ROOT)));
    return names;
  }

  private static void add(Set<String> found, String... some) {
    found.addAll(List.of(some));
  }

  private void addUnlessUsed(Set<String> found, String... some) {
    for (String word : some) {
      if (!words.contains(word)) {
        found.add(word);
      }
    }
  }

  private void once(Set<String> found, List<String> some) {
    if (words.size() == 1 || (words.size() == 2 && words.getFirst().startsWith("DESC"))) {
      found.addAll(some);
    }
  }

  private void ifNotExists(Set<String> found) {
    if (words.size() == 2) {
      found.add("IF");
    }
    follow(found, "IF", "NOT");
    follow(found, "NOT", "EXISTS");
  }

  /** After this word only that one makes sense. */
  private void follow(Set<String> found, String word, String next) {
    if (last().equals(word)) {
      found.clear();
      found.add(next);
    }
  }
}
