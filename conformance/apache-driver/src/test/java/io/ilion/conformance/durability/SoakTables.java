package io.ilion.conformance.durability;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.BoundStatement;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import com.datastax.oss.driver.api.core.cql.Row;
import io.ilion.conformance.durability.Ledger.Content;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Four tables that differ in their compaction. A partition is in the table of its number modulo
 * four. Each row has a value and bytes that follow from it, so that mixed rows are noticed.
 */
final class SoakTables {
  private static final String KEYSPACE = "soak";
  private static final List<String> STRATEGIES =
      List.of(
          "UnifiedCompactionStrategy",
          "SizeTieredCompactionStrategy",
          "LeveledCompactionStrategy",
          "TimeWindowCompactionStrategy");

  private final CqlSession session;
  private final List<PreparedStatement> insert;
  private final List<PreparedStatement> replace;
  private final List<PreparedStatement> setStatic;
  private final List<PreparedStatement> deleteRow;
  private final List<PreparedStatement> deleteRange;
  private final List<PreparedStatement> deletePartition;
  private final List<PreparedStatement> select;

  /** Makes the tables where they are not there. */
  SoakTables(CqlSession session) {
    this.session = session;
    session.execute(
        "CREATE KEYSPACE IF NOT EXISTS "
            + KEYSPACE
            + " WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}");
    for (int i = 0; i < STRATEGIES.size(); i++) {
      session.execute(
          "CREATE TABLE IF NOT EXISTS "
              + table(i)
              + " (p int, s bigint static, c int, v bigint, b blob, PRIMARY KEY (p, c))"
              + " WITH compaction = {'class': '"
              + STRATEGIES.get(i)
              + "'} AND gc_grace_seconds = 5");
    }
    insert = prepare("INSERT INTO %s (p, c, v, b) VALUES (?, ?, ?, ?)");
    replace = prepare("UPDATE %s SET v = ?, b = ? WHERE p = ? AND c = ? IF v = ?");
    setStatic = prepare("UPDATE %s SET s = ? WHERE p = ?");
    deleteRow = prepare("DELETE FROM %s WHERE p = ? AND c = ?");
    deleteRange = prepare("DELETE FROM %s WHERE p = ? AND c >= ? AND c < ?");
    deletePartition = prepare("DELETE FROM %s WHERE p = ?");
    select = prepare("SELECT p, s, c, v, b FROM %s WHERE p = ?");
  }

  private static String table(int number) {
    return KEYSPACE + ".t" + number;
  }

  private List<PreparedStatement> prepare(String statement) {
    List<PreparedStatement> prepared = new ArrayList<>();
    for (int i = 0; i < STRATEGIES.size(); i++) {
      prepared.add(session.prepare(statement.formatted(table(i))));
    }
    return prepared;
  }

  private static PreparedStatement of(List<PreparedStatement> prepared, int p) {
    return prepared.get(p % STRATEGIES.size());
  }

  /** The bytes that belong to a value. */
  private static ByteBuffer bytes(long value) {
    byte[] bytes = new byte[(int) (value * 31 % 1_500)];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (value * (i + 7));
    }
    return ByteBuffer.wrap(bytes);
  }

  CqlSession session() {
    return session;
  }

  BoundStatement insert(int p, int c, long value) {
    return of(insert, p).bind(p, c, value, bytes(value));
  }

  BoundStatement replace(int p, int c, long present, long value) {
    return of(replace, p).bind(value, bytes(value), p, c, present);
  }

  BoundStatement setStatic(int p, long value) {
    return of(setStatic, p).bind(value, p);
  }

  BoundStatement deleteRow(int p, int c) {
    return of(deleteRow, p).bind(p, c);
  }

  BoundStatement deleteRange(int p, int from, int to) {
    return of(deleteRange, p).bind(p, from, to);
  }

  BoundStatement deletePartition(int p) {
    return of(deletePartition, p).bind(p);
  }

  BoundStatement select(int p) {
    return of(select, p).bind(p);
  }

  /** Adds a row that was read to others; returns the partition's static, or 0. */
  static long read(Row row, Map<Integer, Long> rows) {
    if (!row.isNull("c")) {
      long value = row.getLong("v");
      rows.put(row.getInt("c"), bytes(value).equals(row.getByteBuffer("b")) ? value : -value);
    }
    return row.isNull("s") ? 0 : row.getLong("s");
  }

  /** All partitions of all tables. */
  Map<Integer, Content> scan() {
    Map<Integer, Long> fixed = new TreeMap<>();
    Map<Integer, Map<Integer, Long>> rows = new TreeMap<>();
    for (int i = 0; i < STRATEGIES.size(); i++) {
      for (Row row : session.execute("SELECT p, s, c, v, b FROM " + table(i))) {
        int p = row.getInt("p");
        fixed.put(p, read(row, rows.computeIfAbsent(p, key -> new TreeMap<>())));
      }
    }
    Map<Integer, Content> found = new TreeMap<>();
    rows.forEach((p, ofPartition) -> found.put(p, new Content(fixed.get(p), ofPartition)));
    return found;
  }
}
