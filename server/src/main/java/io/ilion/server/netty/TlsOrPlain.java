package io.ilion.server.netty;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.util.List;

/**
 * Looks at the first byte of a connection that a peer has made, and makes way for TLS if it begins
 * so. Whether it may do without is decided when it has said who it is, so that it can be told.
 */
final class TlsOrPlain extends ByteToMessageDecoder {
  /** The type of TLS's records of a handshake; no hello without TLS begins so. */
  private static final int HANDSHAKE_RECORD = 22;

  private final InternodeNetwork network;

  TlsOrPlain(InternodeNetwork network) {
    this.network = network;
  }

  @Override
  protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
    if (in.getByte(in.readerIndex()) == HANDSHAKE_RECORD) {
      ctx.pipeline().replace(this, null, network.tls().ofPeer(network.lanes().background()));
    } else {
      ctx.pipeline().remove(this);
    }
  }
}
