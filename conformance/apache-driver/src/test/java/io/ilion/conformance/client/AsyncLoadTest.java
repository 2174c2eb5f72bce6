package io.ilion.conformance.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.BoundStatement;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;

/** 256 requests in flight on one session: writes, then reads of every row. */
class AsyncLoadTest {
  private static final int IN_FLIGHT = 256;
  private static final int ROWS = 20_000;

  @Test
  void everyRowIsFoundAgain() throws InterruptedException {
    try (CqlSession session = DriverSession.openIn("async_load")) {
      session.execute("CREATE TABLE t (k int PRIMARY KEY, v text)");
      var insert = session.prepare("INSERT INTO t (k, v) VALUES (?, ?)");
      var select = session.prepare("SELECT v FROM t WHERE k = ?");
      run(session, i -> insert.bind(i, "value " + i), false);
      run(session, select::bind, true);
      session.execute("DROP KEYSPACE async_load");
    }
  }

  private static void run(CqlSession session, IntFunction<BoundStatement> statement, boolean check)
      throws InterruptedException {
    Semaphore slots = new Semaphore(IN_FLIGHT);
    AtomicReference<Throwable> failure = new AtomicReference<>();
    for (int i = 0; i < ROWS; i++) {
      int k = i;
      slots.acquire();
      var unused =
          session
              .executeAsync(statement.apply(k))
              .whenComplete(
                  (result, error) -> {
                    if (error != null) {
                      failure.compareAndSet(null, error);
                    } else if (check) {
                      var row = result.one();
                      if (row == null || !("value " + k).equals(row.getString(0))) {
                        failure.compareAndSet(null, new AssertionError("row " + k + ": " + row));
                      }
                    }
                    slots.release();
                  });
    }
    slots.acquire(IN_FLIGHT);
    assertThat(failure.get()).isNull();
  }
}
