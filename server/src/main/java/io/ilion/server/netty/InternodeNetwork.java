package io.ilion.server.netty;

import io.ilion.runtime.Network;
import io.ilion.runtime.NodeAddress;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.util.concurrent.ImmediateEventExecutor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Messages between nodes over TCP. Each lane has a connection of its own to each peer, made when
 * the first message is sent, which only sends; the answers come by the peer's own connections. So
 * to send a message no lane waits for another, and nothing is locked.
 */
public final class InternodeNetwork implements Network, AutoCloseable {
  private static final Logger LOGGER = LoggerFactory.getLogger(InternodeNetwork.class);
  private static final int BACKLOG = 256;
  private static final int MOST_INBOUND = 8192;
  private static final long ACCEPT_RETRY_MILLIS = 1_000;

  private final Lanes lanes;
  private final NodeAddress self;
  private final String cluster;

  /** Null if nodes do not talk TLS. */
  private final InternodeTls tls;

  private final PeerLimits limits;
  private final Troubles troubles = new Troubles("other nodes", System::nanoTime);
  private final List<Map<NodeAddress, PeerLink>> links = new ArrayList<>();
  private final List<OutgoingBytes> outgoing = new ArrayList<>();
  private final AtomicInteger inboundCount = new AtomicInteger();
  private final ChannelGroup inbound = new DefaultChannelGroup(ImmediateEventExecutor.INSTANCE);
  private ServerSocketChannel server;
  private volatile Receiver receiver;
  private volatile boolean closed;

  /**
   * A network that is bound, and accepts connections once it has a receiver.
   *
   * @param self where other nodes reach this one; the port is the one that is bound if it is 0
   * @param address where to listen
   * @param cluster the name of the cluster; nodes of others are refused
   * @param tls how to encrypt, or null
   * @param limits what connections may take
   * @throws IOException if the address is not free
   */
  public InternodeNetwork(
      Lanes lanes,
      String self,
      InetSocketAddress address,
      String cluster,
      InternodeTls tls,
      PeerLimits limits)
      throws IOException {
    this.lanes = lanes;
    this.cluster = cluster;
    this.tls = tls;
    this.limits = limits;
    RequestBudget waiting = new RequestBudget(limits.outgoingBytes(), lanes.laneCount());
    for (int i = 0; i < lanes.laneCount(); i++) {
      links.add(new HashMap<>());
      outgoing.add(new OutgoingBytes(waiting, limits.outgoingBytes()));
    }
    int port = bind(address);
    this.self = new NodeAddress(self, port);
  }

  private int bind(InetSocketAddress address) throws IOException {
    server = lanes.newServerChannel();
    server.config().setOption(ChannelOption.SO_REUSEADDR, true);
    server.config().setOption(ChannelOption.SO_BACKLOG, BACKLOG);
    server.config().setAutoRead(false);
    server.pipeline().addLast(new Acceptor());
    lanes.loop(0).register(server).syncUninterruptibly();
    var bound = server.bind(address).awaitUninterruptibly();
    if (!bound.isSuccess()) {
      server.close().awaitUninterruptibly();
      throw new IOException(
          "cannot listen on "
              + address.getHostString()
              + ":"
              + address.getPort()
              + " for other nodes: "
              + CqlListener.reason(address, bound.cause()),
          bound.cause());
    }
    return server.localAddress().getPort();
  }

  Lanes lanes() {
    return lanes;
  }

  String cluster() {
    return cluster;
  }

  PeerLimits limits() {
    return limits;
  }

  /** What of incoming messages one connection may have wait for other lanes. */
  long incomingBytes() {
    return limits.incomingBytes() / Math.max(1, inboundCount.get());
  }

  /** How to encrypt, or null. */
  InternodeTls tls() {
    return tls;
  }

  /** Who says what is wrong with other nodes. */
  Troubles troubles() {
    return troubles;
  }

  boolean isClosed() {
    return closed;
  }

  Receiver receiver() {
    return receiver;
  }

  @Override
  public NodeAddress self() {
    return self;
  }

  @Override
  public void listen(Receiver to) {
    if (receiver != null) {
      throw new IllegalStateException("this node listens already");
    }
    receiver = to;
    server.config().setAutoRead(true);
  }

  @Override
  public boolean send(NodeAddress peer, byte[] message) {
    if (message.length > MAX_MESSAGE_BYTES) {
      throw new IllegalArgumentException("a message of " + message.length + " bytes");
    }
    if (closed) {
      return false;
    }
    int lane = Lanes.current();
    if (lane >= 0 && lane < links.size() && lanes.loop(lane).inEventLoop()) {
      return link(lane, peer).send(message);
    }
    lanes
        .lane(0)
        .execute(
            () -> {
              if (!closed && !link(0, peer).send(message)) {
                LOGGER.debug("a message to {} was dropped, since too many wait", peer);
              }
            });
    return true;
  }

  private PeerLink link(int lane, NodeAddress peer) {
    Map<NodeAddress, PeerLink> own = links.get(lane);
    PeerLink link = own.get(peer);
    if (link == null) {
      link = new PeerLink(this, peer, lane, outgoing.get(lane));
      own.put(peer, link);
    }
    return link;
  }

  @Override
  public void disconnect(NodeAddress peer) {
    for (int i = 0; i < links.size(); i++) {
      Map<NodeAddress, PeerLink> own = links.get(i);
      lanes
          .lane(i)
          .execute(
              () -> {
                PeerLink link = own.remove(peer);
                if (link != null) {
                  link.close();
                }
              });
    }
  }

  void connected(NodeAddress peer) {
    lanes.lane(0).execute(() -> receiver.connected(peer));
  }

  void disconnected(NodeAddress peer) {
    if (!closed) {
      lanes.lane(0).execute(() -> receiver.disconnected(peer));
    }
  }

  /** Stops to listen, to send and to take what arrives; the lanes end the rest. Idempotent. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    server.close().awaitUninterruptibly();
    // A loop that ends at once may leave its channels open, and who sends to them would not hear.
    inbound.close().awaitUninterruptibly();
    for (int i = 0; i < links.size(); i++) {
      Map<NodeAddress, PeerLink> own = links.get(i);
      lanes.lane(i).execute(() -> own.values().forEach(PeerLink::close));
    }
  }

  /** Takes connections of peers. */
  private final class Acceptor extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      Channel channel = (Channel) message;
      if (closed || inboundCount.incrementAndGet() > MOST_INBOUND) {
        inboundCount.decrementAndGet();
        channel.unsafe().closeForcibly();
        return;
      }
      channel.config().setOption(ChannelOption.TCP_NODELAY, true);
      channel.config().setOption(ChannelOption.SO_KEEPALIVE, true);
      Lanes.limitReads(channel);
      if (tls != null) {
        channel.pipeline().addLast(new TlsOrPlain(() -> tls.ofPeer(lanes.background()), () -> {}));
      }
      channel.pipeline().addLast(new InboundPeer(InternodeNetwork.this, this::ended));
      EventLoop first = lanes.loop(0);
      first
          .register(channel)
          .addListener(
              registered -> {
                if (registered.isSuccess()) {
                  inbound.add(channel);
                } else {
                  channel.unsafe().closeForcibly();
                  ended();
                }
              });
    }

    private void ended() {
      inboundCount.decrementAndGet();
    }

    /** No more can be accepted just now (no file descriptors, most likely): try again later. */
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      LOGGER.warn("cannot accept connections of other nodes", cause);
      ctx.channel().config().setAutoRead(false);
      lanes
          .loop(0)
          .schedule(
              () -> ctx.channel().config().setAutoRead(true),
              ACCEPT_RETRY_MILLIS,
              TimeUnit.MILLISECONDS);
    }
  }
}
