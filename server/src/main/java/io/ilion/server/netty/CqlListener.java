package io.ilion.server.netty;

import io.ilion.protocol.Event;
import io.ilion.runtime.Clock;
import io.ilion.server.ClientState;
import io.ilion.server.CqlService;
import io.ilion.server.config.Encryption;
import io.ilion.server.connection.ServerOptions;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.ServerSocketChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The ports where CQL is served. Connections to the ordinary port are spread over the lanes in
 * turn; on the shard-aware port a client chooses the lane by its own port, modulo the number of
 * lanes.
 */
public final class CqlListener implements AutoCloseable {
  private static final Logger LOGGER = LoggerFactory.getLogger(CqlListener.class);
  private static final int BACKLOG = 1024;

  /** So many buffers of a connection are read at once, then it is the turn of others. */
  private static final int MOST_READS = 4;

  private static final long SWEEP_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
  private static final long ACCEPT_RETRY_NANOS = TimeUnit.SECONDS.toNanos(1);
  static final WriteBufferWaterMark WATER_MARK = new WriteBufferWaterMark(256 << 10, 1 << 20);

  private final Lanes lanes;
  private final Clock clock;
  private final ConnectionLimits limits;
  private final CqlService service;
  private final String cqlVersion;

  /** Null if clients do not talk TLS. */
  private final ClientTls tls;

  private final Encryption encryption;
  private final Troubles troubles;
  private final LaneMailbox[] mailboxes;
  private final AtomicLong lastId = new AtomicLong();
  private final AtomicInteger nextLane = new AtomicInteger();
  private final AtomicInteger connectionCount = new AtomicInteger();
  private final Map<InetAddress, ClientAddress> perAddress = new ConcurrentHashMap<>();
  private final Map<Long, ClientState> clients = new ConcurrentHashMap<>();
  private final List<Channel> serverChannels = new ArrayList<>();

  /** Where it listened before it was paused. Guarded by serverChannels. */
  private final List<Place> paused = new ArrayList<>();

  private volatile ServerOptions options;
  private final CompletableFuture<Void> drained = new CompletableFuture<>();
  private volatile boolean draining;
  private volatile boolean closed;

  /**
   * Creates a listener that does not listen yet.
   *
   * @param service executes what clients ask for
   * @param cqlVersion the version of CQL that is announced, such as 3.4.7
   * @param tls how to encrypt, or null
   */
  public CqlListener(
      Lanes lanes,
      Clock clock,
      ConnectionLimits limits,
      CqlService service,
      String cqlVersion,
      ClientTls tls) {
    this.lanes = lanes;
    this.clock = clock;
    this.limits = limits;
    this.service = service;
    this.cqlVersion = cqlVersion;
    this.tls = tls;
    this.encryption = tls == null ? Encryption.NONE : tls.mode();
    this.troubles = new Troubles("clients", clock::nanoTime);
    this.options = new ServerOptions(cqlVersion, lanes.laneCount(), 0, encryption);
    this.mailboxes = new LaneMailbox[lanes.laneCount()];
    RequestBudget budget = new RequestBudget(limits.maxRequestBytes(), mailboxes.length);
    BufferBudget buffers = new BufferBudget(limits.maxBufferBytes());
    for (int i = 0; i < mailboxes.length; i++) {
      LaneAdmission admission =
          new LaneAdmission(lanes.lane(i), clock, limits.maxRequests() / mailboxes.length);
      mailboxes[i] = new LaneMailbox(lanes.lane(i), mailboxes, budget, buffers, admission, clock);
    }
  }

  /**
   * Begins to listen for clients that choose their lane, and announces the port. To be called
   * before {@link #listen}, so that every client hears of it.
   *
   * @return the address with the port that was taken
   * @throws IOException if the address is not free
   */
  public InetSocketAddress listenShardAware(InetSocketAddress address) throws IOException {
    InetSocketAddress bound = bind(address, true);
    options = new ServerOptions(cqlVersion, lanes.laneCount(), bound.getPort(), encryption);
    return bound;
  }

  /**
   * Begins to listen.
   *
   * @return the address with the port that was taken
   * @throws IOException if the address is not free
   */
  public InetSocketAddress listen(InetSocketAddress address) throws IOException {
    InetSocketAddress bound = bind(address, false);
    for (LaneMailbox mailbox : mailboxes) {
      mailbox.lane().schedule(SWEEP_NANOS, () -> sweep(mailbox));
    }
    return bound;
  }

  /** Where clients of a kind come. */
  private record Place(InetSocketAddress address, boolean isShardAware) {}

  /**
   * Stops listening, and closes each connection when what it has asked for has its answers.
   * Idempotent.
   */
  public void pause() {
    synchronized (serverChannels) {
      for (Channel channel : serverChannels) {
        boolean isShardAware = channel.pipeline().get(Acceptor.class).shardAware;
        paused.add(new Place((InetSocketAddress) channel.localAddress(), isShardAware));
      }
      stopListening();
    }
    for (LaneMailbox mailbox : mailboxes) {
      mailbox.lane().execute(() -> closeWhenIdle(mailbox, true));
    }
  }

  /**
   * Listens again where it did before it was paused. Idempotent.
   *
   * @throws IOException if an address has been taken meanwhile
   * @throws IllegalStateException if it has been closed
   */
  public void resume() throws IOException {
    synchronized (serverChannels) {
      if (closed || draining) {
        throw new IllegalStateException("clients are served no more");
      }
      while (!paused.isEmpty()) {
        bind(paused.getFirst().address(), paused.getFirst().isShardAware());
        paused.removeFirst();
      }
    }
  }

  private InetSocketAddress bind(InetSocketAddress address, boolean shardAware) throws IOException {
    ServerSocketChannel server = lanes.newServerChannel();
    server.config().setOption(ChannelOption.SO_REUSEADDR, true);
    server.config().setOption(ChannelOption.SO_BACKLOG, BACKLOG);
    server.pipeline().addLast(new Acceptor(shardAware));
    lanes.loop(0).register(server).syncUninterruptibly();
    var bound = server.bind(address).awaitUninterruptibly();
    if (!bound.isSuccess()) {
      server.close().awaitUninterruptibly();
      throw new IOException(
          "cannot listen on "
              + address.getHostString()
              + ":"
              + address.getPort()
              + (shardAware ? " for clients that choose their lane" : "")
              + ": "
              + reason(address, bound.cause()),
          bound.cause());
    }
    synchronized (serverChannels) {
      serverChannels.add(server);
    }
    return server.localAddress();
  }

  /** Why an address cannot be taken, without the name and number that the system call adds. */
  static String reason(InetSocketAddress address, Throwable cause) {
    return address.isUnresolved()
        ? "there is no host of that name"
        : String.valueOf(cause.getMessage()).replaceFirst("^.*error\\(-?\\d+\\): ", "");
  }

  /** Tells every client that has registered for it. Any thread may call this. */
  public void publish(Event event) {
    for (LaneMailbox mailbox : mailboxes) {
      mailbox.lane().execute(() -> mailbox.publish(event));
    }
  }

  /** The connections that are open now, in the order in which they were opened. */
  public List<ClientState> clients() {
    List<ClientState> list = new ArrayList<>(clients.values());
    list.sort(Comparator.comparingLong(ClientState::id));
    return list;
  }

  private void sweep(LaneMailbox mailbox) {
    if (closed) {
      return;
    }
    long nanos = clock.nanoTime();
    try {
      for (ClientConnection connection : List.copyOf(mailbox.connections())) {
        connection.checkDeadlines(nanos);
      }
    } finally {
      mailbox.lane().schedule(SWEEP_NANOS, () -> sweep(mailbox));
    }
  }

  /**
   * Stops listening, and closes each connection when all its requests have their answers.
   *
   * @param refuseNanos how long clients are told before to ask other nodes, which those do that
   *     can, instead of seeing a connection end behind a request; 0 if there are none to ask
   * @param silentNanos how long the connections stay on which none has asked meanwhile
   * @return completes when all connections are closed, which is for ever if a request takes so long
   */
  public CompletionStage<Void> drain(long refuseNanos, long silentNanos) {
    stopListening();
    draining = true;
    for (LaneMailbox mailbox : mailboxes) {
      mailbox
          .lane()
          .execute(
              () -> {
                if (refuseNanos == 0) {
                  closeWhenIdle(mailbox, true);
                } else {
                  mailbox.connections().forEach(ClientConnection::refuseRequests);
                  mailbox.lane().schedule(refuseNanos, () -> closeWhenIdle(mailbox, false));
                  mailbox.lane().schedule(silentNanos, () -> closeWhenIdle(mailbox, true));
                }
              });
    }
    noteDrained();
    return drained;
  }

  private static void closeWhenIdle(LaneMailbox mailbox, boolean alsoSilent) {
    for (ClientConnection connection : List.copyOf(mailbox.connections())) {
      if (alsoSilent || connection.hasRefused()) {
        connection.closeWhenIdle();
      }
    }
  }

  private void noteDrained() {
    if (draining && clients.isEmpty()) {
      drained.complete(null);
    }
  }

  private void stopListening() {
    synchronized (serverChannels) {
      serverChannels.forEach(channel -> channel.close().awaitUninterruptibly());
      serverChannels.clear();
    }
  }

  /** Stops listening and closes all connections. Idempotent. */
  @Override
  public void close() {
    closed = true;
    stopListening();
    for (LaneMailbox mailbox : mailboxes) {
      mailbox
          .lane()
          .execute(() -> List.copyOf(mailbox.connections()).forEach(ClientConnection::closeNow));
    }
  }

  /** What the connections from an address share, with this one; null if there are too many. */
  private ClientAddress admit(InetAddress address) {
    if (connectionCount.incrementAndGet() > limits.maxConnections()) {
      connectionCount.decrementAndGet();
      return null;
    }
    ClientAddress client =
        perAddress.compute(
            address,
            (key, others) -> (others == null ? new ClientAddress(0, newBudget()) : others).with(1));
    if (client.connections() > limits.maxConnectionsPerAddress()) {
      release(address);
      return null;
    }
    return client;
  }

  private RequestBudget newBudget() {
    return new RequestBudget(limits.maxRequestBytesPerAddress(), mailboxes.length);
  }

  private void release(InetAddress address) {
    connectionCount.decrementAndGet();
    perAddress.computeIfPresent(
        address, (key, client) -> client.connections() == 1 ? null : client.with(-1));
  }

  /** Gives new connections to their lanes. */
  private final class Acceptor extends ChannelInboundHandlerAdapter {
    private final boolean shardAware;

    Acceptor(boolean shardAware) {
      this.shardAware = shardAware;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      Channel channel = (Channel) message;
      if (!(channel.remoteAddress() instanceof InetSocketAddress remote)) {
        channel.unsafe().closeForcibly();
        return;
      }
      ClientAddress address = closed ? null : admit(remote.getAddress());
      if (address == null) {
        LOGGER.info("connection from {} is refused: there are too many", remote);
        channel.unsafe().closeForcibly();
        return;
      }
      int lane =
          shardAware
              ? remote.getPort() % mailboxes.length
              : Math.floorMod(nextLane.getAndIncrement(), mailboxes.length);
      ClientState client = new ClientState(lastId.incrementAndGet(), remote, lane);
      clients.put(client.id(), client);
      channel.config().setOption(ChannelOption.TCP_NODELAY, true);
      channel.config().setOption(ChannelOption.SO_KEEPALIVE, true);
      channel.config().setOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK);
      channel.config().setOption(ChannelOption.MAX_MESSAGES_PER_READ, MOST_READS);
      ClientConnection connection = connection(client, address.budget());
      if (tls != null) {
        channel
            .pipeline()
            .addLast(new TlsOrPlain(() -> encryptionOf(connection), () -> isPlain(client)));
      }
      channel.pipeline().addLast(connection);
      lanes
          .loop(lane)
          .register(channel)
          .addListener(
              future -> {
                if (!future.isSuccess()) {
                  channel.unsafe().closeForcibly();
                  forget(client);
                }
              });
    }

    private ClientConnection connection(ClientState client, RequestBudget budget) {
      return new ClientConnection(
          client, mailboxes, clock, limits, service, budget, options, () -> forget(client));
    }

    private TlsHandler encryptionOf(ClientConnection connection) {
      TlsHandler handler = tls.ofClient(lanes.handshakes());
      connection.encryptBy(handler, failure -> failedToEncrypt(connection.client, failure));
      return handler;
    }

    private void failedToEncrypt(ClientState client, Throwable failure) {
      String trouble = tls.troubleWithCertificates(failure);
      if (trouble != null) {
        refused(client, trouble);
      } else {
        LOGGER.debug("TLS with {} failed", client.remoteAddress(), failure);
      }
    }

    /** It will be told why it may not. */
    private void isPlain(ClientState client) {
      if (encryption == Encryption.ALL) {
        refused(client, "it tries to talk without TLS (client_encryption)");
      }
    }

    private void refused(ClientState client, String why) {
      String host = client.remoteAddress().getAddress().getHostAddress();
      troubles.warn("a client at " + host + " is refused: " + why);
    }

    private void forget(ClientState client) {
      if (clients.remove(client.id()) != null) {
        release(client.remoteAddress().getAddress());
        noteDrained();
      }
    }

    /** No more can be accepted just now (no file descriptors, most likely): try again later. */
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      LOGGER.warn("cannot accept connections", cause);
      ctx.channel().config().setAutoRead(false);
      lanes.lane(0).schedule(ACCEPT_RETRY_NANOS, () -> ctx.channel().config().setAutoRead(true));
    }
  }
}
