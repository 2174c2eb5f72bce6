package io.ilion.server.cql;

import io.ilion.coordinator.write.TimestampGenerator;
import io.ilion.cql.term.Evaluation;
import io.ilion.cql.term.Receiver;
import io.ilion.model.CqlException;
import io.ilion.model.schema.Schema;
import io.ilion.model.type.NativeType;
import io.ilion.model.type.Values;
import io.ilion.protocol.BoundValues;
import io.ilion.protocol.QueryParameters;
import io.ilion.protocol.Request;
import io.ilion.runtime.Clock;
import io.ilion.runtime.Lane;
import io.ilion.runtime.NodeRuntime;
import io.ilion.server.Exchange;
import io.ilion.server.RunningRequest;
import io.ilion.server.metrics.RequestMetrics;
import io.ilion.server.schema.SchemaStore;
import io.ilion.server.tracing.TraceContext;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/** What the executions of all requests of a node share. Safe to call from any lane. */
final class RequestContext {
  private static final int MOST_RUNNING = 1000;

  private final NodeRuntime runtime;
  private final SchemaStore schemas;
  private final TimestampGenerator timestamps;
  private final RequestFunctions.Shared functions;
  private final RequestDeadlines[] deadlines;
  private final TraceContext traces;
  private final RequestMetrics metrics;
  private final RequestFailures failures;
  private final ConsistencyCheck consistency;
  private final SlowRequests slow;
  private final StatementCache prepared;

  RequestContext(
      NodeRuntime runtime,
      SchemaStore schemas,
      TimestampGenerator timestamps,
      LiveTimeouts timeouts,
      TraceContext traces,
      RequestMetrics metrics,
      RequestFailures failures,
      ConsistencyCheck consistency,
      SlowRequests slow,
      StatementCache prepared) {
    this.runtime = runtime;
    this.schemas = schemas;
    this.timestamps = timestamps;
    this.functions = new RequestFunctions.Shared(runtime.random().split());
    this.deadlines = new RequestDeadlines[runtime.scheduler().laneCount()];
    for (int i = 0; i < deadlines.length; i++) {
      deadlines[i] = new RequestDeadlines(runtime.scheduler().lane(i), runtime.clock(), timeouts);
    }
    this.traces = traces;
    this.metrics = metrics;
    this.failures = failures;
    this.consistency = consistency;
    this.slow = slow;
    this.prepared = prepared;
  }

  Clock clock() {
    return runtime.clock();
  }

  Schema schema() {
    return schemas.schema();
  }

  TraceContext traces() {
    return traces;
  }

  RequestMetrics metrics() {
    return metrics;
  }

  RequestFailures failures() {
    return failures;
  }

  /** A request that took so long is about to be answered. */
  void took(Exchange exchange, long micros) {
    slow.look(exchange, micros, this::text);
  }

  private String text(Exchange exchange) {
    String cql = exchange.message() instanceof Request.Execute e ? prepared.textOf(e.id()) : null;
    return cql == null ? SlowRequests.text(exchange) : SlowRequests.shortened("EXECUTE " + cql);
  }

  ConsistencyCheck consistency() {
    return consistency;
  }

  RequestFunctions.Shared functions() {
    return functions;
  }

  /** The deadlines of the requests of a connection's lane. */
  RequestDeadlines deadlines(Exchange exchange) {
    return deadlines[exchange.client().lane()];
  }

  /** The lane of a request's connection. */
  Lane lane(Exchange exchange) {
    return runtime.scheduler().lane(exchange.client().lane());
  }

  /** The keyspace of names without one. */
  static String keyspace(Exchange exchange, QueryParameters parameters) {
    return parameters.keyspace() != null ? parameters.keyspace() : exchange.client().keyspace();
  }

  /** An id that was never used. */
  UUID newTimeUuid() {
    byte[] id = new RequestFunctions(runtime.clock().wallMillis(), functions).newTimeUuid();
    return (UUID) NativeType.UUID.decode(id);
  }

  /** The values of one execution, in the order of the variables. */
  Evaluation evaluation(List<Receiver> variables, BoundValues values) {
    return evaluation(variables, values, newFunctions());
  }

  /** What functions know of the world now. */
  RequestFunctions newFunctions() {
    return new RequestFunctions(runtime.clock().wallMillis(), functions);
  }

  /** The values of one of several statements, whose functions share a time. */
  Evaluation evaluation(
      List<Receiver> variables, BoundValues values, RequestFunctions requestFunctions) {
    byte[][] bound = new byte[variables.size()][];
    if (values.isNamed()) {
      for (int i = 0; i < bound.length; i++) {
        int index = values.indexOf(variables.get(i).name());
        bound[i] = index < 0 ? Values.UNSET : values.get(index);
      }
    } else {
      if (values.count() != bound.length) {
        throw CqlException.invalid(
            "there were %d markers(?) in CQL but %d bound variables", bound.length, values.count());
      }
      for (int i = 0; i < bound.length; i++) {
        bound[i] = values.get(i);
      }
    }
    for (int i = 0; i < bound.length; i++) {
      if (bound[i] != null && !Values.isUnset(bound[i])) {
        validate(variables.get(i), bound[i]);
      }
    }
    return new Evaluation(bound, requestFunctions);
  }

  private static void validate(Receiver variable, byte[] value) {
    try {
      variable.type().validate(value);
    } catch (CqlException e) {
      throw CqlException.invalid("%s", e.getMessage());
    }
  }

  /** The time by which what has expired is told. */
  long nowSeconds(QueryParameters parameters) {
    return parameters.nowInSeconds() != QueryParameters.NO_NOW_IN_SECONDS
        ? parameters.nowInSeconds()
        : runtime.clock().wallSeconds();
  }

  /** The timestamp of a write that has none of its own. */
  long timestamp(QueryParameters parameters) {
    return parameters.timestamp() != QueryParameters.NO_TIMESTAMP
        ? parameters.timestamp()
        : timestamps.next();
  }

  /**
   * The reads and writes that are not answered, so many of each lane at most. Waits for the lanes,
   * so it is not to be called on one.
   */
  List<RunningRequest> running() {
    List<CompletableFuture<List<RunningRequest>>> parts = new ArrayList<>();
    for (int i = 0; i < deadlines.length; i++) {
      CompletableFuture<List<RunningRequest>> part = new CompletableFuture<>();
      RequestDeadlines own = deadlines[i];
      runtime.scheduler().lane(i).execute(() -> part.complete(own.running(MOST_RUNNING)));
      parts.add(part);
    }
    return parts.stream().flatMap(part -> part.join().stream()).toList();
  }
}
