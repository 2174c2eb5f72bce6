package io.ilion.server.netty;

import java.util.concurrent.atomic.AtomicLong;

/**
 * The network buffers that all connections of a node hold together: frames that have arrived in
 * part, and answers that their clients do not take. Each connection is within its own limits, but a
 * hundred of them may still be more than the node has. Safe to use from any lane.
 */
final class BufferBudget {
  private final long bytes;
  private final AtomicLong held = new AtomicLong();

  /** A budget of so many bytes. */
  BufferBudget(long bytes) {
    this.bytes = bytes;
  }

  /** Notes that so many bytes more are held, or fewer if it is negative. */
  void add(long more) {
    held.addAndGet(more);
  }

  /** Whether more is held than may be. */
  boolean isExceeded() {
    return held.get() > bytes;
  }
}
