package io.ilion.server.tracing;

import io.ilion.runtime.Clock;
import java.util.ArrayList;
import java.util.List;

/**
 * What is noted of work under trace: of a request of a client, or of what another node asked for.
 * Events may come from any lane; there is a most of them.
 */
public class TraceSession {
  private final Clock clock;
  private final long startedNanos;
  private final List<TraceEvent> events = new ArrayList<>();
  private int room;
  private boolean ended;

  /** Begins now, and takes so many events. */
  TraceSession(Clock clock, int most) {
    this.clock = clock;
    this.startedNanos = clock.nanoTime();
    this.room = most;
  }

  /** Notes something that is done now, by the calling thread. */
  public final synchronized void event(String activity) {
    if (!ended) {
      int now = micros();
      add(new TraceEvent(null, activity, now, now, Thread.currentThread().getName()));
    }
  }

  /** Tells more of the request than it says by itself, where it is a client's. */
  public void parameter(String name, String value) {}

  /** Notes what another node did, also when this has ended; in the order of time. */
  void add(List<TraceEvent> others) {
    synchronized (this) {
      others.forEach(this::add);
    }
  }

  private void add(TraceEvent event) {
    if (room > 0) {
      room--;
      events.add(event);
    }
  }

  /** Microseconds since it began. */
  final int micros() {
    return (int) Math.min(Integer.MAX_VALUE, (clock.nanoTime() - startedNanos) / 1000);
  }

  /** Nothing that is done later belongs to it; false if that was so already. */
  final synchronized boolean end() {
    boolean first = !ended;
    ended = true;
    return first;
  }

  final synchronized boolean hasEnded() {
    return ended;
  }

  /** What was noted and not taken yet. */
  final synchronized List<TraceEvent> take() {
    List<TraceEvent> taken = List.copyOf(events);
    events.clear();
    return taken;
  }
}
