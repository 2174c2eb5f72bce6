package io.ilion.server.netty;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.ssl.SslHandler;
import java.util.List;
import java.util.function.Supplier;

/**
 * Looks at the first byte of a connection that somebody has made, and makes way for TLS if it
 * begins so. Whether it may do without is decided when more has arrived, so that who made it can be
 * told.
 */
final class TlsOrPlain extends ByteToMessageDecoder {
  /** The type of TLS's records of a handshake; nothing without TLS begins so. */
  private static final int HANDSHAKE_RECORD = 22;

  private final Supplier<SslHandler> tls;
  private final Runnable onPlain;

  /**
   * Asks for the encryption if there is to be one.
   *
   * @param onPlain told if there is none
   */
  TlsOrPlain(Supplier<SslHandler> tls, Runnable onPlain) {
    this.tls = tls;
    this.onPlain = onPlain;
  }

  @Override
  protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
    if (in.getByte(in.readerIndex()) == HANDSHAKE_RECORD) {
      ctx.pipeline().replace(this, null, tls.get());
    } else {
      onPlain.run();
      ctx.pipeline().remove(this);
    }
  }
}
