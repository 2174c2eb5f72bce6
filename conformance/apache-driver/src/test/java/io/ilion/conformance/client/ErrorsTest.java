package io.ilion.conformance.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.datastax.oss.driver.api.core.AllNodesFailedException;
import com.datastax.oss.driver.api.core.ConsistencyLevel;
import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.InvalidKeyspaceException;
import com.datastax.oss.driver.api.core.cql.SimpleStatement;
import com.datastax.oss.driver.api.core.servererrors.AlreadyExistsException;
import com.datastax.oss.driver.api.core.servererrors.InvalidConfigurationInQueryException;
import com.datastax.oss.driver.api.core.servererrors.InvalidQueryException;
import com.datastax.oss.driver.api.core.servererrors.SyntaxError;
import com.datastax.oss.driver.api.core.servererrors.UnavailableException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Every kind of error that a single node can give, as the driver's exceptions. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ErrorsTest {
  private CqlSession session;

  @BeforeAll
  void open() {
    session = DriverSession.openIn("errors");
    session.execute("CREATE TABLE t (k int PRIMARY KEY, v int)");
  }

  @AfterAll
  void close() {
    session.execute("DROP KEYSPACE errors");
    session.close();
  }

  @Test
  void syntax() {
    assertThatThrownBy(() -> session.execute("SELEC * FROM t"))
        .isInstanceOf(SyntaxError.class)
        .hasMessageContaining("line 1:0")
        .hasMessageContaining("SELEC");
    assertThatThrownBy(() -> session.prepare("SELECT * FROM t WHEN k = 1"))
        .isInstanceOf(SyntaxError.class)
        .hasMessageContaining("line 1:");
  }

  @Test
  void invalid() {
    assertThatThrownBy(() -> session.execute("SELECT * FROM absent"))
        .isInstanceOf(InvalidQueryException.class)
        .hasMessage("table absent does not exist");
    assertThatThrownBy(() -> session.execute("SELECT nothing FROM t"))
        .isInstanceOf(InvalidQueryException.class)
        .hasMessage("Undefined column name nothing in table errors.t");
    assertThatThrownBy(() -> session.execute("SELECT * FROM t WHERE v = 1"))
        .isInstanceOf(InvalidQueryException.class)
        .hasMessageContaining("ALLOW FILTERING");
    assertThatThrownBy(() -> session.execute("INSERT INTO t (v) VALUES (1)"))
        .isInstanceOf(InvalidQueryException.class)
        .hasMessage("Some partition key parts are missing: k");
    assertThatThrownBy(() -> session.execute("INSERT INTO t (k, v) VALUES (1, 'text')"))
        .isInstanceOf(InvalidQueryException.class)
        .hasMessageContaining("Invalid STRING constant (text) for \"v\" of type int");
    assertThatThrownBy(() -> session.execute("SELECT * FROM nowhere.t"))
        .isInstanceOf(InvalidQueryException.class)
        .hasMessage("keyspace nowhere does not exist");
  }

  @Test
  void wrongNumberAndTypeOfValues() {
    assertThatThrownBy(
            () ->
                session.execute(
                    SimpleStatement.newInstance("INSERT INTO t (k, v) VALUES (?, ?)", 1)))
        .isInstanceOf(InvalidQueryException.class)
        .hasMessage("Invalid amount of bind variables");
    assertThatThrownBy(
            () ->
                session.execute(
                    SimpleStatement.newInstance(
                        "INSERT INTO t (k, v) VALUES (?, ?)", 1, "seven b")))
        .isInstanceOf(InvalidQueryException.class)
        .hasMessage("Expected 4 or 0 byte int (7)");
    var insert = session.prepare("INSERT INTO t (k, v) VALUES (?, ?)");
    assertThatThrownBy(
            () ->
                session.execute(
                    insert.bind().setInt(0, 1).setBytesUnsafe(1, ByteBuffer.allocate(9))))
        .isInstanceOf(InvalidQueryException.class)
        .hasMessage("Expected 4 or 0 byte int (9)");
    assertThatThrownBy(() -> session.execute(insert.bind().setToNull(0).setInt(1, 1)))
        .isInstanceOf(InvalidQueryException.class)
        .hasMessage("Invalid null value in condition for column k");
  }

  @Test
  void alreadyExists() {
    assertThatThrownBy(() -> session.execute("CREATE TABLE t (k int PRIMARY KEY)"))
        .isInstanceOf(AlreadyExistsException.class)
        .hasMessage("Object errors.t already exists");
    assertThatThrownBy(
            () ->
                session.execute(
                    "CREATE KEYSPACE errors WITH replication ="
                        + " {'class': 'SimpleStrategy', 'replication_factor': 1}"))
        .isInstanceOf(AlreadyExistsException.class);
    assertThat(
            session
                .execute("CREATE TABLE IF NOT EXISTS t (k int PRIMARY KEY)")
                .getExecutionInfo()
                .getErrors())
        .isEmpty();
  }

  @Test
  void configuration() {
    assertThatThrownBy(
            () ->
                session.execute(
                    "CREATE KEYSPACE bad WITH replication = {'class': 'NoSuchStrategy'}"))
        .isInstanceOf(InvalidConfigurationInQueryException.class);
    assertThatThrownBy(
            () ->
                session.execute(
                    "CREATE TABLE bad (k int PRIMARY KEY) WITH compaction = {'class': 'None'}"))
        .isInstanceOf(InvalidConfigurationInQueryException.class);
  }

  @Test
  void unavailable() {
    var statement =
        SimpleStatement.newInstance("SELECT * FROM t WHERE k = 1")
            .setConsistencyLevel(ConsistencyLevel.THREE);
    assertThatThrownBy(() -> session.execute(statement))
        .satisfies(
            thrown -> {
              Throwable cause = thrown;
              if (thrown instanceof AllNodesFailedException all) {
                cause = all.getAllErrors().values().iterator().next().getFirst();
              }
              assertThat(cause).isInstanceOf(UnavailableException.class);
              UnavailableException unavailable = (UnavailableException) cause;
              assertThat(unavailable.getConsistencyLevel()).isEqualTo(ConsistencyLevel.THREE);
              assertThat(unavailable.getRequired()).isEqualTo(3);
              assertThat(unavailable.getAlive()).isEqualTo(1);
            });
  }

  @Test
  void aSessionNeedsItsKeyspace() {
    assertThatThrownBy(
            () ->
                DriverSession.builder(DriverSession.withoutSchema())
                    .withKeyspace("no_such_keyspace")
                    .build()
                    .close())
        .isInstanceOf(InvalidKeyspaceException.class);
  }

  @Test
  void theSessionGoesOnAfterErrors() {
    for (int i = 0; i < 50; i++) {
      assertThatThrownBy(() -> session.execute("SELECT")).isInstanceOf(SyntaxError.class);
      assertThat(session.execute("SELECT key FROM system.local").one().getString(0))
          .isEqualTo("local");
    }
  }
}
