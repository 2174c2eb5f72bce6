package io.ilion.driver.internal;

import io.ilion.protocol.Envelope;
import io.ilion.protocol.ProtocolVersion;
import io.ilion.protocol.RequestCodec;
import io.ilion.protocol.RequestEnvelope;
import io.ilion.protocol.ResponseEnvelope;
import io.netty.buffer.ByteBuf;

/**
 * A request on its way through a connection. It is made by any thread, given to {@link
 * Connection#send} once, and from then on called by the connection's event loop: {@link #message}
 * at most once, then exactly one of the others.
 */
public abstract class Outgoing {
  /** No deadline. */
  public static final long NEVER = Long.MAX_VALUE;

  /** The request behind this one, in the lists of the connection. */
  Outgoing next;

  /** When waiting ends, in {@link System#nanoTime}, or {@link #NEVER}. */
  long deadline;

  /** A request that waits for its answer until a point in time. */
  protected Outgoing(long deadline) {
    this.deadline = deadline;
  }

  /** For one that is used again, before it is given to a connection: when waiting ends. */
  protected final void deadline(long newDeadline) {
    deadline = newDeadline;
  }

  /** Appends the request as an envelope; like {@link #message}, which it is made of by default. */
  protected void encode(ProtocolVersion version, int stream, ByteBuf out) {
    RequestCodec.encode(message(version, stream), out);
  }

  /**
   * An answer came; one that does not want to read the bytes itself, or cannot, returns false and
   * is given the message.
   *
   * @param envelope valid until this returns
   */
  protected boolean onEnvelope(Connection connection, Envelope envelope) {
    return false;
  }

  /** The request, for the stream that was chosen. A failure of this method fails the request. */
  protected abstract RequestEnvelope message(ProtocolVersion version, int stream);

  /** An answer came, which may be an error. */
  protected abstract void onResponse(Connection connection, ResponseEnvelope response);

  /**
   * There will be no answer.
   *
   * @param sent whether the server may have the request
   */
  protected abstract void onFailure(Throwable error, boolean sent);

  /** The deadline has passed; an answer that comes later is dropped. */
  protected abstract void onTimeout();

  /** Whether nobody waits for the answer any more, so that it need not be sent. */
  protected boolean isAbandoned() {
    return false;
  }
}
