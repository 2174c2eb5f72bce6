package io.ilion.server.cql;

import io.ilion.model.CqlException;
import io.ilion.model.ErrorCode;
import io.ilion.model.schema.Schema;
import io.ilion.runtime.Lane;
import io.ilion.runtime.Scheduler;
import io.ilion.server.Exchange;
import io.ilion.server.schema.SchemaChanges;
import io.ilion.server.schema.SchemaStore;
import io.ilion.server.tracing.TraceContext;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Plans statements: short ones where they are, and long ones beside the lanes, since a statement of
 * a megabyte takes a second or two, in which its lane would serve nobody.
 *
 * <p>What makes no sense by the schema that this node knows may do so by a newer one, which another
 * node has changed a moment ago. So nothing is refused before the node has asked whether it is
 * behind.
 */
final class Planning {
  /** The longest statement, in characters, that is planned on a lane: some milliseconds. */
  private static final int MOST_CHARACTERS_ON_LANE = 16 << 10;

  private final Scheduler lanes;
  private final SchemaStore schemas;
  private final SchemaChanges changes;
  private final TraceContext traces;
  private final Lane beside;

  /**
   * Creates it.
   *
   * @param beside where long statements are planned, one after the other
   */
  Planning(
      Scheduler lanes,
      SchemaStore schemas,
      SchemaChanges changes,
      TraceContext traces,
      Lane beside) {
    this.lanes = lanes;
    this.schemas = schemas;
    this.changes = changes;
    this.traces = traces;
    this.beside = beside;
  }

  /**
   * Plans something, here or elsewhere, and goes on with the plan on the connection's lane. What
   * either throws is the answer to the request.
   *
   * @param characters the length of what is to be planned
   * @param planning by the schema as of its call; perhaps called twice
   */
  <T> void plan(Exchange exchange, long characters, Supplier<T> planning, Consumer<T> then) {
    Lane own = lanes.lane(exchange.client().lane());
    if (characters <= MOST_CHARACTERS_ON_LANE) {
      plan(exchange, planning, then, own::execute);
      return;
    }
    beside.execute(
        traces.carrying(
            () ->
                attempt(
                    exchange,
                    () ->
                        plan(
                            exchange,
                            planning,
                            plan -> own.execute(() -> attempt(exchange, () -> then.accept(plan))),
                            beside::execute))));
  }

  private <T> void plan(
      Exchange exchange, Supplier<T> planning, Consumer<T> then, Executor planner) {
    Schema known = schemas.schema();
    T plan;
    try {
      plan = planning.get();
    } catch (CqlException refusal) {
      if (refusal.code() != ErrorCode.INVALID || !changes.mayBeBehind()) {
        throw refusal;
      }
      planAgain(exchange, known, refusal, planning, then, planner);
      return;
    }
    then.accept(plan);
  }

  private <T> void planAgain(
      Exchange exchange,
      Schema known,
      CqlException refusal,
      Supplier<T> planning,
      Consumer<T> then,
      Executor planner) {
    Runnable again = traces.carrying(() -> attempt(exchange, () -> then.accept(planning.get())));
    changes
        .newerThan(known)
        .thenAcceptAsync(
            isNewer -> {
              if (isNewer) {
                again.run();
              } else if (exchange.claim()) {
                exchange.fail(refusal);
              }
            },
            planner);
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
