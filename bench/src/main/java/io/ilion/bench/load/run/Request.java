package io.ilion.bench.load.run;

import io.ilion.bench.load.BenchException;
import io.ilion.bench.load.generate.Draw;
import io.ilion.driver.BoundStatement;
import io.ilion.driver.DriverException;
import io.ilion.driver.Page;
import io.ilion.driver.ServerException;
import io.ilion.driver.Session;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/** One operation under way, maybe of several statements or pages, one after the other. */
final class Request implements BiConsumer<Page, Throwable> {
  private final Session session;
  private final Draw draw;
  private final Consumer<Request> ended;
  private Operation first;
  private Operation current;
  private long cycle;
  private long due;
  private long sent;
  private long key;
  private long version;
  private long floor;
  private int rows;
  private int page;
  private boolean failed;

  /**
   * A request that is used for one operation after the other.
   *
   * @param draw its values are drawn from; only while it is being sent
   * @param ended told when the operation ended, whether well or not
   */
  Request(Session session, Draw draw, Consumer<Request> ended) {
    this.session = session;
    this.draw = draw;
    this.ended = ended;
  }

  /** Whether the operation that ended last failed. */
  boolean hasFailed() {
    return failed;
  }

  /** Sends an operation; {@code dueNanos} is when it should have been. */
  void send(Operation operation, long number, long dueNanos) {
    long now = System.nanoTime();
    // What is sent a moment early has not waited, and did not answer before it was asked.
    send(operation, number, Math.min(dueNanos, now), now);
  }

  /** Sends an operation that is due now. */
  void send(Operation operation, long number) {
    long now = System.nanoTime();
    send(operation, number, now, now);
  }

  private void send(Operation operation, long number, long dueNanos, long now) {
    first = operation;
    cycle = number;
    due = dueNanos;
    rows = 0;
    failed = false;
    operation.stats().begun();
    sent = now;
    try {
      draw.of(number);
      operation.choose(draw);
      key = draw.key();
      send(operation, draw);
    } catch (RuntimeException e) {
      fail(kind(e));
      end();
    }
  }

  private void end() {
    first.stats().ended();
    ended.accept(this);
  }

  private void send(Operation operation, Draw from) {
    current = operation;
    page = 1;
    BoundStatement statement = operation.bind(from);
    version = from.version();
    floor = operation.floor(from);
    session.execute(statement, this);
  }

  private void fail(String kind) {
    failed = true;
    first.stats().failed(kind);
  }

  @Override
  public void accept(Page answer, Throwable error) {
    boolean isOver = true;
    try {
      String wrong = error != null ? kind(error) : current.check(answer, key, floor);
      if (wrong != null) {
        fail(wrong);
      } else {
        isOver = goOn(answer);
      }
    } catch (RuntimeException e) {
      fail(kind(e));
    }
    if (isOver) {
      end();
    }
  }

  /** Sends what comes next in the operation; true if that is nothing. */
  private boolean goOn(Page answer) {
    rows += answer.size();
    current.acknowledged(key, version);
    if (page < current.pages() && answer.hasMore()) {
      page++;
      var unused = answer.next().whenComplete(this);
      return false;
    }
    if (current.then() != null) {
      Draw again = new Draw().of(cycle);
      again.key(key);
      send(current.then(), again);
      return false;
    }
    long now = System.nanoTime();
    first.stats().succeeded(now - sent, now - due, rows);
    return true;
  }

  private static String kind(Throwable error) {
    if (error instanceof ServerException server) {
      return server.code().name();
    }
    if (error instanceof DriverException || error instanceof BenchException) {
      String name = error.getClass().getSimpleName();
      return name.endsWith("Exception") ? name.substring(0, name.length() - 9) : name;
    }
    return error.toString();
  }
}
