package io.ilion.server.cql;

import io.ilion.runtime.Lane;
import io.ilion.runtime.Scheduler;
import io.ilion.server.Exchange;
import io.ilion.server.tracing.TraceContext;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Plans short statements where they are, and long ones beside the lanes: a statement of a megabyte
 * takes a second or two, in which its lane would serve nobody.
 */
final class LongStatements {
  /** The longest statement, in characters, that is planned on a lane: some milliseconds. */
  private static final int MOST_CHARACTERS_ON_LANE = 16 << 10;

  private final Scheduler lanes;
  private final TraceContext traces;
  private final Lane beside;

  /**
   * Creates it.
   *
   * @param beside where long statements are planned, one after the other
   */
  LongStatements(Scheduler lanes, TraceContext traces, Lane beside) {
    this.lanes = lanes;
    this.traces = traces;
    this.beside = beside;
  }

  /**
   * Plans something, here or elsewhere, and goes on with the plan on the connection's lane. What
   * either throws is the answer to the request.
   *
   * @param characters the length of what is to be planned
   */
  <T> void plan(Exchange exchange, long characters, Supplier<T> planning, Consumer<T> then) {
    if (characters <= MOST_CHARACTERS_ON_LANE) {
      then.accept(planning.get());
      return;
    }
    Lane own = lanes.lane(exchange.client().lane());
    beside.execute(
        traces.carrying(
            () ->
                attempt(
                    exchange,
                    () -> {
                      T plan = planning.get();
                      own.execute(() -> attempt(exchange, () -> then.accept(plan)));
                    })));
  }

  /** Does some work for a request, which is answered with what it throws. */
  static void attempt(Exchange exchange, Runnable work) {
    try {
      work.run();
    } catch (RuntimeException | StackOverflowError e) {
      if (exchange.claim()) {
        exchange.fail(e);
      }
    }
  }
}
