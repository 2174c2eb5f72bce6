package io.ilion.conformance.realdata;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.AsyncResultSet;
import com.datastax.oss.driver.api.core.cql.Statement;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/** Sends statements with at most 256 of them in flight; each answer goes to its own consumer. */
final class Flight {
  private static final int WIDTH = 256;

  private final CqlSession session;
  private final Semaphore slots = new Semaphore(WIDTH);
  private final AtomicReference<Throwable> failure = new AtomicReference<>();

  Flight(CqlSession session) {
    this.session = session;
  }

  /** Sends a statement, after waiting for a free place. False once one has failed. */
  boolean send(Statement<?> statement, Consumer<AsyncResultSet> onAnswer)
      throws InterruptedException {
    if (failure.get() != null) {
      return false;
    }
    slots.acquire();
    var unused =
        session
            .executeAsync(statement)
            .thenAccept(onAnswer)
            .whenComplete(
                (nothing, error) -> {
                  if (error != null) {
                    failure.compareAndSet(null, error);
                  }
                  slots.release();
                });
    return true;
  }

  /** Waits for every answer; returns the first failure or null. */
  Throwable land() throws InterruptedException {
    slots.acquire(WIDTH);
    slots.release(WIDTH);
    return failure.get();
  }
}
