package io.ilion.server.netty;

import io.ilion.runtime.NodeAddress;
import io.ilion.server.netty.InternodeHandshake.HandshakeException;
import io.ilion.server.netty.InternodeHandshake.Hello;
import io.ilion.server.netty.InternodeHandshake.Verdict;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What one lane has to send to one peer, and the connection for it. Owned by the lane. Messages
 * wait while there is no connection, until one is made or could not be made; then they are dropped.
 * Those that are sent in one turn of the lane leave with one system call.
 */
final class PeerLink {
  private static final Logger LOGGER = LoggerFactory.getLogger(PeerLink.class);

  /** Larger ones are not pooled in a small heap, and to make one takes longer than to fill it. */
  private static final int BUFFER_BYTES = 16 << 10;

  private static final int CONNECT_MILLIS = 3_000;
  private static final int SILENCE_MILLIS = 8_000;
  private static final long HANDSHAKE_MILLIS = 5_000;
  private static final long FIRST_PAUSE_MILLIS = 50;
  private static final long LONGEST_PAUSE_MILLIS = 1_000;

  /**
   * <pre>
   * IDLE -- a message --> CONNECTING -- welcomed --> OPEN
   * CONNECTING, OPEN -- broken --> PAUSING -- time, nothing waits --> IDLE
   *                                        -- time, messages wait --> CONNECTING
   * any -- closed --> CLOSED
   * </pre>
   */
  private enum State {
    IDLE,
    CONNECTING,
    OPEN,
    PAUSING,
    CLOSED
  }

  private final InternodeNetwork network;
  private final NodeAddress peer;
  private final int lane;
  private final OutgoingBytes outgoing;
  private final EventLoop loop;
  private final ArrayDeque<byte[]> waiting = new ArrayDeque<>();
  private final CRC32C crc = new CRC32C();
  private long waitingBytes;
  private State state = State.IDLE;
  private SocketChannel channel;
  private long pauseMillis = FIRST_PAUSE_MILLIS;
  private boolean flushScheduled;

  /** The next connection does without TLS, since that could not be agreed on and is optional. */
  private boolean isPlainNext;

  PeerLink(InternodeNetwork network, NodeAddress peer, int lane, OutgoingBytes outgoing) {
    this.outgoing = outgoing;
    this.network = network;
    this.peer = peer;
    this.lane = lane;
    this.loop = network.lanes().loop(lane);
  }

  /** Sends a message; false if too much waits. */
  boolean send(byte[] message) {
    long bytes = (long) message.length + InternodeHandshake.FRAME_HEADER;
    if (state == State.CLOSED || !outgoing.tryTake(bytes, waitingBytes)) {
      return false;
    }
    waiting.add(message);
    waitingBytes += bytes;
    if (state == State.OPEN) {
      flushAtEndOfTurn();
    } else if (state == State.IDLE) {
      connect();
    }
    return true;
  }

  private void flushAtEndOfTurn() {
    if (!flushScheduled) {
      flushScheduled = true;
      loop.execute(
          () -> {
            flushScheduled = false;
            flush();
          });
    }
  }

  /** Writes as much of what waits as the channel takes. */
  private void flush() {
    if (state != State.OPEN) {
      return;
    }
    boolean written = false;
    while (!waiting.isEmpty() && channel.isWritable()) {
      ByteBuf out = channel.alloc().directBuffer(nextBufferBytes());
      do {
        byte[] message = waiting.poll();
        waitingBytes -= message.length + InternodeHandshake.FRAME_HEADER;
        outgoing.giveBack(message.length + InternodeHandshake.FRAME_HEADER);
        out.writeInt(message.length);
        out.writeInt(InternodeHandshake.checksum(crc, message));
        out.writeBytes(message);
      } while (!waiting.isEmpty()
          && out.writableBytes() >= waiting.peek().length + InternodeHandshake.FRAME_HEADER);
      channel.write(out, channel.voidPromise());
      written = true;
    }
    if (written) {
      channel.flush();
    }
  }

  /** The room for the messages that wait, up to the size of a buffer, but at least for one. */
  private int nextBufferBytes() {
    int first = waiting.peek().length + InternodeHandshake.FRAME_HEADER;
    return Math.max(first, (int) Math.min(waitingBytes, BUFFER_BYTES));
  }

  private void connect() {
    state = State.CONNECTING;
    byte[] literal = NetUtil.createByteArrayFromIpAddressString(peer.host());
    if (literal != null) {
      try {
        connect(new InetSocketAddress(InetAddress.getByAddress(literal), peer.port()));
      } catch (UnknownHostException e) {
        throw new IllegalStateException(e);
      }
    } else {
      // Names are looked up beside the lane, since that may take long.
      network
          .lanes()
          .background()
          .execute(
              () -> {
                InetSocketAddress address = new InetSocketAddress(peer.host(), peer.port());
                loop.execute(() -> connect(address));
              });
    }
  }

  private void connect(InetSocketAddress address) {
    if (state != State.CONNECTING) {
      return;
    }
    if (address.isUnresolved()) {
      broken("there is no host of that name");
      return;
    }
    SocketChannel made = network.lanes().newChannel();
    channel = made;
    made.config().setTcpNoDelay(true).setKeepAlive(true).setConnectTimeoutMillis(CONNECT_MILLIS);
    int high = network.limits().bufferBytes();
    made.config()
        .setOption(ChannelOption.WRITE_BUFFER_WATER_MARK, new WriteBufferWaterMark(high / 2, high));
    if (made instanceof EpollSocketChannel) {
      made.config().setOption(EpollChannelOption.TCP_USER_TIMEOUT, SILENCE_MILLIS);
    }
    InternodeTls tls = isPlainNext ? null : network.tls();
    isPlainNext = false;
    if (tls != null) {
      made.pipeline().addLast(tls.toPeer(peer, network.lanes().background()));
    }
    made.pipeline().addLast(new Outbound(made, tls));
    loop.register(made)
        .addListener(
            registered -> {
              if (registered.isSuccess()) {
                made.connect(address)
                    .addListener(
                        connected -> {
                          if (!connected.isSuccess()) {
                            broken(made, connected.cause().getMessage());
                          }
                        });
              } else {
                made.unsafe().closeForcibly();
                broken(made, registered.cause().getMessage());
              }
            });
  }

  private void welcomed() {
    state = State.OPEN;
    pauseMillis = FIRST_PAUSE_MILLIS;
    network.connected(peer);
    flush();
  }

  private void broken(SocketChannel of, String reason) {
    if (of.equals(channel)) {
      broken(reason);
    }
  }

  /** There is no connection any more: what waits is dropped, and the next one is for later. */
  private void broken(String reason) {
    if (state != State.CONNECTING && state != State.OPEN) {
      return;
    }
    if (state == State.OPEN) {
      LOGGER.info("the connection to {} broke: {}", peer, reason);
    } else {
      LOGGER.debug("no connection to {}: {}", peer, reason);
    }
    state = State.PAUSING;
    channel = null;
    drop();
    network.disconnected(peer);
    loop.schedule(this::pauseOver, pauseMillis, TimeUnit.MILLISECONDS);
    pauseMillis = Math.min(pauseMillis * 2, LONGEST_PAUSE_MILLIS);
  }

  /** Goes on without TLS if that may be; what waits is not lost then. */
  private void withoutTls(SocketChannel of, InternodeTls tls, String reason) {
    if (state != State.CONNECTING || !of.equals(channel)) {
      return;
    }
    if (tls.isOptional()) {
      network.troubles().warn(peer + " is talked to without TLS: " + reason);
      isPlainNext = true;
      channel = null;
      connect();
    } else {
      network.troubles().warn("no connection to " + peer + " with TLS: " + reason);
      broken(reason);
    }
  }

  private void pauseOver() {
    if (state == State.PAUSING) {
      state = State.IDLE;
      if (!waiting.isEmpty()) {
        connect();
      }
    }
  }

  private void drop() {
    waiting.clear();
    outgoing.giveBack(waitingBytes);
    waitingBytes = 0;
  }

  /** Ends the connection for good. */
  void close() {
    if (state == State.CLOSED) {
      return;
    }
    state = State.CLOSED;
    drop();
    if (channel != null) {
      channel.close();
    }
    network.disconnected(peer);
  }

  /** The connection: after the welcome nothing arrives on it. */
  private final class Outbound extends ChannelInboundHandlerAdapter {
    private final SocketChannel own;

    /** Null if the connection is not encrypted. */
    private final InternodeTls tls;

    private ByteBuf received;
    private boolean isConnected;
    private boolean isEncrypted;
    private boolean isWelcome;

    Outbound(SocketChannel own, InternodeTls tls) {
      this.own = own;
      this.tls = tls;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
      isConnected = true;
      Hello hello = new Hello(lane, network.cluster(), network.self());
      ctx.writeAndFlush(InternodeHandshake.encode(hello, ctx.alloc()), ctx.voidPromise());
      loop.schedule(
          () -> {
            if (!isWelcome) {
              fail(ctx, "it does not answer");
            }
          },
          HANDSHAKE_MILLIS,
          TimeUnit.MILLISECONDS);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      ByteBuf bytes = (ByteBuf) message;
      try {
        if (isWelcome || bytes.readableBytes() > InternodeHandshake.WELCOME_BYTES) {
          fail(ctx, "it sends what nobody asked for");
          return;
        }
        if (received == null) {
          received = ctx.alloc().buffer(InternodeHandshake.WELCOME_BYTES * 2);
        }
        received.writeBytes(bytes);
        Verdict verdict = InternodeHandshake.readVerdict(received);
        if (verdict == null) {
          return;
        }
        if (verdict == Verdict.OTHER_NAME && tls != null && tls.isOptional()) {
          withoutTls(own, tls, verdict.text());
          ctx.close();
        } else if (verdict != Verdict.WELCOME) {
          network.troubles().warn(peer + " refuses this node: " + verdict.text());
          fail(ctx, "refused");
        } else if (state == State.CONNECTING && own.equals(channel)) {
          isWelcome = true;
          welcomed();
        }
      } catch (HandshakeException e) {
        network.troubles().warn(peer + " is no node of this version: " + e.getMessage());
        fail(ctx, e.getMessage());
      } finally {
        bytes.release();
      }
    }

    private void fail(ChannelHandlerContext ctx, String reason) {
      broken(own, reason);
      ctx.close();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
      if (own.equals(channel) && own.isWritable()) {
        flush();
      }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      if (event instanceof SslHandshakeCompletionEvent end) {
        if (end.isSuccess()) {
          isEncrypted = true;
        } else {
          ended(
              ctx.channel().isActive()
                  ? tls.reason(end.cause())
                  : "it closed the connection before TLS was agreed on");
        }
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      ended("the other side closed it");
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
      if (received != null) {
        received.release();
        received = null;
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      ended(tls == null ? String.valueOf(cause.getMessage()) : tls.reason(cause));
      ctx.close();
    }

    /**
     * The connection is over. If it was encrypted, and the other side has not said anything yet, it
     * most likely does not want TLS, or not of this node.
     */
    private void ended(String reason) {
      if (tls == null || !isConnected || isWelcome) {
        broken(own, reason);
      } else {
        withoutTls(
            own,
            tls,
            isEncrypted ? "it ended the connection after TLS was agreed on: " + reason : reason);
      }
    }
  }
}
