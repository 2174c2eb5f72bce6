package io.ilion.server.tracing;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Which trace the work of a thread belongs to. The work takes it along when it is handed to a lane
 * through {@link #carrying}. As long as no request is traced, all methods do nothing after one look
 * at a counter.
 */
public final class TraceContext {
  private final AtomicInteger open = new AtomicInteger();
  private final ThreadLocal<TraceSession> current = new ThreadLocal<>();

  /** Whether any request of the node is being traced. */
  public boolean isOn() {
    return open.get() > 0;
  }

  /** The trace that the caller works for, or null. */
  public TraceSession current() {
    return isOn() ? current.get() : null;
  }

  /** Notes something that the caller does, if it is traced. */
  public void event(String activity) {
    TraceSession session = current();
    if (session != null) {
      session.event(activity);
    }
  }

  /** As {@link #event(String)}, of something whose name is long. */
  public void event(String activity, String what) {
    TraceSession session = current();
    if (session != null) {
      session.event(activity + what);
    }
  }

  /** The same task, which works for the caller's trace wherever it runs. */
  public Runnable carrying(Runnable task) {
    TraceSession session = current();
    return session == null ? task : () -> run(session, task);
  }

  /** Runs some work for a trace, or, if that is null, for none. */
  public void run(TraceSession session, Runnable task) {
    TraceSession before = current.get();
    current.set(session);
    try {
      task.run();
    } finally {
      if (before == null) {
        current.remove();
      } else {
        current.set(before);
      }
    }
  }

  void opened() {
    open.incrementAndGet();
  }

  void closed() {
    open.decrementAndGet();
  }
}
