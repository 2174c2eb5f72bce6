package io.ilion.server.cql;

import io.ilion.cql.function.FunctionContext;
import io.ilion.cql.function.NativeFunctions;
import io.ilion.cql.modify.CurrentRows;
import io.ilion.cql.modify.UpdateBuffer;
import io.ilion.cql.modify.UpdateBuffer.PartitionUpdate;
import io.ilion.cql.term.Evaluation;
import io.ilion.model.CqlException;
import io.ilion.model.data.UpdateWriter;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.model.schema.Schema;
import io.ilion.model.type.Values;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator.SplittableGenerator;

/**
 * Makes of statements the updates that a node would make of them, without a node: for whoever
 * builds files. Safe for many threads.
 */
public final class DetachedWrites {
  private final Schema schema;
  private final StatementPlanner planner = new StatementPlanner(new NativeFunctions());
  private final RequestFunctions.Shared functions;

  /** Takes an update of the partition of a token. */
  @FunctionalInterface
  public interface Sink {
    /** Takes the encoded update. */
    void update(long token, byte[] update);
  }

  /** A statement that writes. */
  public final class Statement {
    private final PreparedPlan.Modifying prepared;

    private Statement(PreparedPlan.Modifying prepared) {
      this.prepared = prepared;
    }

    /**
     * Makes the updates of one execution.
     *
     * @param values of its markers: null for null, {@code Values.UNSET} for unset
     * @param timestamp in microseconds, if the statement gives none
     * @param nowMillis the time, for functions and times to live
     * @param encoder of the calling thread
     * @throws CqlException if the values cannot be
     */
    public void execute(
        byte[][] values, long timestamp, long nowMillis, UpdateWriter encoder, Sink sink) {
      for (int i = 0; i < values.length; i++) {
        if (values[i] != null && !Values.isUnset(values[i])) {
          prepared.variables().get(i).type().validate(values[i]);
        }
      }
      FunctionContext context = new RequestFunctions(nowMillis, functions);
      UpdateBuffer buffer = new UpdateBuffer();
      prepared
          .plan()
          .bind(
              new Evaluation(values, context),
              timestamp,
              TimeUnit.MILLISECONDS.toSeconds(nowMillis))
          .addTo(buffer, CurrentRows.NONE);
      for (PartitionUpdate update : buffer.build(encoder)) {
        if (update.update() != null) {
          sink.update(update.token(), update.update());
        }
      }
    }
  }

  /** Writes to the tables of a keyspace, as its nodes know it. */
  public DetachedWrites(KeyspaceDefinition keyspace, SplittableGenerator random) {
    schema = Schema.EMPTY.with(keyspace);
    functions = new RequestFunctions.Shared(random);
  }

  /**
   * Plans a statement.
   *
   * @throws CqlException if it is wrong, or what it writes depends on what is there
   */
  public Statement statement(String cql) {
    if (!(planner.plan(cql, null, schema) instanceof PreparedPlan.Modifying prepared)) {
      throw CqlException.invalid("only INSERT, UPDATE and DELETE write rows");
    }
    if (prepared.plan().table().isCounter()
        || prepared.plan().isConditional()
        || prepared.plan().readsRows()) {
      throw CqlException.invalid(
          "what is written depends on what is there (a counter, IF, a list's index): that needs a"
              + " node");
    }
    return new Statement(prepared);
  }
}
