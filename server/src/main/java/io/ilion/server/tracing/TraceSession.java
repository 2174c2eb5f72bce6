package io.ilion.server.tracing;

import io.ilion.server.Exchange;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/** One request under trace. Events may come from any lane; there is a most of them. */
public final class TraceSession implements Exchange.Trace {
  private static final int MAX_EVENTS = 1000;

  private final Tracer tracer;
  private final Exchange exchange;
  private final UUID id;
  private final long startedMillis;
  private final long startedNanos;
  private final Map<String, String> parameters;
  private final List<Event> events = new ArrayList<>();
  private boolean ended;

  /**
   * Something that was done.
   *
   * @param micros since the request came
   */
  record Event(UUID id, String activity, int micros, String thread) {}

  TraceSession(
      Tracer tracer,
      Exchange exchange,
      UUID id,
      long startedMillis,
      long startedNanos,
      Map<String, String> parameters) {
    this.tracer = tracer;
    this.exchange = exchange;
    this.id = id;
    this.startedMillis = startedMillis;
    this.startedNanos = startedNanos;
    this.parameters = new TreeMap<>(parameters);
  }

  /** Notes something that is done now, by the calling thread. */
  public synchronized void event(String activity) {
    if (!ended && events.size() < MAX_EVENTS) {
      events.add(
          new Event(tracer.newTimeUuid(), activity, micros(), Thread.currentThread().getName()));
    }
  }

  /** Tells more of the request than it says by itself. */
  public synchronized void parameter(String name, String value) {
    parameters.put(name, value);
  }

  private int micros() {
    return (int) Math.min(Integer.MAX_VALUE, (tracer.nanoTime() - startedNanos) / 1000);
  }

  @Override
  public UUID id() {
    return id;
  }

  @Override
  public void answered() {
    List<Event> all;
    Map<String, String> given;
    synchronized (this) {
      if (ended) {
        return;
      }
      ended = true;
      all = List.copyOf(events);
      given = Map.copyOf(parameters);
    }
    // A duration of zero would read as a trace that has not ended.
    tracer.ended(exchange, id, startedMillis, Math.max(1, micros()), given, all);
  }
}
