package io.ilion.server.netty;

import io.ilion.runtime.Network;
import io.ilion.runtime.NodeAddress;
import io.ilion.server.netty.InternodeHandshake.HandshakeException;
import io.ilion.server.netty.InternodeHandshake.Hello;
import io.ilion.server.netty.InternodeHandshake.Verdict;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32C;
import javax.net.ssl.SSLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection on which a peer sends. It begins on lane 0 and moves to the lane of the number that
 * the peer sends from: where both have as many lanes, a message then arrives where its token is at
 * home. What is for other lanes goes there as one task for all that arrived together.
 *
 * <p>Nothing that a peer claims is believed: a length is held against the limit, and memory is
 * taken only for what has arrived. Whoever breaks the protocol is disconnected.
 */
final class InboundPeer extends ChannelInboundHandlerAdapter {
  private static final Logger LOGGER = LoggerFactory.getLogger(InboundPeer.class);
  private static final long HELLO_MILLIS = 5_000;

  /** Room for what has not arrived is taken up to this only. */
  private static final int MOST_AHEAD_BYTES = 16 << 10;

  private final InternodeNetwork network;
  private final Runnable onClosed;
  private final CRC32C crc = new CRC32C();
  private final AtomicLong handedBytes = new AtomicLong();
  private final List<List<byte[]>> others = new ArrayList<>();
  private ByteBuf cumulation;
  private NodeAddress from;
  private int lane;
  private boolean isOver;
  private boolean isEnded;
  private volatile boolean isPaused;

  InboundPeer(InternodeNetwork network, Runnable onClosed) {
    this.network = network;
    this.onClosed = onClosed;
    for (int i = 0; i < network.lanes().laneCount(); i++) {
      others.add(new ArrayList<>());
    }
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    ctx.executor()
        .schedule(
            () -> {
              if (from == null) {
                close(ctx, "it does not say who it is");
              }
            },
            HELLO_MILLIS,
            TimeUnit.MILLISECONDS);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf bytes = (ByteBuf) message;
    if (isOver || network.isClosed()) {
      bytes.release();
      ctx.close();
      return;
    }
    if (from != null) {
      try {
        readFrames(ctx, bytes);
      } finally {
        bytes.release();
      }
      return;
    }
    cumulation =
        cumulation == null
            ? bytes
            : ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(ctx.alloc(), cumulation, bytes);
    try {
      hello(ctx);
    } catch (HandshakeException e) {
      close(ctx, e.getMessage());
    }
    if (cumulation != null && !cumulation.isReadable()) {
      releaseCumulation();
    }
  }

  private void hello(ChannelHandlerContext ctx) throws HandshakeException {
    Hello hello = InternodeHandshake.readHello(cumulation);
    if (hello == null) {
      return;
    }
    if (cumulation.isReadable()) {
      throw new HandshakeException("it does not wait to be welcome");
    }
    Verdict verdict = judge(ctx, hello);
    if (verdict != Verdict.WELCOME) {
      ctx.writeAndFlush(InternodeHandshake.encode(verdict, ctx.alloc()), ctx.voidPromise());
      close(ctx, verdict.text());
      return;
    }
    from = hello.from();
    lane = hello.lane() % network.lanes().laneCount();
    move(ctx.channel());
  }

  private Verdict judge(ChannelHandlerContext ctx, Hello hello) {
    InternodeTls tls = network.tls();
    SslHandler encrypted = ctx.pipeline().get(SslHandler.class);
    if (tls != null && encrypted == null && !tls.isOptional()) {
      network
          .troubles()
          .warn(hello.from() + " is refused: it tries to talk to this node without TLS");
      return Verdict.TLS_ONLY;
    }
    if (encrypted != null && !tls.mayComeAs(hello.from(), encrypted)) {
      network
          .troubles()
          .warn(hello.from() + " is refused: its certificate does not bear that address");
      return Verdict.OTHER_NAME;
    }
    if (!hello.cluster().equals(network.cluster())) {
      network
          .troubles()
          .warn(
              hello.from()
                  + " of cluster '"
                  + hello.cluster()
                  + "' tries to talk to this node of cluster '"
                  + network.cluster()
                  + "'");
      return Verdict.OTHER_CLUSTER;
    }
    return Verdict.WELCOME;
  }

  /** Goes on at the lane that the connection is for. */
  private void move(Channel channel) {
    EventLoop target = network.lanes().loop(lane);
    if (channel.eventLoop().equals(target)) {
      welcome(channel);
      return;
    }
    channel
        .deregister()
        .addListener(
            left ->
                target
                    .register(channel)
                    .addListener(
                        arrived -> {
                          if (arrived.isSuccess()) {
                            welcome(channel);
                          } else {
                            channel.unsafe().closeForcibly();
                            ended();
                          }
                        }));
  }

  private static void welcome(Channel channel) {
    channel.writeAndFlush(
        InternodeHandshake.encode(Verdict.WELCOME, channel.alloc()), channel.voidPromise());
  }

  /**
   * Takes the frames of what has arrived. One that began in an earlier read is put together by
   * itself, so that what is behind it is read where it is.
   */
  private void readFrames(ChannelHandlerContext ctx, ByteBuf bytes) {
    while (cumulation != null && bytes.isReadable() && !isOver) {
      cumulation.writeBytes(bytes, Math.min(lacking(cumulation), bytes.readableBytes()));
      readWholeFrames(ctx, cumulation);
      if (cumulation != null && !cumulation.isReadable()) {
        releaseCumulation();
      }
    }
    if (cumulation == null && !isOver) {
      readWholeFrames(ctx, bytes);
      if (bytes.isReadable() && !isOver) {
        int whole = bytes.readableBytes() + lacking(bytes);
        int room = Math.max(bytes.readableBytes(), Math.min(whole, MOST_AHEAD_BYTES));
        cumulation = ctx.alloc().buffer(room).writeBytes(bytes);
      }
    }
  }

  /** How much of a frame's header is missing, or of the frame if the header is there. */
  private static int lacking(ByteBuf frame) {
    int there = frame.readableBytes();
    return there < InternodeHandshake.FRAME_HEADER
        ? InternodeHandshake.FRAME_HEADER - there
        : InternodeHandshake.FRAME_HEADER + frame.getInt(frame.readerIndex()) - there;
  }

  private void readWholeFrames(ChannelHandlerContext ctx, ByteBuf bytes) {
    while (bytes.readableBytes() >= InternodeHandshake.FRAME_HEADER) {
      int start = bytes.readerIndex();
      int length = bytes.getInt(start);
      if (length < 0 || length > Network.MAX_MESSAGE_BYTES) {
        close(ctx, "a message of " + Integer.toUnsignedString(length) + " bytes");
        return;
      }
      if (bytes.readableBytes() < InternodeHandshake.FRAME_HEADER + length) {
        return;
      }
      byte[] message = new byte[length];
      bytes.getBytes(start + InternodeHandshake.FRAME_HEADER, message);
      if (InternodeHandshake.checksum(crc, message) != bytes.getInt(start + 4)) {
        close(ctx, "a message with a wrong checksum");
        return;
      }
      bytes.skipBytes(InternodeHandshake.FRAME_HEADER + length);
      others.get(network.receiver().lane(from, message)).add(message);
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    for (int i = 0; i < others.size(); i++) {
      List<byte[]> messages = others.get(i);
      if (messages.isEmpty()) {
        continue;
      }
      if (i == lane) {
        deliver(messages);
        messages.clear();
      } else {
        others.set(i, new ArrayList<>());
        hand(ctx.channel(), i, messages);
      }
    }
    if (handedBytes.get() > network.incomingBytes()) {
      isPaused = true;
      ctx.channel().config().setAutoRead(false);
      resumeIfDone(ctx.channel());
    }
  }

  private void hand(Channel channel, int target, List<byte[]> messages) {
    long bytes = 0;
    for (byte[] message : messages) {
      bytes += message.length;
    }
    long handed = bytes;
    handedBytes.addAndGet(handed);
    network
        .lanes()
        .lane(target)
        .execute(
            () -> {
              deliver(messages);
              handedBytes.addAndGet(-handed);
              if (isPaused) {
                channel.eventLoop().execute(() -> resumeIfDone(channel));
              }
            });
  }

  private void resumeIfDone(Channel channel) {
    if (isPaused && handedBytes.get() <= network.incomingBytes() / 2) {
      isPaused = false;
      channel.config().setAutoRead(true);
    }
  }

  private void deliver(List<byte[]> messages) {
    try {
      network.receiver().messages(from, messages);
    } catch (RuntimeException e) {
      LOGGER.error("messages of {} were not borne", from, e);
    }
  }

  private void close(ChannelHandlerContext ctx, String reason) {
    if (!isOver) {
      isOver = true;
      if (from == null) {
        LOGGER.debug("connection of {} is closed: {}", ctx.channel().remoteAddress(), reason);
      } else {
        LOGGER.info("connection of {} is closed: {}", from, reason);
      }
      ctx.close();
    }
  }

  private void releaseCumulation() {
    if (cumulation != null) {
      cumulation.release();
      cumulation = null;
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    isOver = true;
    ended();
  }

  private void ended() {
    if (!isEnded) {
      isEnded = true;
      onClosed.run();
    }
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    releaseCumulation();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof SslHandshakeCompletionEvent end && !end.isSuccess()) {
      exceptionCaught(ctx, end.cause());
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (isOver) {
      return;
    }
    boolean isOfTls = cause instanceof SSLException || cause.getCause() instanceof SSLException;
    String trouble = isOfTls ? network.tls().troubleWithCertificates(cause) : null;
    if (trouble != null) {
      SocketAddress host = ctx.channel().remoteAddress();
      network
          .troubles()
          .warn(
              "a connection of "
                  + (host instanceof InetSocketAddress at ? at.getHostString() : host)
                  + " is refused: "
                  + trouble);
    } else if (isOfTls || cause instanceof IOException) {
      LOGGER.debug("the connection of {} broke", from, cause);
    } else {
      LOGGER.warn("the connection of {} failed", from, cause);
    }
    isOver = true;
    ctx.close();
  }
}
