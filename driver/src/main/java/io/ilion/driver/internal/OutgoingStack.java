package io.ilion.driver.internal;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Requests that any thread puts down, and that the event loop takes together: a stack without locks
 * (R. K. Treiber, "Systems programming: coping with parallelism", 1986). Nothing is taken off but
 * all of it, so that a request that returns cannot be mistaken for one that stayed.
 */
final class OutgoingStack {
  private static final VarHandle TOP;

  /** Takes the place of the stack when nothing is accepted any more. */
  private static final Outgoing CLOSED = new Marker();

  static {
    try {
      TOP = MethodHandles.lookup().findVarHandle(OutgoingStack.class, "top", Outgoing.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** What became of a request that was put down. */
  enum Pushed {
    /** Nothing is accepted any more. */
    REFUSED,
    /** The stack was empty: whoever takes it has to be told. */
    FIRST,
    /** There were others. */
    FURTHER
  }

  private volatile Outgoing top;

  /** Puts a request on top. */
  Pushed push(Outgoing request) {
    Outgoing head;
    do {
      head = top;
      if (head instanceof Marker) {
        return Pushed.REFUSED;
      }
      request.next = head;
    } while (!TOP.compareAndSet(this, head, request));
    return head == null ? Pushed.FIRST : Pushed.FURTHER;
  }

  /** Takes all requests, the last one first; null if there are none. */
  Outgoing take() {
    return replace(null);
  }

  /** Takes all requests, as {@link #take}, and accepts no more. */
  Outgoing close() {
    return replace(CLOSED);
  }

  boolean isClosed() {
    return top instanceof Marker;
  }

  private Outgoing replace(Outgoing replacement) {
    while (true) {
      Outgoing head = top;
      if (head instanceof Marker) {
        return null;
      }
      if (TOP.compareAndSet(this, head, replacement)) {
        return head;
      }
    }
  }
}
