package io.ilion.simulator.workload;

import io.ilion.model.Consistency;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Changes of the schema by several clients at once, each through any server: tables and types that
 * come, change and go, and one table to which all add columns. What was acknowledged must be in the
 * schema in the end. What became of a change whose outcome is not known is not asked: its table or
 * type is left alone from then on.
 */
public final class SchemaWorkload implements Workload {
  /** Each table costs something in every node, so few clients make some. */
  private static final int MAKERS = 4;

  private static final int RARELY = 3;
  private static final int MOST_COLUMNS = 6;
  private static final String SHARED = "everybodys";
  private static final Set<String> FIXED = Set.of("k", "v");

  private final Map<Integer, Maker> makers = new HashMap<>();

  /** The columns of the shared table that were acknowledged, and those that may be there. */
  private final Set<String> added = new TreeSet<>();

  private final Set<String> attempted = new TreeSet<>();

  /** All that is known: the columns of a table or the fields of a type; null if it is gone. */
  private final Map<String, Set<String>> tables = new TreeMap<>();

  private final Map<String, Set<String>> types = new TreeMap<>();

  /** What one client has. */
  private static final class Maker {
    String table;
    String type;
    int next;
    boolean busy;
  }

  @Override
  public String name() {
    return "schema";
  }

  @Override
  public List<String> tables(String keyspace) {
    return List.of("CREATE TABLE %s.%s (k int PRIMARY KEY, v int)".formatted(keyspace, SHARED));
  }

  @Override
  public CompletionStage<Outcome> operate(Session session) {
    Maker maker = makers.computeIfAbsent(session.number(), number -> new Maker());
    if (session.number() >= MAKERS || maker.busy || !session.random().oneIn(RARELY)) {
      return CompletableFuture.completedFuture(Outcome.REFUSED);
    }
    maker.busy = true;
    String fresh = "x" + session.number() + "_" + maker.next++;
    CompletionStage<Outcome> change =
        switch (session.random().below(3)) {
          case 0 -> share(session, fresh);
          case 1 -> table(session, maker, fresh);
          default -> type(session, maker, fresh);
        };
    return change.whenComplete((outcome, failure) -> maker.busy = false);
  }

  private CompletionStage<Outcome> share(Session session, String fresh) {
    attempted.add(fresh);
    return change(session, "ALTER TABLE %s." + SHARED + " ADD " + fresh + " int")
        .thenApply(
            outcome -> {
              if (outcome == Outcome.DONE) {
                added.add(fresh);
              }
              return outcome;
            });
  }

  private CompletionStage<Outcome> table(Session session, Maker maker, String fresh) {
    String table = maker.table;
    if (table == null) {
      maker.table = fresh;
      return change(session, "CREATE TABLE %s." + fresh + " (k int PRIMARY KEY, v int)")
          .thenApply(outcome -> keep(outcome, tables, fresh, FIXED, maker));
    }
    Set<String> columns = new TreeSet<>(tables.get(table));
    List<String> own = new ArrayList<>(columns);
    own.removeAll(FIXED);
    if (own.size() == MOST_COLUMNS || session.random().oneIn(4)) {
      maker.table = null;
      return change(session, "DROP TABLE %s." + table)
          .thenApply(outcome -> keep(outcome, tables, table, null, maker));
    }
    if (!own.isEmpty() && session.random().oneIn(3)) {
      String gone = own.get(session.random().below(own.size()));
      columns.remove(gone);
      return change(session, "ALTER TABLE %s." + table + " DROP " + gone)
          .thenApply(outcome -> keep(outcome, tables, table, columns, maker));
    }
    columns.add(fresh);
    return change(session, "ALTER TABLE %s." + table + " ADD " + fresh + " text")
        .thenApply(outcome -> keep(outcome, tables, table, columns, maker));
  }

  private CompletionStage<Outcome> type(Session session, Maker maker, String fresh) {
    String type = maker.type;
    if (type == null) {
      maker.type = fresh;
      return change(session, "CREATE TYPE %s." + fresh + " (k int, v int)")
          .thenApply(outcome -> keep(outcome, types, fresh, FIXED, maker));
    }
    Set<String> fields = new TreeSet<>(types.get(type));
    if (fields.size() == MOST_COLUMNS || session.random().oneIn(3)) {
      maker.type = null;
      return change(session, "DROP TYPE %s." + type)
          .thenApply(outcome -> keep(outcome, types, type, null, maker));
    }
    fields.add(fresh);
    return change(session, "ALTER TYPE %s." + type + " ADD " + fresh + " text")
        .thenApply(outcome -> keep(outcome, types, type, fields, maker));
  }

  private static CompletionStage<Outcome> change(Session session, String cql) {
    return session
        .execute(cql.formatted(session.keyspace()), session.writeLevel())
        .thenApply(Session.Answer::outcome);
  }

  /** Remembers what a change made of a table or type, or forgets it if nobody knows. */
  private static Outcome keep(
      Outcome outcome,
      Map<String, Set<String>> kept,
      String name,
      Set<String> columns,
      Maker maker) {
    if (outcome == Outcome.DONE) {
      kept.put(name, columns);
    } else {
      kept.remove(name);
      maker.table = name.equals(maker.table) ? null : maker.table;
      maker.type = name.equals(maker.type) ? null : maker.type;
    }
    return outcome;
  }

  @Override
  public CompletionStage<Void> verify(Session session) {
    CompletionStage<Void> shared =
        columns(session, SHARED)
            .thenAccept(
                shown -> {
                  Set<String> foreign = new HashSet<>(shown);
                  foreign.removeAll(FIXED);
                  if (!shown.containsAll(added) || !attempted.containsAll(foreign)) {
                    throw Session.violation(
                        "the shared table has %s, and %s were acknowledged", shown, added);
                  }
                });
    for (String table : tables.keySet()) {
      shared =
          shared
              .thenCompose(before -> columns(session, table))
              .thenAccept(shown -> compare("table", table, tables.get(table), shown));
    }
    return shared
        .thenCompose(
            before ->
                rows(
                    session,
                    "SELECT type_name, field_names FROM system_schema.types WHERE keyspace_name"
                        + " = '%s'"))
        .thenAccept(
            rows -> {
              Map<String, Set<String>> shown = new HashMap<>();
              for (byte[][] row : rows) {
                shown.put(Session.text(row[0]), new TreeSet<>(Session.texts(row[1])));
              }
              types.forEach((type, fields) -> compare("type", type, fields, shown.get(type)));
            });
  }

  private static void compare(String what, String name, Set<String> expected, Set<String> shown) {
    Set<String> is = shown == null ? Set.of() : shown;
    if (!is.equals(expected == null ? Set.of() : expected)) {
      throw Session.violation("%s %s has %s, but must have %s", what, name, is, expected);
    }
  }

  private static CompletionStage<Set<String>> columns(Session session, String table) {
    return rows(
            session,
            "SELECT column_name FROM system_schema.columns WHERE keyspace_name = '%s'"
                + " AND table_name = '"
                + table
                + "'")
        .thenApply(
            rows -> {
              Set<String> columns = new TreeSet<>();
              rows.forEach(row -> columns.add(Session.text(row[0])));
              return columns;
            });
  }

  private static CompletionStage<List<byte[][]>> rows(Session session, String cql) {
    return session
        .execute(cql.formatted(session.keyspace()), Consistency.ONE)
        .thenApply(
            answer -> {
              if (!answer.isDone()) {
                throw Session.violation("the schema cannot be read: %s", answer.outcome());
              }
              return answer.rows();
            });
  }
}
