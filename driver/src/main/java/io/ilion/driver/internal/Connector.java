package io.ilion.driver.internal;

import io.ilion.driver.ConnectionException;
import io.ilion.driver.ProtocolErrorException;
import io.ilion.driver.ServerException;
import io.ilion.driver.TlsOptions;
import io.ilion.model.ErrorCode;
import io.ilion.protocol.ProtocolVersion;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.handler.ssl.SslHandler;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;

/** Opens connections, and finds out which version of the protocol the servers speak. */
public final class Connector {
  private static final int LOW_WATER_MARK = 256 * 1024;
  private static final int HIGH_WATER_MARK = 1024 * 1024;

  private final EventLoops loops;
  private final ConnectionSettings settings;
  private final AtomicLong channels = new AtomicLong();
  private volatile ProtocolVersion version;
  private final boolean negotiate;

  /** A connector; the version is negotiated downwards from the given one unless it is fixed. */
  public Connector(
      EventLoops loops, ConnectionSettings settings, ProtocolVersion version, boolean negotiate) {
    this.loops = loops;
    this.settings = settings;
    this.version = version;
    this.negotiate = negotiate;
  }

  /** A connection that is ready, and what its server supports. */
  public record Opened(Connection connection, Map<String, List<String>> supported) {}

  /** How connections are made. */
  public ConnectionSettings settings() {
    return settings;
  }

  /** The version that connections are opened with now. */
  public ProtocolVersion version() {
    return version;
  }

  /**
   * Opens a connection.
   *
   * @param keyspace to be used by it, or null
   * @param localPort the port to come from, or 0
   */
  public CompletableFuture<Opened> open(InetSocketAddress address, String keyspace, int localPort) {
    ProtocolVersion tried = version;
    if (loops.isClosing()) {
      return CompletableFuture.failedFuture(
          new ConnectionException("The session is closed", address, false, null));
    }
    return attempt(address, keyspace, localPort, tried)
        .handle(
            (opened, error) -> {
              if (error == null) {
                return CompletableFuture.completedFuture(opened);
              }
              Throwable cause = unwrap(error);
              if (negotiate && tried != ProtocolVersion.V3 && isVersionRefused(cause)) {
                lower(tried);
                return open(address, keyspace, localPort);
              }
              return CompletableFuture.<Opened>failedFuture(cause);
            })
        .thenCompose(result -> result);
  }

  private synchronized void lower(ProtocolVersion refused) {
    if (version == refused) {
      version = ProtocolVersion.values()[refused.ordinal() - 1];
    }
  }

  /** Servers of Cassandra refuse with this text; others with a version of their own. */
  private static boolean isVersionRefused(Throwable error) {
    String message = String.valueOf(error.getMessage());
    return (error instanceof ServerException server
            && server.code() == ErrorCode.PROTOCOL_ERROR
            && (message.contains("Invalid or unsupported protocol version")
                || message.contains("Beta version of the protocol used")))
        || (error instanceof ConnectionException
            && message.contains("Invalid or unsupported protocol version"));
  }

  static Throwable unwrap(Throwable error) {
    return error instanceof CompletionException && error.getCause() != null
        ? error.getCause()
        : error;
  }

  private CompletableFuture<Opened> attempt(
      InetSocketAddress address, String keyspace, int localPort, ProtocolVersion tried) {
    InetSocketAddress resolved =
        address.isUnresolved()
            ? new InetSocketAddress(address.getHostString(), address.getPort())
            : address;
    // Resolved it equals what the tables of the system say, and still bears the name for TLS.
    Connection connection = new Connection(settings, tried, resolved);
    Bootstrap bootstrap =
        new Bootstrap()
            .group(loops.group())
            .channelFactory(() -> new NumberedChannel(channels))
            .option(ChannelOption.TCP_NODELAY, true)
            .option(ChannelOption.SO_KEEPALIVE, true)
            .option(
                ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) settings.connectTimeout().toMillis())
            .option(
                ChannelOption.WRITE_BUFFER_WATER_MARK,
                new WriteBufferWaterMark(LOW_WATER_MARK, HIGH_WATER_MARK))
            .handler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    if (settings.tls() != null) {
                      channel.pipeline().addLast(tls(settings.tls(), address));
                    }
                    channel.pipeline().addLast(connection);
                  }
                });
    CompletableFuture<Opened> result = new CompletableFuture<>();
    SocketAddress local = localPort == 0 ? null : new InetSocketAddress(localPort);
    ChannelFuture connected =
        local == null ? bootstrap.connect(resolved) : bootstrap.connect(resolved, local);
    connected.addListener(
        done -> {
          if (!done.isSuccess()) {
            result.completeExceptionally(
                new ConnectionException(
                    "Cannot connect: " + reason(done.cause()), address, false, done.cause()));
            return;
          }
          Handshake.begin(connection, settings, keyspace)
              .whenComplete(
                  (supported, error) -> {
                    if (error != null) {
                      connection.close();
                      result.completeExceptionally(described(unwrap(error), address));
                    } else {
                      connection.startHeartbeat();
                      result.complete(new Opened(connection, supported));
                    }
                  });
        });
    return result;
  }

  /** Bytes that cannot be read at this point most often mean another version. */
  private static Throwable described(Throwable error, InetSocketAddress address) {
    return error instanceof RuntimeException
        ? error
        : new ProtocolErrorException(String.valueOf(error.getMessage()), address, error);
  }

  private static SslHandler tls(TlsOptions options, InetSocketAddress address) {
    SSLEngine engine =
        options.context().createSSLEngine(address.getHostString(), address.getPort());
    engine.setUseClientMode(true);
    SSLParameters parameters = engine.getSSLParameters();
    if (options.verifyHostname()) {
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
    }
    if (!options.protocols().isEmpty()) {
      parameters.setProtocols(options.protocols().toArray(String[]::new));
    }
    if (!options.cipherSuites().isEmpty()) {
      parameters.setCipherSuites(options.cipherSuites().toArray(String[]::new));
    }
    engine.setSSLParameters(parameters);
    return new SslHandler(engine);
  }

  /** Of a name that nobody knows the cause says the name alone. */
  private static String reason(Throwable cause) {
    return cause instanceof UnknownHostException
        ? "unknown host " + cause.getMessage()
        : cause.getMessage();
  }
}
