package io.ilion.server.netty;

import io.ilion.server.http.HttpService;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.util.concurrent.FastThreadLocalThread;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;

/**
 * The HTTP port of a node. It has one thread of its own, so whatever is asked of it costs a lane
 * nothing, and it answers when lanes do not.
 */
public final class HttpListener implements AutoCloseable {
  private static final int LONGEST_LINE = 4 << 10;
  private static final int LARGEST_HEADERS = 16 << 10;
  private static final int LARGEST_CHUNK = 16 << 10;
  private static final int BACKLOG = 64;
  private static final long SHUTDOWN_SECONDS = 5;

  private final MultiThreadIoEventLoopGroup group =
      new MultiThreadIoEventLoopGroup(
          1,
          (ThreadFactory) task -> new FastThreadLocalThread(task, "http"),
          NioIoHandler.newFactory());
  private final ChannelGroup connections = new DefaultChannelGroup(group.next());
  private final InetSocketAddress address;

  private HttpListener(InetSocketAddress wanted, HttpService service, HttpLimits limits)
      throws IOException {
    ChannelFuture bound =
        new ServerBootstrap()
            .group(group)
            .channel(NioServerSocketChannel.class)
            .option(ChannelOption.SO_REUSEADDR, true)
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childHandler(new Connections(service, limits))
            .bind(wanted)
            .awaitUninterruptibly();
    if (!bound.isSuccess()) {
      group.shutdownGracefully(0, SHUTDOWN_SECONDS, TimeUnit.SECONDS);
      throw new IOException(
          "cannot listen for HTTP on "
              + wanted.getHostString()
              + ":"
              + wanted.getPort()
              + ": "
              + CqlListener.reason(wanted, bound.cause())
              + "; http_port is the setting",
          bound.cause());
    }
    address = (InetSocketAddress) bound.channel().localAddress();
  }

  /**
   * Begins to listen.
   *
   * @throws IOException if the address is not free
   */
  public static HttpListener listen(InetSocketAddress wanted, HttpService service)
      throws IOException {
    return new HttpListener(wanted, service, HttpLimits.DEFAULT);
  }

  static HttpListener listen(InetSocketAddress wanted, HttpService service, HttpLimits limits)
      throws IOException {
    return new HttpListener(wanted, service, limits);
  }

  /** Where it listens, with the port that was chosen if 0 was wanted. */
  public InetSocketAddress address() {
    return address;
  }

  /** Ends all connections and the thread. Idempotent. */
  @Override
  public void close() {
    group
        .shutdownGracefully(0, SHUTDOWN_SECONDS, TimeUnit.SECONDS)
        .awaitUninterruptibly(SHUTDOWN_SECONDS, TimeUnit.SECONDS);
  }

  /** Sets up connections, and refuses those that are too many. */
  private final class Connections extends ChannelInitializer<Channel> {
    private final HttpService service;
    private final HttpLimits limits;

    Connections(HttpService service, HttpLimits limits) {
      this.service = service;
      this.limits = limits;
    }

    @Override
    protected void initChannel(Channel channel) {
      if (connections.size() >= limits.connections()) {
        channel.close();
        return;
      }
      connections.add(channel);
      channel
          .pipeline()
          .addLast(
              new HttpServerCodec(
                  new HttpDecoderConfig()
                      .setMaxInitialLineLength(LONGEST_LINE)
                      .setMaxHeaderSize(LARGEST_HEADERS)
                      .setMaxChunkSize(LARGEST_CHUNK)))
          .addLast(new HttpConnection(service, limits));
    }
  }
}
