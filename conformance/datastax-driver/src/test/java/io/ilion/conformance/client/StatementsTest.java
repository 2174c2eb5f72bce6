package io.ilion.conformance.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.datastax.driver.core.BatchStatement;
import com.datastax.driver.core.Cluster;
import com.datastax.driver.core.ConsistencyLevel;
import com.datastax.driver.core.DataType;
import com.datastax.driver.core.Duration;
import com.datastax.driver.core.LocalDate;
import com.datastax.driver.core.PagingState;
import com.datastax.driver.core.PreparedStatement;
import com.datastax.driver.core.ResultSet;
import com.datastax.driver.core.ResultSetFuture;
import com.datastax.driver.core.Row;
import com.datastax.driver.core.Session;
import com.datastax.driver.core.SimpleStatement;
import com.datastax.driver.core.TupleType;
import com.datastax.driver.core.TupleValue;
import com.datastax.driver.core.UDTValue;
import com.datastax.driver.core.UserType;
import com.datastax.driver.core.exceptions.AlreadyExistsException;
import com.datastax.driver.core.exceptions.InvalidQueryException;
import com.datastax.driver.core.exceptions.NoHostAvailableException;
import com.datastax.driver.core.exceptions.SyntaxError;
import com.datastax.driver.core.exceptions.UnavailableException;
import com.datastax.driver.core.utils.UUIDs;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class StatementsTest {
  private static final int ROWS = 1000;
  private Cluster cluster;
  private Session session;

  @BeforeAll
  void open() {
    cluster = DriverCluster.builder().build();
    session = DriverCluster.openIn(cluster, "datastax_statements");
    session.execute("CREATE TABLE t (k int, c int, v text, PRIMARY KEY (k, c))");
    PreparedStatement insert = session.prepare("INSERT INTO t (k, c, v) VALUES (1, ?, ?)");
    Queue<ResultSetFuture> pending = new ArrayDeque<>();
    for (int c = 0; c < ROWS; c++) {
      if (pending.size() == 256) {
        pending.remove().getUninterruptibly();
      }
      pending.add(session.executeAsync(insert.bind(c, "row " + c)));
    }
    pending.forEach(ResultSetFuture::getUninterruptibly);
  }

  @AfterAll
  void close() {
    session.execute("DROP KEYSPACE datastax_statements");
    cluster.close();
  }

  @Test
  void everyType() throws Exception {
    session.execute(
        "CREATE TABLE types (k int PRIMARY KEY, a ascii, b bigint, bl blob, bo boolean, d date,"
            + " de decimal, du duration, db double, f float, i inet, i6 inet, si smallint, t text,"
            + " ti time, ts timestamp, tu timeuuid, ty tinyint, u uuid, vi varint, l list<int>,"
            + " s set<text>, m map<text, frozen<list<int>>>)");
    Object[] values = {
      1,
      "ascii",
      Long.MIN_VALUE,
      ByteBuffer.wrap(new byte[] {0, -1}),
      true,
      LocalDate.fromYearMonthDay(2024, 2, 29),
      new BigDecimal("-1.50"),
      Duration.newInstance(1, 2, 3),
      Double.MIN_VALUE,
      Float.MAX_VALUE,
      InetAddress.getByName("127.0.0.1"),
      InetAddress.getByName("2001:db8::1"),
      Short.MIN_VALUE,
      "Ἴλιον",
      86_399_999_999_999L,
      new Date(-1),
      UUIDs.timeBased(),
      Byte.MIN_VALUE,
      new UUID(-1, -1),
      BigInteger.TWO.pow(200).negate(),
      List.of(1, 2, 1),
      Set.of("a", "b"),
      Map.of("x", List.of(), "y", List.of(1))
    };
    String insert =
        "INSERT INTO types (k, a, b, bl, bo, d, de, du, db, f, i, i6, si, t, ti, ts, tu, ty, u, vi,"
            + " l, s, m) VALUES (?"
            + ", ?".repeat(values.length - 1)
            + ")";
    session.execute(session.prepare(insert).bind(values));
    String select =
        "SELECT k, a, b, bl, bo, d, de, du, db, f, i, i6, si, t, ti, ts, tu, ty, u, vi, l, s, m"
            + " FROM types WHERE k = ?";
    Row row = session.execute(select, 1).one();
    for (int i = 0; i < values.length; i++) {
      assertThat(row.getObject(i)).isEqualTo(values[i]);
    }
    Object[] nulls = new Object[values.length];
    nulls[0] = 2;
    session.execute(session.prepare(insert).bind(nulls));
    row = session.execute(select, 2).one();
    for (int i = 1; i < values.length; i++) {
      assertThat(row.isNull(i)).isTrue();
    }
  }

  @Test
  void typesThatAreMadeOfOthers() {
    session.execute("CREATE TYPE pair (x int, y frozen<list<text>>)");
    session.execute(
        "CREATE TABLE made (k int PRIMARY KEY, u pair, fu frozen<pair>, t tuple<int, text>,"
            + " lu list<frozen<pair>>, mt map<frozen<tuple<int, text>>, frozen<set<int>>>)");
    UserType type = cluster.getMetadata().getKeyspace("datastax_statements").getUserType("pair");
    UDTValue pair = type.newValue().setInt("x", 1).setList("y", List.of("a", "b"));
    UDTValue half = type.newValue().setInt("x", 2).setToNull("y");
    TupleType tuples = cluster.getMetadata().newTupleType(DataType.cint(), DataType.text());
    TupleValue tuple = tuples.newValue(7, "seven");
    Object[] values = {1, pair, half, tuple, List.of(half, pair), Map.of(tuple, Set.of(1, 2))};
    session.execute(
        session
            .prepare("INSERT INTO made (k, u, fu, t, lu, mt) VALUES (?, ?, ?, ?, ?, ?)")
            .bind(values));
    Row row = session.execute("SELECT k, u, fu, t, lu, mt FROM made").one();
    for (int i = 0; i < values.length; i++) {
      assertThat(row.getObject(i)).isEqualTo(values[i]);
    }
  }

  @Test
  void countersAndBatchesOfEachKind() {
    session.execute("CREATE TABLE counts (k text PRIMARY KEY, n counter)");
    PreparedStatement add = session.prepare("UPDATE counts SET n = n + ? WHERE k = ?");
    session.execute(
        new BatchStatement(BatchStatement.Type.COUNTER)
            .add(add.bind(3L, "a"))
            .add(add.bind(-1L, "a"))
            .add(add.bind(7L, "b")));
    assertThat(session.execute("SELECT n FROM counts WHERE k = 'a'").one().getLong(0)).isEqualTo(2);
    PreparedStatement insert = session.prepare("INSERT INTO t (k, c, v) VALUES (?, ?, ?)");
    session.execute(
        new BatchStatement(BatchStatement.Type.UNLOGGED)
            .add(insert.bind(3, 1, "one"))
            .add(insert.bind(3, 2, "two")));
    assertThat(session.execute("SELECT v FROM t WHERE k = 3").all())
        .extracting(r -> r.getString(0))
        .containsExactly("one", "two");
  }

  @Test
  void pages() {
    SimpleStatement select = new SimpleStatement("SELECT c FROM t WHERE k = 1");
    select.setFetchSize(300);
    int expected = 0;
    for (Row row : session.execute(select)) {
      assertThat(row.getInt(0)).isEqualTo(expected++);
    }
    assertThat(expected).isEqualTo(ROWS);
    PagingState state = session.execute(select).getExecutionInfo().getPagingState();
    ResultSet second =
        session.execute(select.setPagingState(PagingState.fromString(state.toString())));
    assertThat(second.one().getInt(0)).isEqualTo(300);
  }

  @Test
  void namedValuesBatchesAndConditions() {
    session.execute("INSERT INTO t (k, c, v) VALUES (:k, :c, 'named')", Map.of("k", 2, "c", 1));
    PreparedStatement insert = session.prepare("INSERT INTO t (k, c, v) VALUES (:k, :c, :v)");
    session.execute(
        new BatchStatement()
            .add(insert.bind().setInt("k", 2).setInt("c", 2).setString("v", "bound"))
            .add(new SimpleStatement("INSERT INTO t (k, c, v) VALUES (2, 3, 'simple')")));
    // A value that is not set stays as it is.
    session.execute(insert.bind().setInt("k", 2).setInt("c", 2));
    assertThat(session.execute("SELECT v FROM t WHERE k = 2").all())
        .extracting(r -> r.getString(0))
        .containsExactly("named", "bound", "simple");
    ResultSet refused =
        session.execute("INSERT INTO t (k, c, v) VALUES (2, 3, 'again') IF NOT EXISTS");
    assertThat(refused.wasApplied()).isFalse();
    assertThat(refused.one().getString("v")).isEqualTo("simple");
  }

  @Test
  void tracesAndWarnings() {
    var info =
        session
            .execute(new SimpleStatement("SELECT count(*) FROM t").enableTracing())
            .getExecutionInfo();
    assertThat(info.getWarnings()).containsExactly("Aggregation query used without partition key");
    assertThat(info.getQueryTrace().getRequestType()).isEqualTo("Execute CQL3 query");
    assertThat(info.getQueryTrace().getEvents()).isNotEmpty();
  }

  @Test
  void errors() {
    assertThatThrownBy(() -> session.execute("SELEC")).isInstanceOf(SyntaxError.class);
    assertThatThrownBy(() -> session.execute("SELECT * FROM absent"))
        .isInstanceOf(InvalidQueryException.class)
        .hasMessage("table absent does not exist");
    assertThatThrownBy(() -> session.execute("CREATE TABLE t (k int PRIMARY KEY)"))
        .isInstanceOf(AlreadyExistsException.class)
        .hasMessage("Table datastax_statements.t already exists");
    assertThatThrownBy(() -> session.execute("INSERT INTO t (k, c) VALUES (?, ?)", 1))
        .isInstanceOf(InvalidQueryException.class)
        .hasMessage("Invalid amount of bind variables");
    assertThatThrownBy(
            () ->
                session.execute(
                    new SimpleStatement("SELECT * FROM t WHERE k = 1")
                        .setConsistencyLevel(ConsistencyLevel.THREE)))
        .isInstanceOf(NoHostAvailableException.class)
        .extracting(e -> ((NoHostAvailableException) e).getErrors().values().iterator().next())
        .isInstanceOfSatisfying(
            UnavailableException.class,
            e -> {
              assertThat(e.getRequiredReplicas()).isEqualTo(3);
              assertThat(e.getAliveReplicas()).isEqualTo(1);
            });
  }

  @Test
  void preparedAgainAfterTheTableIsRecreated() {
    session.execute("CREATE TABLE again (k int PRIMARY KEY, v int)");
    PreparedStatement insert = session.prepare("INSERT INTO again (k, v) VALUES (?, ?)");
    session.execute("DROP TABLE again");
    session.execute("CREATE TABLE again (k int PRIMARY KEY, v int)");
    session.execute(insert.bind(1, 2));
    assertThat(session.execute("SELECT v FROM again").one().getInt(0)).isEqualTo(2);
  }
}
