package io.ilion.driver.internal;

import java.util.function.Consumer;

/** Requests that wait to be sent, the oldest first. Owned by the event loop. */
final class OutgoingQueue {
  private Outgoing first;
  private Outgoing last;

  boolean isEmpty() {
    return first == null;
  }

  /** The oldest; null if there is none. */
  Outgoing first() {
    return first;
  }

  /** Takes the oldest; there is one. */
  Outgoing poll() {
    Outgoing request = first;
    first = request.next;
    request.next = null;
    return request;
  }

  /** Takes all, the oldest first; null if there are none. */
  Outgoing take() {
    Outgoing taken = first;
    first = null;
    return taken;
  }

  /**
   * Adds what was put on a stack.
   *
   * @param top the newest of it; null for nothing
   */
  void addStack(Outgoing top) {
    Outgoing taken = top;
    Outgoing oldest = null;
    while (taken != null) {
      Outgoing below = taken.next;
      taken.next = oldest;
      oldest = taken;
      taken = below;
    }
    if (oldest != null) {
      if (first == null) {
        first = oldest;
      } else {
        last.next = oldest;
      }
      last = top;
    }
  }

  /**
   * Takes out those whose deadline has passed.
   *
   * @param expired told of each
   * @return the next deadline of those that stay
   */
  long expire(long now, Consumer<Outgoing> expired) {
    long next = Outgoing.NEVER;
    Outgoing kept = null;
    Outgoing request = take();
    while (request != null) {
      Outgoing following = request.next;
      request.next = null;
      if (request.deadline != Outgoing.NEVER && now - request.deadline >= 0) {
        expired.accept(request);
      } else {
        next = Math.min(next, request.deadline);
        if (kept == null) {
          first = request;
        } else {
          kept.next = request;
        }
        kept = request;
      }
      request = following;
    }
    last = kept;
    return next;
  }
}
