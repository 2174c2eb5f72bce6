package io.ilion.server.netty;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Since when a client is about what it has only so much time for: its handshake, a frame, answers
 * that it does not take, silence. Owned by the connection's lane.
 */
final class ConnectionDeadlines {
  private static final long LINGER_NANOS = TimeUnit.SECONDS.toNanos(2);

  private final ConnectionLimits limits;
  private final long openedNanos;
  private long lastReadNanos;

  /** When the frame began that has not arrived completely; meaningful while inside one. */
  private long frameNanos;

  private boolean isInsideFrame;

  /** Since when the client takes nothing; meaningful while it is waited for. */
  private long stalledNanos;

  private long stalledBytes;

  /** When the connection was told to close after its last answer. */
  private long lingeringNanos;

  /** Of a connection that is opened now. */
  ConnectionDeadlines(ConnectionLimits limits, long nanos) {
    this.limits = limits;
    openedNanos = nanos;
    lastReadNanos = nanos;
  }

  /** Bytes have arrived, or are read on with; whether they end inside a frame. */
  void read(long nanos, boolean insideFrame) {
    lastReadNanos = nanos;
    if (insideFrame && !isInsideFrame) {
      frameNanos = nanos;
    }
    isInsideFrame = insideFrame;
  }

  /** A frame is there as a whole, or is not waited for as nothing is read. */
  void frameEnded() {
    isInsideFrame = false;
  }

  /** The client does not take what is sent to it, of which there is so much. */
  void stalled(long nanos, long pendingBytes) {
    stalledNanos = nanos;
    stalledBytes = pendingBytes;
  }

  /** It is closed as soon as the client has all. */
  void lingers(long nanos) {
    lingeringNanos = nanos;
  }

  /** Whether it was waited long enough for a client that is to close its side. */
  boolean hasLingered(long nanos) {
    return nanos - lingeringNanos > LINGER_NANOS;
  }

  /**
   * What the client has not done in its time, as the log says it; null if there is nothing.
   *
   * @param ready whether its handshake is over
   * @param pendingBytes what it has still to take, if it is waited for that; else negative
   * @param idle whether nobody has anything to do for it
   */
  String missed(long nanos, boolean ready, long pendingBytes, boolean idle) {
    if (!ready && hasPassed(limits.handshakeTimeout(), openedNanos, nanos)) {
      return "did not complete its handshake";
    }
    if (isInsideFrame && hasPassed(limits.frameTimeout(), frameNanos, nanos)) {
      return "did not complete a frame";
    }
    if (pendingBytes >= 0) {
      return takes(nanos, pendingBytes) ? null : "did not take its answers";
    }
    return idle && hasPassed(limits.idleTimeout(), lastReadNanos, nanos) ? "was idle" : null;
  }

  private boolean takes(long nanos, long pendingBytes) {
    if (pendingBytes < stalledBytes) {
      stalledNanos = nanos;
    }
    stalledBytes = pendingBytes;
    return !hasPassed(limits.slowReaderTimeout(), stalledNanos, nanos);
  }

  private static boolean hasPassed(Duration timeout, long since, long nanos) {
    return !timeout.isZero() && nanos - since > timeout.toNanos();
  }
}
