package io.ilion.server.cql;

import io.ilion.coordinator.write.Writer;
import io.ilion.cql.modify.BoundModification;
import io.ilion.cql.term.Evaluation;
import io.ilion.model.schema.Schema;
import io.ilion.model.type.NativeType;
import io.ilion.protocol.QueryParameters;
import io.ilion.protocol.Request;
import io.ilion.runtime.Clock;
import io.ilion.server.Exchange;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Traces the requests whose clients ask for it into {@code system_traces}: a session, and an event
 * when the request began and when it was answered. They are written after the answer, so a client
 * may have to look twice. Safe to call from any lane.
 */
final class Tracer {
  private static final Logger LOGGER = LoggerFactory.getLogger(Tracer.class);

  private static final String SESSION =
      "INSERT INTO system_traces.sessions (session_id, client, command, coordinator,"
          + " coordinator_port, duration, parameters, request, started_at)"
          + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) USING TTL ?";

  private static final String EVENT =
      "INSERT INTO system_traces.events"
          + " (session_id, event_id, activity, source, source_port, source_elapsed, thread)"
          + " VALUES (?, ?, ?, ?, ?, ?, ?) USING TTL ?";

  private final Clock clock;
  private final Supplier<Schema> schema;
  private final StatementPlanner planner;
  private final Writer writer;
  private final RequestFunctions.Shared functions;
  private final Supplier<InetSocketAddress> coordinator;
  private final int ttlSeconds;

  /**
   * Creates the tracer of a node.
   *
   * @param coordinator where this node serves
   * @param timeToLive how long a trace is kept
   */
  Tracer(
      Clock clock,
      Supplier<Schema> schema,
      StatementPlanner planner,
      Writer writer,
      RequestFunctions.Shared functions,
      Supplier<InetSocketAddress> coordinator,
      Duration timeToLive) {
    this.clock = clock;
    this.schema = schema;
    this.planner = planner;
    this.writer = writer;
    this.functions = functions;
    this.coordinator = coordinator;
    this.ttlSeconds = (int) timeToLive.toSeconds();
  }

  /** Traces a request from now until it is answered. */
  void begin(Exchange exchange) {
    Session session = new Session(exchange);
    session.event(activity(exchange.message()));
    exchange.trace(session);
  }

  private static String activity(Request request) {
    return switch (request) {
      case Request.Query q -> "Parsing " + q.query();
      case Request.Prepare p -> "Preparing " + p.query();
      case Request.Execute e -> "Executing prepared statement " + e.id();
      case Request.Batch b -> "Executing a batch of " + b.statements().size() + " statements";
      default -> "Executing " + request.opcode();
    };
  }

  /** What Cassandra calls the request. */
  private static String name(Request request) {
    return switch (request) {
      case Request.Query q -> "Execute CQL3 query";
      case Request.Prepare p -> "Preparing CQL3 query";
      case Request.Execute e -> "Execute CQL3 prepared query";
      case Request.Batch b -> "Execute batch of CQL3 queries";
      default -> request.opcode().toString();
    };
  }

  private static Map<String, String> parameters(Request request) {
    Map<String, String> named = new TreeMap<>();
    switch (request) {
      case Request.Query q -> {
        named.put("query", q.query());
        put(named, q.parameters());
      }
      case Request.Prepare p -> named.put("query", p.query());
      case Request.Execute e -> put(named, e.parameters());
      case Request.Batch b -> put(named, b.parameters());
      default -> {}
    }
    return named;
  }

  private static void put(Map<String, String> named, QueryParameters parameters) {
    if (parameters.pageSize() != QueryParameters.NO_PAGE_SIZE) {
      named.put("page_size", Integer.toString(parameters.pageSize()));
    }
    named.put("consistency_level", parameters.consistency().name());
    if (parameters.serialConsistency() != null) {
      named.put("serial_consistency_level", parameters.serialConsistency().name());
    }
  }

  /** One request under trace. */
  private final class Session implements Exchange.Trace {
    private final Exchange exchange;
    private final byte[] id;
    private final long startedMillis = clock.wallMillis();
    private final long startedNanos = clock.nanoTime();
    private final List<Object[]> events = new ArrayList<>();

    Session(Exchange exchange) {
      this.exchange = exchange;
      this.id = newTimeUuid();
    }

    private byte[] newTimeUuid() {
      return new RequestFunctions(clock.wallMillis(), functions).newTimeUuid();
    }

    private int elapsedMicros() {
      return (int) Math.min(Integer.MAX_VALUE, (clock.nanoTime() - startedNanos) / 1000);
    }

    void event(String activity) {
      InetSocketAddress source = coordinator.get();
      events.add(
          new Object[] {
            uuid(id),
            uuid(newTimeUuid()),
            activity,
            source.getAddress(),
            source.getPort(),
            elapsedMicros(),
            Thread.currentThread().getName(),
            ttlSeconds
          });
    }

    @Override
    public UUID id() {
      return uuid(id);
    }

    @Override
    public void answered() {
      // A duration of zero would read as a trace that has not ended.
      int duration = Math.max(1, elapsedMicros());
      event("Request answered");
      InetSocketAddress node = coordinator.get();
      Object[] session = {
        uuid(id),
        exchange.client().remoteAddress().getAddress(),
        "QUERY",
        node.getAddress(),
        node.getPort(),
        duration,
        parameters(exchange.message()),
        name(exchange.message()),
        Instant.ofEpochMilli(startedMillis),
        ttlSeconds
      };
      try {
        List<BoundModification> writes = new ArrayList<>();
        for (Object[] event : events) {
          writes.add(bind(EVENT, event));
        }
        writes.add(bind(SESSION, session));
        for (BoundModification write : writes) {
          writer.write(write, clock.wallSeconds(), warning -> {}, Tracer::report);
        }
      } catch (RuntimeException e) {
        report(e);
      }
    }

    private BoundModification bind(String cql, Object[] values) {
      PreparedPlan.Modifying planned =
          (PreparedPlan.Modifying) planner.plan(cql, null, schema.get());
      byte[][] bound = new byte[values.length][];
      for (int i = 0; i < values.length; i++) {
        bound[i] = planned.variables().get(i).type().encode(values[i]);
      }
      RequestFunctions context = new RequestFunctions(startedMillis, functions);
      return planned
          .plan()
          .bind(new Evaluation(bound, context), clock.wallMicros(), clock.wallSeconds());
    }
  }

  private static UUID uuid(byte[] bytes) {
    return (UUID) NativeType.UUID.decode(bytes);
  }

  private static void report(Throwable failure) {
    if (failure != null) {
      LOGGER.warn("a trace could not be written: {}", failure.toString());
    }
  }
}
