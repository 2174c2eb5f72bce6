package io.ilion.server.tracing;

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
import java.util.random.RandomGenerator;

/**
 * Traces the requests whose clients ask for it, and a share of the others, into {@code
 * system_traces}: events in the order in which they happened, named as Cassandra names them where
 * it does the same, then a session. They are written after the answer, so a client may have to look
 * twice; when it finds the session, the events are there. Safe to call from any lane.
 */
public final class Tracer {
  private static final String SESSION =
      "INSERT INTO system_traces.sessions (session_id, client, command, coordinator,"
          + " coordinator_port, duration, parameters, request, started_at)"
          + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) USING TTL ?";

  private static final String EVENT =
      "INSERT INTO system_traces.events"
          + " (session_id, event_id, activity, source, source_port, source_elapsed, thread)"
          + " VALUES (?, ?, ?, ?, ?, ?, ?) USING TTL ?";

  private final Clock clock;
  private final TraceContext context;
  private final Supplier<UUID> timeUuids;
  private final Supplier<InetSocketAddress> coordinator;
  private final int ttlSeconds;
  private final Sink sink;

  // Guarded by itself.
  private final RandomGenerator random;

  private volatile double probability;

  /** Writes what a trace consists of. */
  @FunctionalInterface
  public interface Sink {
    /**
     * Writes rows.
     *
     * @param cql inserts one row
     * @param rows the Java values of its variables
     * @param then is run when all are written, whether or not that succeeded
     */
    void write(String cql, List<Object[]> rows, Runnable then);
  }

  /**
   * Creates the tracer of a node.
   *
   * @param timeUuids gives ids that increase
   * @param coordinator where this node serves
   * @param timeToLive how long a trace is kept
   * @param random picks requests that are traced though nobody asked for it
   */
  public Tracer(
      Clock clock,
      TraceContext context,
      Supplier<UUID> timeUuids,
      Supplier<InetSocketAddress> coordinator,
      Duration timeToLive,
      RandomGenerator random,
      Sink sink) {
    this.clock = clock;
    this.context = context;
    this.timeUuids = timeUuids;
    this.coordinator = coordinator;
    this.ttlSeconds = (int) timeToLive.toSeconds();
    this.random = random;
    this.sink = sink;
  }

  /** The share of requests that are traced though their clients do not ask for it. */
  public double probability() {
    return probability;
  }

  /** From now on this share of requests is traced, from 0 to 1. */
  public void setProbability(double share) {
    probability = share;
  }

  /** Whether a request is one of those that are traced though nobody asked for it. */
  public boolean picks() {
    double share = probability;
    if (share == 0) {
      return false;
    }
    synchronized (random) {
      return random.nextDouble() < share;
    }
  }

  /** Traces a request from now until it is answered, while some work is done for it. */
  public void trace(Exchange exchange, Runnable work) {
    TraceSession session =
        new TraceSession(
            this,
            exchange,
            timeUuids.get(),
            clock.wallMillis(),
            clock.nanoTime(),
            parameters(exchange.message()));
    context.opened();
    exchange.trace(session);
    context.run(session, work);
  }

  UUID newTimeUuid() {
    return timeUuids.get();
  }

  long nanoTime() {
    return clock.nanoTime();
  }

  void ended(
      Exchange exchange,
      UUID id,
      long startedMillis,
      int durationMicros,
      Map<String, String> parameters,
      List<TraceSession.Event> events) {
    context.closed();
    InetSocketAddress node = coordinator.get();
    List<Object[]> rows = new ArrayList<>();
    for (TraceSession.Event event : events) {
      rows.add(
          new Object[] {
            id,
            event.id(),
            event.activity(),
            node.getAddress(),
            node.getPort(),
            event.micros(),
            event.thread(),
            ttlSeconds
          });
    }
    Object[] session = {
      id,
      exchange.client().remoteAddress().getAddress(),
      "QUERY",
      node.getAddress(),
      node.getPort(),
      durationMicros,
      parameters,
      name(exchange.message()),
      Instant.ofEpochMilli(startedMillis),
      ttlSeconds
    };
    sink.write(EVENT, rows, () -> sink.write(SESSION, List.<Object[]>of(session), () -> {}));
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
}
