package io.ilion.tools.load.run;

import io.ilion.driver.BatchStatement;
import io.ilion.driver.BoundStatement;
import io.ilion.driver.ConnectionException;
import io.ilion.driver.DriverException;
import io.ilion.driver.NoNodeAvailableException;
import io.ilion.driver.RequestTimeoutException;
import io.ilion.driver.ServerException;
import io.ilion.driver.Statement;
import io.ilion.driver.ThrottledException;
import io.ilion.model.ErrorCode;
import io.ilion.protocol.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongUnaryOperator;

/**
 * Sends rows, alone or as batches, and sees to it that each is acknowledged or noted as bad. What
 * the cluster had no time for is sent again, later and later, with the same timestamp; a batch that
 * is refused for what it says is sent row by row, to find the row.
 *
 * <p>Lists are the exception: their elements have identifiers that the server draws, so the same
 * list written twice at the same time is there twice. A write replaces what is older than itself,
 * and so each further try of such a request is later by a microsecond, of those that are its own.
 */
public final class RowSender implements RowBatcher.Outlet {
  private static final long FIRST_DELAY_MILLIS = 100;
  private static final long MOST_DELAY_MILLIS = 10_000;

  private final LoadRun run;
  private final ScheduledExecutorService timer;
  private final LongUnaryOperator micros;
  private final int attempts;
  private final boolean counters;
  private final boolean repeatable;
  private final boolean laterEachTime;

  /**
   * A sender.
   *
   * @param timer for what is sent later
   * @param micros gives the first of so many timestamps that nobody else is given
   * @param attempts how often a request is tried
   * @param counters whether these are updates of counters
   * @param repeatable whether a write may be sent again whose outcome is not known
   * @param laterEachTime whether it then needs another timestamp, since it writes lists
   */
  public RowSender(
      LoadRun run,
      ScheduledExecutorService timer,
      LongUnaryOperator micros,
      int attempts,
      boolean counters,
      boolean repeatable,
      boolean laterEachTime) {
    this.run = run;
    this.timer = timer;
    this.micros = micros;
    this.attempts = attempts;
    this.counters = counters;
    this.repeatable = repeatable;
    this.laterEachTime = laterEachTime;
  }

  @Override
  public void send(ChunkState state, int[] rows, int from, int to) throws InterruptedException {
    run.rate.acquire(to - from);
    run.window.acquire();
    state.begin();
    // Rows of one that is refused are tried as often once more.
    long timestamp = micros.applyAsLong(laterEachTime ? 2L * attempts : 1);
    new Delivery(state, java.util.Arrays.copyOfRange(rows, from, to), timestamp).send();
  }

  /** Some rows until they have their end. */
  private final class Delivery {
    private final ChunkState state;
    private final int[] rows;
    private final long timestamp;
    private int tries;

    Delivery(ChunkState state, int[] rows, long timestamp) {
      this.state = state;
      this.rows = rows;
      this.timestamp = timestamp;
    }

    void send() {
      tries++;
      try {
        run.session
            .executeAsync(statement())
            .whenComplete(
                (page, error) -> {
                  if (error == null) {
                    acknowledged();
                  } else {
                    failed(error);
                  }
                });
      } catch (RuntimeException e) {
        failed(e);
      }
    }

    private Statement<?> statement() {
      // The driver is not to repeat it: that is decided here.
      if (rows.length == 1) {
        BoundStatement only = bound(rows[0]).idempotent(false);
        return counters ? only : only.timestamp(timestamp());
      }
      List<BoundStatement> statements = new ArrayList<>(rows.length);
      for (int row : rows) {
        statements.add(bound(row));
      }
      BatchStatement batch =
          BatchStatement.of(
              counters ? Request.BatchType.COUNTER : Request.BatchType.UNLOGGED, statements);
      return counters ? batch.idempotent(false) : batch.idempotent(false).timestamp(timestamp());
    }

    /** That of the try that is made now. */
    private long timestamp() {
      return laterEachTime ? timestamp + tries - 1 : timestamp;
    }

    private BoundStatement bound(int row) {
      RowBuffer buffer = state.rows();
      return state
          .plan()
          .statement(buffer.isStatic(row))
          .bindEncoded(buffer.wire().array(), buffer.start(row), buffer.length(row));
    }

    private void acknowledged() {
      run.requests.incrementAndGet();
      state.acknowledged(rows.length);
      run.window.succeeded();
      state.end();
    }

    private void failed(Throwable error) {
      if (!(error instanceof DriverException failure)) {
        run.fail(error);
        giveUp();
      } else if (failure instanceof ServerException server && isRefusal(server.code())) {
        if (endsAll(server.code())) {
          run.fail(failure);
          giveUp();
        } else {
          run.requests.incrementAndGet();
          refused(failure);
        }
      } else {
        again(failure);
      }
    }

    /** The statement says something that cannot be: which of its rows? */
    private void refused(DriverException failure) {
      if (rows.length == 1) {
        state.refused(rows[0], failure.getMessage());
        run.window.failed();
        state.end();
        return;
      }
      // They go one after the other, in the place of the batch.
      sendSingly(0);
    }

    private void sendSingly(int index) {
      Delivery single = new Delivery(state, new int[] {rows[index]}, timestamp());
      if (index + 1 < rows.length && run.goesOn()) {
        Delivery whole = this;
        run.retries.incrementAndGet();
        timer.execute(
            () -> {
              state.begin();
              single.sendThen(() -> whole.sendSingly(index + 1));
            });
      } else {
        run.retries.incrementAndGet();
        timer.execute(single::send);
      }
    }

    /** Sends one of several; the window and the chunk are told by the last. */
    private void sendThen(Runnable next) {
      tries++;
      try {
        run.session
            .executeAsync(statement())
            .whenComplete(
                (page, error) -> {
                  if (error == null) {
                    run.requests.incrementAndGet();
                    state.acknowledged(1);
                  } else if (isTransient(error) && tries < attempts && run.goesOn()) {
                    run.retried(error);
                    timer.schedule(() -> sendThen(next), delayMillis(), TimeUnit.MILLISECONDS);
                    return;
                  } else {
                    state.refused(rows[0], error.getMessage());
                  }
                  state.end();
                  next.run();
                });
      } catch (RuntimeException e) {
        run.fail(e);
        state.end();
        next.run();
      }
    }

    private boolean isTransient(Throwable error) {
      return error instanceof DriverException failure
          && !(failure instanceof ServerException server && isRefusal(server.code()))
          && (repeatable || wasSurelyNotDone(failure));
    }

    private void again(DriverException failure) {
      if (isOverload(failure)) {
        run.window.overloaded();
      }
      if (!run.goesOn()) {
        giveUp();
        return;
      }
      if (!repeatable && !wasSurelyNotDone(failure)) {
        for (int row : rows) {
          state.refused(row, "it is not known whether it was done: " + failure.getMessage());
        }
        giveUp();
        return;
      }
      if (tries >= attempts) {
        if (isUnreachable(failure)) {
          run.fail(new LoadRun.ClusterLostException(failure));
        } else {
          for (int row : rows) {
            state.refused(row, "tried " + tries + " times: " + failure.getMessage());
          }
        }
        giveUp();
        return;
      }
      run.retried(failure);
      timer.schedule(this::send, delayMillis(), TimeUnit.MILLISECONDS);
    }

    private long delayMillis() {
      long delay = FIRST_DELAY_MILLIS << Math.min(tries - 1, 10);
      // Spread, so that what failed together does not come together.
      long spread = Math.floorMod(timestamp * 0x9E3779B97F4A7C15L >>> 33, Math.max(1, delay / 2));
      return Math.min(MOST_DELAY_MILLIS, delay) + spread;
    }

    private void giveUp() {
      run.window.failed();
      state.end();
    }
  }

  /** Whether a server refuses what a statement says, and would again. */
  private static boolean isRefusal(ErrorCode code) {
    return switch (code) {
      case INVALID,
          SYNTAX_ERROR,
          UNAUTHORIZED,
          CONFIG_ERROR,
          ALREADY_EXISTS,
          BAD_CREDENTIALS,
          PROTOCOL_ERROR,
          FUNCTION_FAILURE ->
          true;
      default -> false;
    };
  }

  /** Whether no other row would fare better. */
  private static boolean endsAll(ErrorCode code) {
    return switch (code) {
      case SYNTAX_ERROR, UNAUTHORIZED, CONFIG_ERROR, BAD_CREDENTIALS, PROTOCOL_ERROR -> true;
      default -> false;
    };
  }

  private static boolean isOverload(DriverException failure) {
    return failure instanceof RequestTimeoutException
        || failure instanceof ThrottledException
        || (failure instanceof ServerException server
            && switch (server.code()) {
              case OVERLOADED, WRITE_TIMEOUT, UNAVAILABLE, WRITE_FAILURE -> true;
              default -> false;
            });
  }

  private static boolean isUnreachable(DriverException failure) {
    return failure instanceof ConnectionException || failure instanceof NoNodeAvailableException;
  }

  private static boolean wasSurelyNotDone(DriverException failure) {
    return failure instanceof ThrottledException
        || failure instanceof NoNodeAvailableException
        || (failure instanceof ServerException server
            && switch (server.code()) {
              case OVERLOADED, IS_BOOTSTRAPPING, UNAVAILABLE -> true;
              default -> false;
            });
  }
}
