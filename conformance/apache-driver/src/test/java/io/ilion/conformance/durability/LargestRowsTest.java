package io.ilion.conformance.durability;

import static org.assertj.core.api.Assertions.assertThat;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.AsyncResultSet;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import com.datastax.oss.driver.api.core.cql.Row;
import io.ilion.conformance.client.DriverSession;
import io.ilion.conformance.server.ServerProcess;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

/** Rows as large as frames and the commit log let them be, with the limits that a node has. */
class LargestRowsTest {
  private static final int ROWS = 6;

  /** A request has 16 MiB at most, and so has a write in a segment of the commit log. */
  private static final int ROW_BYTES = (16 << 20) - 200;

  private static ByteBuffer value(int key) {
    byte[] bytes = new byte[ROW_BYTES];
    new Random(key).nextBytes(bytes);
    return ByteBuffer.wrap(bytes);
  }

  @Test
  void theyOutliveTheNode() throws Exception {
    List<String> java = List.of("-Xmx768m", "-XX:MaxDirectMemorySize=128m");
    try (ServerProcess node = ServerProcess.start(java, List.of("--memory", "1GiB"))) {
      try (CqlSession session = DriverSession.openAt(node.address())) {
        session.execute(
            "CREATE KEYSPACE large WITH replication ="
                + " {'class': 'SimpleStrategy', 'replication_factor': 1}");
        session.execute("CREATE TABLE large.t (k int PRIMARY KEY, v blob)");
        PreparedStatement insert = session.prepare("INSERT INTO large.t (k, v) VALUES (?, ?)");
        List<CompletionStage<AsyncResultSet>> written = new ArrayList<>();
        for (int k = 0; k < ROWS; k++) {
          written.add(session.executeAsync(insert.bind(k, value(k))));
        }
        for (CompletionStage<AsyncResultSet> each : written) {
          each.toCompletableFuture().join();
        }
        assertRows(session);
      }
      node.kill();
      node.restart();
      try (CqlSession session = DriverSession.openAt(node.address())) {
        assertRows(session);
      }
    }
  }

  private static void assertRows(CqlSession session) {
    PreparedStatement select = session.prepare("SELECT v FROM large.t WHERE k = ?");
    for (int k = 0; k < ROWS; k++) {
      assertThat(session.execute(select.bind(k)).one().getByteBuffer(0))
          .as("row %d", k)
          .isEqualTo(value(k));
    }
    int found = 0;
    for (Row row : session.execute("SELECT k, v FROM large.t")) {
      assertThat(row.getByteBuffer(1)).isEqualTo(value(row.getInt(0)));
      found++;
    }
    assertThat(found).isEqualTo(ROWS);
  }
}
