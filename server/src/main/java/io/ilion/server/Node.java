package io.ilion.server;

import io.ilion.gossip.metadata.MetadataException;
import io.ilion.gossip.topology.TopologyException;
import io.ilion.protocol.Event;
import io.ilion.runtime.Network;
import io.ilion.runtime.NodeAddress;
import io.ilion.runtime.NodeRuntime;
import io.ilion.runtime.system.SystemClock;
import io.ilion.runtime.system.SystemFiles;
import io.ilion.runtime.system.SystemRandom;
import io.ilion.server.config.Config;
import io.ilion.server.config.Settings;
import io.ilion.server.http.NodeHttp;
import io.ilion.server.metrics.Pool;
import io.ilion.server.netty.ConnectionLimits;
import io.ilion.server.netty.CqlListener;
import io.ilion.server.netty.HttpListener;
import io.ilion.server.netty.InternodeNetwork;
import io.ilion.server.netty.InternodeTls;
import io.ilion.server.netty.Lanes;
import io.ilion.server.netty.PeerLimits;
import io.ilion.server.tls.CertificateWatch;
import io.ilion.server.tls.TlsFiles;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A running node: a {@link NodeCore} with threads, disks and sockets of the operating system. */
public final class Node implements AutoCloseable {
  private static final Logger LOGGER = LoggerFactory.getLogger(Node.class);

  /** How long clients are told to ask other nodes before their connections are closed. */
  private static final long REFUSE_NANOS = 200_000_000;

  /** The same where the client asks nothing meanwhile, and so is not told. */
  private static final long SILENT_NANOS = 1_000_000_000;

  /** How long a node that ends waits for requests that are under way. */
  private static final long DRAIN_SECONDS = 5;

  private final Lanes lanes;

  /** Null of a node that is alone. */
  private final InternodeNetwork network;

  private final Closeable lock;
  private final NodeCore core;
  private final CqlListener listener;
  private final NodeWatch watch;
  private final CertificateWatch certificates;

  /** Null of a node that serves no HTTP. */
  private final HttpListener http;

  private final InetSocketAddress address;
  private final AtomicBoolean closed = new AtomicBoolean();

  private Node(
      Lanes lanes,
      InternodeNetwork network,
      Closeable lock,
      NodeCore core,
      CqlListener listener,
      NodeWatch watch,
      CertificateWatch certificates,
      HttpListener http,
      InetSocketAddress address) {
    this.lanes = lanes;
    this.network = network;
    this.lock = lock;
    this.core = core;
    this.listener = listener;
    this.watch = watch;
    this.certificates = certificates;
    this.http = http;
    this.address = address;
  }

  /**
   * Starts a node; it serves when this returns.
   *
   * @throws IOException if it cannot serve with this configuration; the message says why
   */
  public static Node start(Config config) throws IOException {
    return start(config, failure -> LOGGER.error("the node stops: {}", failure.toString()));
  }

  /**
   * Compactions, two flushes and a chore may take long, and leave a thread for each lane's reads.
   */
  private static int backgroundThreads(Config config) {
    return config.get(Settings.LANES) + config.get(Settings.CONCURRENT_COMPACTORS) + 3;
  }

  /**
   * Starts a node.
   *
   * @param fatal told when the node cannot go on, such as after a failed sync of the commit log
   */
  public static Node start(Config config, Consumer<Throwable> fatal) throws IOException {
    String directory = config.get(Settings.DATA_DIRECTORY);
    SystemFiles files = SystemFiles.ofWorkingDirectory();
    SystemClock clock = new SystemClock();
    files.createDirectories(directory);
    Closeable lock = files.lock(directory);
    Lanes lanes = new Lanes(config.get(Settings.LANES), backgroundThreads(config));
    InternodeNetwork network = null;
    NodeWatch watch = new NodeWatch(lanes);
    HttpListener http = null;
    try {
      http = http(config, watch);
      NodeTls tls = NodeTls.of(config, files, clock);
      if (NodeCluster.isConnected(config)) {
        network = network(config, lanes, tls.internode());
      }
      NodeRuntime runtime =
          new NodeRuntime(
              clock,
              lanes,
              network == null ? alone(config) : network,
              files,
              SystemRandom.create(),
              false);
      return assemble(
          config,
          runtime,
          lanes,
          network,
          tls,
          lock,
          watch,
          http,
          failure -> {
            watch.failed(failure);
            fatal.accept(failure);
          });
    } catch (IOException | RuntimeException e) {
      if (http != null) {
        http.close();
      }
      if (network != null) {
        network.close();
      }
      lanes.close();
      lock.close();
      throw e;
    }
  }

  /** The port is open from the first moment, so that a start that takes long is seen to. */
  private static HttpListener http(Config config, NodeWatch watch) throws IOException {
    int port = config.get(Settings.HTTP_PORT);
    return port < 0
        ? null
        : HttpListener.listen(
            new InetSocketAddress(config.get(Settings.HTTP_ADDRESS), port), new NodeHttp(watch));
  }

  private static Network alone(Config config) {
    return Network.alone(
        new NodeAddress(config.get(Settings.BROADCAST_ADDRESS), config.get(Settings.STORAGE_PORT)));
  }

  private static InternodeNetwork network(Config config, Lanes lanes, InternodeTls tls)
      throws IOException {
    return new InternodeNetwork(
        lanes,
        config.get(Settings.BROADCAST_ADDRESS),
        new InetSocketAddress(config.get(Settings.ADDRESS), config.get(Settings.STORAGE_PORT)),
        config.get(Settings.CLUSTER_NAME),
        tls,
        PeerLimits.of(config));
  }

  private static Node assemble(
      Config config,
      NodeRuntime runtime,
      Lanes lanes,
      InternodeNetwork network,
      NodeTls tls,
      Closeable lock,
      NodeWatch watch,
      HttpListener http,
      Consumer<Throwable> fatal)
      throws IOException {
    Host host = new Host(config, lanes, watch, tls.files());
    NodeCore core = NodeCore.open(config, runtime, host, fatal);
    watch.opened(core);
    CqlListener listener =
        new CqlListener(
            lanes,
            runtime.clock(),
            ConnectionLimits.of(config),
            core.service(),
            Release.CQL_VERSION,
            tls.clients());
    host.listener = listener;
    await(core);
    int shardAwarePort = config.get(Settings.NATIVE_SHARD_AWARE_TRANSPORT_PORT);
    if (shardAwarePort >= 0) {
      listener.listenShardAware(
          new InetSocketAddress(config.get(Settings.ADDRESS), shardAwarePort));
    }
    host.address = listener.listen(host.address);
    core.setServing(true);
    watch.serving(true);
    CertificateWatch certificates = CertificateWatch.begin(tls.files(), lanes);
    return new Node(lanes, network, lock, core, listener, watch, certificates, http, host.address);
  }

  private static void await(NodeCore core) throws IOException {
    try {
      core.start().toCompletableFuture().join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof IOException cannot) {
        throw cannot;
      }
      if (e.getCause() instanceof TopologyException || e.getCause() instanceof MetadataException) {
        throw new IOException(e.getCause().getMessage(), e.getCause());
      }
      throw e;
    }
  }

  /** What the core sees of this process. */
  private static final class Host implements NodeHost {
    private final Lanes lanes;
    private final NodeWatch watch;
    private final List<TlsFiles> encryptions;
    private volatile CqlListener listener;
    private volatile InetSocketAddress address;

    Host(Config config, Lanes lanes, NodeWatch watch, List<TlsFiles> encryptions) {
      this.lanes = lanes;
      this.watch = watch;
      this.encryptions = encryptions;
      this.address =
          new InetSocketAddress(
              config.get(Settings.ADDRESS), config.get(Settings.NATIVE_TRANSPORT_PORT));
    }

    @Override
    public int currentLane() {
      return Lanes.current();
    }

    @Override
    public InetSocketAddress nativeAddress() {
      return address;
    }

    @Override
    public void publish(Event event) {
      CqlListener to = listener;
      if (to != null) {
        to.publish(event);
      }
    }

    @Override
    public void stopServing() {
      watch.serving(false);
      CqlListener ends = listener;
      if (ends != null) {
        ends.close();
      }
    }

    @Override
    public synchronized void setServing(boolean isServing) throws IOException {
      CqlListener clients = listener;
      if (clients == null) {
        throw new IllegalStateException("the node is starting");
      }
      if (isServing) {
        clients.resume();
      } else {
        clients.pause();
      }
      watch.serving(isServing);
    }

    @Override
    public List<TlsFiles> encryptions() {
      return encryptions;
    }

    @Override
    public List<ClientState> clients() {
      CqlListener from = listener;
      return from == null ? List.of() : from.clients();
    }

    @Override
    public List<Pool> pools() {
      return lanes.pools();
    }

    @Override
    public Properties properties() {
      return System.getProperties();
    }
  }

  /** Where it serves CQL, with the port that was chosen if the configured one is 0. */
  public InetSocketAddress nativeAddress() {
    return address;
  }

  /** Where it serves HTTP, with the port that was chosen if the configured one is 0, or null. */
  public InetSocketAddress httpAddress() {
    return http == null ? null : http.address();
  }

  /** Lets clients go to other nodes, and what they have asked for come to its end. */
  private void drain() {
    try {
      listener
          .drain(network == null ? 0 : REFUSE_NANOS, SILENT_NANOS)
          .toCompletableFuture()
          .get(DRAIN_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      LOGGER.warn("requests that take long are left without an answer");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
  }

  /** Stops serving, makes everything durable and returns. Idempotent. */
  @Override
  public void close() {
    if (closed.getAndSet(true)) {
      return;
    }
    certificates.close();
    watch.serving(false);
    core.setServing(false);
    core.handOver();
    drain();
    listener.close();
    core.leave().toCompletableFuture().join();
    try {
      if (http != null) {
        http.close();
      }
      if (network != null) {
        network.close();
      }
      core.close();
      lanes.close();
      core.closeFiles();
      lock.close();
    } catch (IOException e) {
      LOGGER.warn("the node did not end cleanly: {}", e.toString());
    }
  }
}
