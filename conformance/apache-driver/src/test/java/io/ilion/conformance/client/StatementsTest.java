package io.ilion.conformance.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.datastax.oss.driver.api.core.ConsistencyLevel;
import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.DefaultConsistencyLevel;
import com.datastax.oss.driver.api.core.config.DefaultDriverOption;
import com.datastax.oss.driver.api.core.cql.AsyncResultSet;
import com.datastax.oss.driver.api.core.cql.BatchStatement;
import com.datastax.oss.driver.api.core.cql.BatchType;
import com.datastax.oss.driver.api.core.cql.DefaultBatchType;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import com.datastax.oss.driver.api.core.cql.QueryTrace;
import com.datastax.oss.driver.api.core.cql.ResultSet;
import com.datastax.oss.driver.api.core.cql.Row;
import com.datastax.oss.driver.api.core.cql.SimpleStatement;
import com.datastax.oss.driver.api.core.cql.TraceEvent;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class StatementsTest {
  private static final int PARTITION_ROWS = 1000;
  private CqlSession session;

  @BeforeAll
  void open() {
    session = DriverSession.openIn("statements");
    session.execute("CREATE TABLE t (k int, c int, v text, PRIMARY KEY (k, c))");
    session.execute("CREATE TABLE counts (k text PRIMARY KEY, n counter)");
    session.execute("CREATE TABLE paged (k int, c int, v text, PRIMARY KEY (k, c))");
    var insert = session.prepare("INSERT INTO paged (k, c, v) VALUES (1, ?, ?)");
    List<CompletionStage<AsyncResultSet>> pending = new ArrayList<>();
    for (int c = 0; c < PARTITION_ROWS; c++) {
      pending.add(session.executeAsync(insert.bind(c, "row " + c)));
    }
    pending.forEach(stage -> stage.toCompletableFuture().join());
  }

  @AfterAll
  void close() {
    session.execute("DROP KEYSPACE statements");
    session.close();
  }

  @Test
  void simpleWithPositionalAndNamedValues() {
    session.execute(
        SimpleStatement.newInstance("INSERT INTO t (k, c, v) VALUES (?, ?, ?)", 1, 1, "by place"));
    session.execute(
        SimpleStatement.newInstance(
            "INSERT INTO t (k, c, v) VALUES (:k, :c, :v)", Map.of("v", "by name", "c", 2, "k", 1)));
    assertThat(session.execute("SELECT v FROM t WHERE k = 1").all())
        .extracting(r -> r.getString(0))
        .containsExactly("by place", "by name");
  }

  @Test
  void preparedWithNamesAndRoutingKey() {
    PreparedStatement select =
        session.prepare("SELECT c, v FROM t WHERE c = :clustering AND k = :partition");
    assertThat(select.getPartitionKeyIndices()).containsExactly(1);
    assertThat(select.getVariableDefinitions().get(0).getName().asInternal())
        .isEqualTo("clustering");
    assertThat(select.getResultSetDefinitions()).hasSize(2);
    session.execute("INSERT INTO t (k, c, v) VALUES (2, 7, 'found')");
    var bound = select.bind().setInt("partition", 2).setInt("clustering", 7);
    assertThat(bound.getRoutingKey()).isEqualTo(ByteBuffer.allocate(4).putInt(0, 2));
    assertThat(session.execute(bound).one().getString("v")).isEqualTo("found");
  }

  @Test
  void preparedInAKeyspaceOfItsOwn() {
    try (CqlSession none = DriverSession.open()) {
      var select =
          none.prepare(
              SimpleStatement.newInstance("SELECT c FROM paged WHERE k = 1 LIMIT 3")
                  .setKeyspace("statements"));
      assertThat(none.execute(select.bind()).all()).hasSize(3);
      assertThat(
              none.execute(
                      SimpleStatement.newInstance("SELECT c FROM paged WHERE k = 1 LIMIT 3")
                          .setKeyspace("statements"))
                  .all())
          .hasSize(3);
    }
  }

  @Test
  void preparedSelectFollowsAChangedTable() {
    session.execute("CREATE TABLE changing (k int PRIMARY KEY, a int)");
    session.execute("INSERT INTO changing (k, a) VALUES (1, 10)");
    PreparedStatement select = session.prepare("SELECT * FROM changing WHERE k = ?");
    assertThat(session.execute(select.bind(1)).one().getColumnDefinitions()).hasSize(2);
    session.execute("ALTER TABLE changing ADD b text");
    session.execute("UPDATE changing SET b = 'new' WHERE k = 1");
    Row row = session.execute(select.bind(1)).one();
    assertThat(row.getColumnDefinitions()).hasSize(3);
    assertThat(row.getString("b")).isEqualTo("new");
    assertThat(row.getInt("a")).isEqualTo(10);
  }

  /** Before version 5 the driver cannot tell that it knows the earlier columns only. */
  @Test
  void preparedSelectOfAnOlderVersionFollowsAChangedTable() {
    var version4 =
        DriverSession.withoutSchema().withString(DefaultDriverOption.PROTOCOL_VERSION, "V4");
    try (CqlSession older = DriverSession.builder(version4).build()) {
      older.execute("CREATE TABLE statements.older (k int PRIMARY KEY, b text)");
      older.execute("INSERT INTO statements.older (k, b) VALUES (1, 'text')");
      PreparedStatement select = older.prepare("SELECT * FROM statements.older WHERE k = ?");
      session.execute("ALTER TABLE statements.older ADD a int");
      session.execute("UPDATE statements.older SET a = 10 WHERE k = 1");
      Row row = older.execute(select.bind(1)).one();
      assertThat(row.getColumnDefinitions()).hasSize(3);
      assertThat(row.getInt("a")).isEqualTo(10);
      assertThat(row.getString("b")).isEqualTo("text");
    }
  }

  @Test
  void preparedStatementIsPreparedAgainAfterItsTableIsRecreated() {
    session.execute("CREATE TABLE again (k int PRIMARY KEY, a int)");
    PreparedStatement insert = session.prepare("INSERT INTO again (k, a) VALUES (?, ?)");
    session.execute(insert.bind(1, 1));
    session.execute("DROP TABLE again");
    session.execute("CREATE TABLE again (k int PRIMARY KEY, a int)");
    session.execute(insert.bind(2, 2));
    assertThat(session.execute("SELECT k FROM again").all())
        .extracting(r -> r.getInt(0))
        .containsExactly(2);
  }

  @ParameterizedTest
  @EnumSource(
      value = DefaultBatchType.class,
      names = {"LOGGED", "UNLOGGED"})
  void batches(BatchType type) {
    int k = type == DefaultBatchType.LOGGED ? 100 : 101;
    var insert = session.prepare("INSERT INTO t (k, c, v) VALUES (?, ?, ?)");
    BatchStatement batch =
        BatchStatement.newInstance(
            type,
            insert.bind(k, 1, "bound"),
            SimpleStatement.newInstance("INSERT INTO t (k, c, v) VALUES (?, 2, 'simple')", k),
            SimpleStatement.newInstance("UPDATE t SET v = 'updated' WHERE k = 1000 AND c = ?", k));
    session.execute(batch);
    assertThat(session.execute("SELECT v FROM t WHERE k = " + k).all())
        .extracting(r -> r.getString(0))
        .containsExactly("bound", "simple");
    assertThat(session.execute("SELECT v FROM t WHERE k = 1000 AND c = " + k).one().getString(0))
        .isEqualTo("updated");
  }

  @Test
  void countersAndTheirBatches() {
    var add = session.prepare("UPDATE counts SET n = n + ? WHERE k = ?");
    session.execute(add.bind(5L, "a"));
    session.execute(
        BatchStatement.newInstance(
            DefaultBatchType.COUNTER,
            add.bind(2L, "a"),
            add.bind(-3L, "b"),
            SimpleStatement.newInstance("UPDATE counts SET n = n - 1 WHERE k = 'a'")));
    assertThat(session.execute("SELECT n FROM counts WHERE k = 'a'").one().getLong(0)).isEqualTo(6);
    assertThat(session.execute("SELECT n FROM counts WHERE k = 'b'").one().getLong(0))
        .isEqualTo(-3);
  }

  @Test
  void pagesComeOneByOne() {
    SimpleStatement select =
        SimpleStatement.newInstance("SELECT c FROM paged WHERE k = 1").setPageSize(300);
    ResultSet result = session.execute(select);
    List<Integer> sizes = new ArrayList<>();
    int expected = 0;
    while (true) {
      int inPage = result.getAvailableWithoutFetching();
      sizes.add(inPage);
      for (int i = 0; i < inPage; i++) {
        assertThat(result.one().getInt(0)).isEqualTo(expected++);
      }
      ByteBuffer state = result.getExecutionInfo().getPagingState();
      if (state == null) {
        break;
      }
      // The state goes on with a new request, as between two visits of a web page.
      result = session.execute(select.setPagingState(state));
    }
    assertThat(sizes).startsWith(300, 300, 300, 100);
    assertThat(expected).isEqualTo(PARTITION_ROWS);
  }

  @Test
  void pagesFollowEachOtherByThemselves() {
    for (int pageSize : new int[] {1000, 999, 7}) {
      int expected = 0;
      for (Row row :
          session.execute(
              SimpleStatement.newInstance("SELECT c FROM paged WHERE k = ? ORDER BY c DESC", 1)
                  .setPageSize(pageSize))) {
        assertThat(row.getInt(0)).isEqualTo(PARTITION_ROWS - 1 - expected++);
      }
      assertThat(expected).isEqualTo(PARTITION_ROWS);
    }
  }

  @Test
  void conditions() {
    String insert = "INSERT INTO t (k, c, v) VALUES (50, 1, ?) IF NOT EXISTS";
    ResultSet first = session.execute(SimpleStatement.newInstance(insert, "first"));
    assertThat(first.wasApplied()).isTrue();
    ResultSet second = session.execute(SimpleStatement.newInstance(insert, "second"));
    assertThat(second.wasApplied()).isFalse();
    assertThat(second.one().getString("v")).isEqualTo("first");
    PreparedStatement update =
        session.prepare("UPDATE t SET v = ? WHERE k = 50 AND c = 1 IF v = ?");
    ResultSet refused = session.execute(update.bind("x", "not so"));
    assertThat(refused.wasApplied()).isFalse();
    assertThat(refused.one().getString("v")).isEqualTo("first");
    assertThat(session.execute(update.bind("third", "first")).wasApplied()).isTrue();
    assertThat(
            session
                .execute(
                    SimpleStatement.newInstance("DELETE FROM t WHERE k = 50 AND c = 1 IF EXISTS")
                        .setSerialConsistencyLevel(ConsistencyLevel.LOCAL_SERIAL))
                .wasApplied())
        .isTrue();
    assertThat(
            session
                .execute(
                    BatchStatement.newInstance(
                        DefaultBatchType.UNLOGGED,
                        SimpleStatement.newInstance(
                            "INSERT INTO t (k, c, v) VALUES (51, 1, 'a') IF NOT EXISTS"),
                        SimpleStatement.newInstance(
                            "INSERT INTO t (k, c, v) VALUES (51, 2, 'b') IF NOT EXISTS")))
                .wasApplied())
        .isTrue();
  }

  @ParameterizedTest
  @EnumSource(
      value = DefaultConsistencyLevel.class,
      names = {"ANY", "SERIAL", "LOCAL_SERIAL", "TWO", "THREE"},
      mode = EnumSource.Mode.EXCLUDE)
  void consistencyLevelsThatOneNodeCanMeet(ConsistencyLevel level) {
    // EACH_QUORUM is for writes alone where there is a single data centre strategy.
    session.execute(
        SimpleStatement.newInstance("INSERT INTO t (k, c, v) VALUES (60, 1, 'x')")
            .setConsistencyLevel(level));
    if (level != DefaultConsistencyLevel.EACH_QUORUM) {
      assertThat(
              session
                  .execute(
                      SimpleStatement.newInstance("SELECT v FROM t WHERE k = 60")
                          .setConsistencyLevel(level))
                  .all())
          .hasSize(1);
    }
  }

  @Test
  void timestampsOfTheDriverDecide() {
    var insert = SimpleStatement.newInstance("INSERT INTO t (k, c, v) VALUES (70, 1, 'late')");
    session.execute(insert.setQueryTimestamp(2_000));
    session.execute(
        SimpleStatement.newInstance("INSERT INTO t (k, c, v) VALUES (70, 1, 'early')")
            .setQueryTimestamp(1_000));
    Row row = session.execute("SELECT v, writetime(v) AS w FROM t WHERE k = 70").one();
    assertThat(row.getString("v")).isEqualTo("late");
    assertThat(row.getLong("w")).isEqualTo(2_000);
  }

  @Test
  void nowInSecondsDecidesWhatHasExpired() {
    int now = (int) (System.currentTimeMillis() / 1000);
    session.execute(
        SimpleStatement.newInstance("INSERT INTO t (k, c, v) VALUES (80, 1, 'x') USING TTL 1000"));
    SimpleStatement select = SimpleStatement.newInstance("SELECT v FROM t WHERE k = 80");
    assertThat(session.execute(select.setNowInSeconds(now)).all()).hasSize(1);
    assertThat(session.execute(select.setNowInSeconds(now + 2000)).all()).isEmpty();
  }

  @Test
  void aTraceCanBeRead() {
    var info =
        session
            .execute(
                SimpleStatement.newInstance("SELECT * FROM paged WHERE k = 1 LIMIT 5")
                    .setTracing(true))
            .getExecutionInfo();
    assertThat(info.getTracingId()).isNotNull();
    QueryTrace trace = info.getQueryTrace();
    assertThat(trace.getRequestType()).isEqualTo("Execute CQL3 query");
    assertThat(trace.getParameters())
        .containsEntry("query", "SELECT * FROM paged WHERE k = 1 LIMIT 5");
    assertThat(trace.getDurationMicros()).isPositive();
    assertThat(trace.getCoordinatorAddress()).isNotNull();
    assertThat(trace.getEvents())
        .extracting(TraceEvent::getActivity)
        .startsWith("Parsing SELECT * FROM paged WHERE k = 1 LIMIT 5", "Preparing statement")
        .contains("Executing single-partition query on paged", "Acquiring sstable references")
        .anyMatch(activity -> activity.matches("Read \\d+ live rows and 0 tombstone cells"));
    assertThat(trace.getEvents())
        .extracting(TraceEvent::getSourceElapsedMicros)
        .allMatch(micros -> micros >= 0 && micros <= trace.getDurationMicros());
  }

  @Test
  void aTraceOfAPreparedWriteTellsItsValues() {
    var prepared = session.prepare("INSERT INTO t (k, c, v) VALUES (?, ?, ?)");
    QueryTrace trace =
        session
            .execute(prepared.bind(81, 2, "it's").setTracing(true))
            .getExecutionInfo()
            .getQueryTrace();
    assertThat(trace.getRequestType()).isEqualTo("Execute CQL3 prepared query");
    assertThat(trace.getParameters())
        .containsEntry("query", "INSERT INTO t (k, c, v) VALUES (?, ?, ?)")
        .containsEntry("bound_var_0_k", "81")
        .containsEntry("bound_var_2_v", "'it''s'");
    assertThat(trace.getEvents())
        .extracting(TraceEvent::getActivity)
        .containsSubsequence(
            "Determining replicas for mutation", "Appending to commitlog", "Adding to t memtable");
  }

  @Test
  void withoutTracingThereIsNoTraceNorPayload() {
    var info = session.execute("SELECT * FROM paged WHERE k = 1 LIMIT 5").getExecutionInfo();
    assertThat(info.getTracingId()).isNull();
    assertThat(info.getIncomingPayload()).isEmpty();
    assertThat(info.getWarnings()).isEmpty();
  }

  @Test
  void aCustomPayloadIsTakenAndNotEchoed() {
    var info =
        session
            .execute(
                SimpleStatement.newInstance("SELECT * FROM paged WHERE k = 1 LIMIT 5")
                    .setCustomPayload(Map.of("key", ByteBuffer.wrap(new byte[] {1, 2, 3}))))
            .getExecutionInfo();
    assertThat(info.getIncomingPayload()).isEmpty();
  }

  @Test
  void warningsArrive() {
    var result = session.execute("SELECT count(*) FROM paged");
    assertThat(result.getExecutionInfo().getWarnings())
        .containsExactly("Aggregation query used without partition key");
    assertThat(result.one().getLong(0)).isEqualTo(PARTITION_ROWS);
  }

  @Test
  void useMovesTheSession() {
    try (CqlSession other = DriverSession.open()) {
      other.execute("USE statements");
      assertThat(other.getKeyspace().orElseThrow().asInternal()).isEqualTo("statements");
      assertThat(other.execute("SELECT c FROM paged WHERE k = 1 AND c = 3").one().getInt(0))
          .isEqualTo(3);
    }
  }
}
