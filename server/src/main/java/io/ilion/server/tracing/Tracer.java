package io.ilion.server.tracing;

import io.ilion.coordinator.write.TimeUuids;
import io.ilion.protocol.QueryParameters;
import io.ilion.protocol.Request;
import io.ilion.runtime.Clock;
import io.ilion.runtime.NodeAddress;
import io.ilion.server.Exchange;
import java.net.InetAddress;
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
 * twice; when it finds the session, the events are there, but for those of replicas that answer
 * later. The ids of events have the time of this node, whose clock alone orders them all. Safe to
 * call from any lane.
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
  private final InetSocketAddress coordinator;
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
   * @param timeUuids gives ids of sessions
   * @param coordinator where other nodes reach this one
   * @param timeToLive how long a trace is kept
   * @param random picks requests that are traced though nobody asked for it
   */
  public Tracer(
      Clock clock,
      TraceContext context,
      Supplier<UUID> timeUuids,
      InetSocketAddress coordinator,
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
    RequestTrace trace =
        new RequestTrace(
            this, exchange, timeUuids.get(), clock.wallMicros(), parameters(exchange.message()));
    context.opened();
    exchange.trace(trace);
    context.run(trace, work);
  }

  Clock clock() {
    return clock;
  }

  /** A request under trace has been answered. */
  void ended() {
    context.closed();
  }

  /**
   * Writes events of a request.
   *
   * @param events in the order of time
   * @param batch the number of those that are written together, of this request
   */
  void writeEvents(RequestTrace trace, List<TraceEvent> events, int batch, Runnable then) {
    List<Object[]> rows = new ArrayList<>();
    long last = 0;
    for (TraceEvent event : events) {
      last = Math.max(last + 1, (trace.startedMicros() + event.at()) * 10);
      NodeAddress source = event.source();
      rows.add(
          new Object[] {
            trace.id(),
            TimeUuids.of(last, trace.id(), batch),
            event.activity(),
            source == null ? coordinator.getAddress() : literal(source),
            source == null ? coordinator.getPort() : source.port(),
            event.elapsed(),
            event.thread(),
            ttlSeconds
          });
    }
    write(EVENT, rows, then);
  }

  /** Writes that a request was answered. */
  void writeSession(RequestTrace trace, Runnable then) {
    Exchange exchange = trace.exchange();
    Object[] session = {
      trace.id(),
      exchange.client().remoteAddress().getAddress(),
      "QUERY",
      coordinator.getAddress(),
      coordinator.getPort(),
      trace.durationMicros(),
      trace.parameters(),
      name(exchange.message()),
      Instant.ofEpochMilli(Math.floorDiv(trace.startedMicros(), 1000L)),
      ttlSeconds
    };
    write(SESSION, List.<Object[]>of(session), then);
  }

  /** Writes what is no part of the trace that the caller works for. */
  private void write(String cql, List<Object[]> rows, Runnable then) {
    context.run(null, () -> sink.write(cql, rows, then));
  }

  /** Null for a node that is known by a name: a lane does not wait for what that stands for. */
  private static InetAddress literal(NodeAddress node) {
    try {
      return InetAddress.ofLiteral(node.host());
    } catch (IllegalArgumentException e) {
      return null;
    }
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
