package io.ilion.bench.load.run;

import io.ilion.bench.load.BenchException;
import io.ilion.bench.load.generate.Draw;
import io.ilion.driver.BoundStatement;
import io.ilion.driver.DirectRequest;
import io.ilion.driver.DirectRows;
import io.ilion.driver.DriverException;
import io.ilion.driver.NoNodeAvailableException;
import io.ilion.driver.Page;
import io.ilion.driver.ServerException;
import io.ilion.driver.Session;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/** One operation under way, maybe of several statements or pages, one after the other. */
final class Request extends DirectRequest implements BiConsumer<Page, Throwable> {
  private final Session session;
  private final Draw draw;
  private final Consumer<Request> ended;
  private final WireValues.Out values = new WireValues.Out();
  private final Scratch scratch = new Scratch();
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

  /** The request that lies below this one while it waits to be used again. */
  private Request below;

  /**
   * A request that is used for one operation after the other.
   *
   * @param draw its values are drawn from; only while it is being sent
   * @param ended told when the operation ended, whether well or not
   */
  Request(Session session, Draw draw, Consumer<Request> ended) {
    super(session);
    this.session = session;
    this.draw = draw;
    this.ended = ended;
  }

  /** Requests that wait to be used again; any thread gives, one takes. */
  static final class Idle {
    private final AtomicReference<Request> given = new AtomicReference<>();
    private Request taken;

    void give(Request request) {
      Request top;
      do {
        top = given.get();
        request.below = top;
      } while (!given.compareAndSet(top, request));
    }

    /** One of them, or null. */
    Request take() {
      if (taken == null) {
        taken = given.getAndSet(null);
      }
      Request request = taken;
      if (request != null) {
        taken = request.below;
        request.below = null;
      }
      return request;
    }
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
      send(operation, draw, now);
    } catch (RuntimeException e) {
      fail(kind(e));
      end();
    }
  }

  private void end() {
    first.stats().ended();
    ended.accept(this);
  }

  private void send(Operation operation, Draw from, long now) {
    current = operation;
    page = 1;
    if (operation.direct() != null) {
      operation.write(from, values);
      version = from.version();
      floor = operation.floor(from);
      execute(operation.direct(), values.bytes(), 0, values.length(), version, now);
      return;
    }
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
  protected void succeeded(DirectRows answer, long now) {
    boolean isOver = true;
    try {
      String wrong = current.check(answer, key, floor, scratch);
      if (wrong != null) {
        fail(wrong);
      } else {
        isOver = goOn(answer.size(), null, now);
      }
    } catch (RuntimeException e) {
      fail(kind(e));
    }
    if (isOver) {
      end();
    }
  }

  @Override
  protected void failed(Throwable error) {
    fail(kind(error));
    end();
  }

  @Override
  public void accept(Page answer, Throwable error) {
    boolean isOver = true;
    try {
      String wrong = error != null ? kind(error) : current.check(answer, key, floor);
      if (wrong != null) {
        fail(wrong);
      } else {
        isOver = goOn(answer.size(), answer, System.nanoTime());
      }
    } catch (RuntimeException e) {
      fail(kind(e));
    }
    if (isOver) {
      end();
    }
  }

  /** Sends what comes next in the operation; true if that is nothing. */
  private boolean goOn(int found, Page answer, long now) {
    rows += found;
    current.acknowledged(key, version);
    if (answer != null && page < current.pages() && answer.hasMore()) {
      page++;
      var unused = answer.next().whenComplete(this);
      return false;
    }
    if (current.then() != null) {
      Draw again = new Draw().of(cycle);
      again.key(key);
      send(current.then(), again, now);
      return false;
    }
    first.stats().succeeded(now - sent, now - due, rows);
    return true;
  }

  private static String kind(Throwable error) {
    if (error instanceof NoNodeAvailableException none && !none.errors().isEmpty()) {
      // What the last of them said, such as OVERLOADED.
      return kind(List.copyOf(none.errors().values()).getLast());
    }
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
