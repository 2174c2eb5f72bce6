package io.ilion.server;

import io.netty.buffer.ByteBuf;

/**
 * Where an {@link Exchange} writes its answer; the connection behind it decides when it goes out.
 */
public interface ResponseSink {

  /** Returns a buffer to append one answer to. The same thread gives it back before it goes on. */
  ByteBuf open();

  /** Takes back a buffer to which nothing was added, or from which it was removed again. */
  void abandon(ByteBuf buffer);

  /** Takes back a buffer to which the whole answer of the exchange was added. */
  void complete(ByteBuf buffer, Exchange exchange);
}
