package io.ilion.server.netty;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.handler.ssl.SslHandler;
import java.util.concurrent.Executor;
import javax.net.ssl.SSLEngine;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The encryption of one connection. A handshake that fails when its connection is over already is
 * nobody's trouble, and nobody waits to say goodbye to who does not take what was sent before.
 */
final class TlsHandler extends SslHandler {
  private static final Logger LOGGER = LoggerFactory.getLogger(TlsHandler.class);

  /** Encrypts by this engine; what takes long of a handshake is given to the executor. */
  TlsHandler(SSLEngine engine, Executor tasks) {
    super(engine, tasks);
  }

  /** The bytes of memory that are held for a record that has arrived in part. */
  int bufferedBytes() {
    return internalBuffer().capacity();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) throws Exception {
    if (ctx.isRemoved()) {
      LOGGER.debug("TLS failed on a connection that had ended", cause);
    } else {
      super.exceptionCaught(ctx, cause);
    }
  }

  @Override
  public void close(ChannelHandlerContext ctx, ChannelPromise promise) throws Exception {
    ChannelOutboundBuffer pending = ctx.channel().unsafe().outboundBuffer();
    if (pending == null || pending.totalPendingWriteBytes() > 0) {
      ctx.close(promise);
    } else {
      super.close(ctx, promise);
    }
  }
}
