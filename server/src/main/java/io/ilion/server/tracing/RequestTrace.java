package io.ilion.server.tracing;

import io.ilion.server.Exchange;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/**
 * The trace of a request of a client. It is written when the request is answered: the events, then
 * the session, so that whoever finds the session finds them. What replicas tell later follows.
 */
final class RequestTrace extends TraceSession implements Exchange.Trace {
  private static final int MAX_EVENTS = 1000;

  private final Tracer tracer;
  private final Exchange exchange;
  private final UUID id;
  private final long startedMicros;
  private final Map<String, String> parameters;
  private int durationMicros;
  private int batches;
  private boolean writing;
  private boolean sessionWritten;

  RequestTrace(
      Tracer tracer,
      Exchange exchange,
      UUID id,
      long startedMicros,
      Map<String, String> parameters) {
    super(tracer.clock(), MAX_EVENTS);
    this.tracer = tracer;
    this.exchange = exchange;
    this.id = id;
    this.startedMicros = startedMicros;
    this.parameters = new TreeMap<>(parameters);
  }

  @Override
  public synchronized void parameter(String name, String value) {
    parameters.put(name, value);
  }

  @Override
  public UUID id() {
    return id;
  }

  Exchange exchange() {
    return exchange;
  }

  /** When it began, by the wall clock. */
  long startedMicros() {
    return startedMicros;
  }

  /** How long the request took. */
  int durationMicros() {
    return durationMicros;
  }

  synchronized Map<String, String> parameters() {
    return Map.copyOf(parameters);
  }

  @Override
  public void answered() {
    int micros = micros();
    if (end()) {
      // A duration of zero would read as a trace that has not ended.
      durationMicros = Math.max(1, micros);
      tracer.ended();
      write();
    }
  }

  @Override
  void add(List<TraceEvent> others) {
    super.add(others);
    write();
  }

  /** Writes what there is and goes on until that is nothing, if the request has ended. */
  private void write() {
    List<TraceEvent> events;
    int batch;
    synchronized (this) {
      if (!hasEnded() || writing) {
        return;
      }
      events = take();
      if (events.isEmpty() && sessionWritten) {
        return;
      }
      writing = true;
      sessionWritten |= events.isEmpty();
      batch = batches++;
    }
    Runnable then =
        () -> {
          synchronized (this) {
            writing = false;
          }
          write();
        };
    if (events.isEmpty()) {
      tracer.writeSession(this, then);
    } else {
      tracer.writeEvents(
          this,
          events.stream().sorted(Comparator.comparingInt(TraceEvent::at)).toList(),
          batch,
          then);
    }
  }
}
