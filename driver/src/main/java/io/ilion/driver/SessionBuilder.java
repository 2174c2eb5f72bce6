package io.ilion.driver;

import io.ilion.driver.codec.CodecRegistry;
import io.ilion.driver.internal.Cluster;
import io.ilion.driver.internal.ClusterSettings;
import io.ilion.driver.internal.ConnectionSettings;
import io.ilion.driver.internal.Connector;
import io.ilion.driver.internal.EventLoops;
import io.ilion.driver.internal.Names;
import io.ilion.driver.metadata.MetadataListener;
import io.ilion.driver.policy.DatacenterPolicy;
import io.ilion.driver.policy.LoadBalancingPolicy;
import io.ilion.driver.policy.ReconnectionPolicy;
import io.ilion.driver.policy.RetryPolicy;
import io.ilion.driver.policy.SpeculativeExecutionPolicy;
import io.ilion.driver.policy.ThrottlingPolicy;
import io.ilion.model.Consistency;
import io.ilion.protocol.Compression;
import io.ilion.protocol.ProtocolVersion;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;

/**
 * Everything that a session can be told, with a default for each. To be used once, by one thread.
 *
 * <pre>{@code
 * Session session = Session.builder()
 *     .contactPoint("10.0.0.1").contactPoint("10.0.0.2")
 *     .loadBalancing(DatacenterPolicy.standard().preferring("paris"))
 *     .authenticator(Authenticator.plain("app", secret))
 *     .tls(TlsOptions.of(SSLContext.getDefault()))
 *     .connect();
 * }</pre>
 */
public final class SessionBuilder {
  private static final int DEFAULT_PORT = 9042;
  private static final int MAX_FRAME_BYTES = 256 * 1024 * 1024;
  private static final int MAX_THREADS = 8;

  private final List<InetSocketAddress> contactPoints = new ArrayList<>();
  private final List<MetadataListener> listeners = new ArrayList<>();
  private final Map<String, String> startupOptions = new LinkedHashMap<>();
  private String keyspace;
  private LoadBalancingPolicy loadBalancing = DatacenterPolicy.standard();
  private ReconnectionPolicy reconnection =
      ReconnectionPolicy.exponential(Duration.ofMillis(200), Duration.ofSeconds(30));
  private AddressTranslator translator = AddressTranslator.none();
  private Authenticator authenticator;
  private TlsOptions tls;
  private Compression compression = Compression.NONE;
  private ProtocolVersion version = ProtocolVersion.V5;
  private boolean negotiate = true;
  private Duration connectTimeout = Duration.ofSeconds(5);
  private Duration heartbeatInterval = Duration.ofSeconds(30);
  private Duration heartbeatTimeout = Duration.ofSeconds(5);
  private int connectionsPerNode = 1;
  private int maxInFlight = 2048;
  private int maxWaiting = 16_384;
  private boolean schema = true;
  private Duration eventDelay = Duration.ofMillis(200);
  private Duration agreementTimeout = Duration.ofSeconds(10);
  private int threads =
      Math.max(1, Math.min(MAX_THREADS, Runtime.getRuntime().availableProcessors() / 4));

  Settings defaults =
      Settings.NONE
          .consistency(Consistency.LOCAL_ONE)
          .serialConsistency(Consistency.SERIAL)
          .timeout(Duration.ofSeconds(2))
          .pageSize(5000);
  CodecRegistry codecs = CodecRegistry.standard();
  Executor executor;
  DriverMetrics metrics = DriverMetrics.NONE;
  boolean measured;
  TimestampGenerator timestamps = TimestampGenerator.monotonic();
  RetryPolicy retries = RetryPolicy.standard();
  SpeculativeExecutionPolicy speculation;
  ThrottlingPolicy throttling;
  Duration slowThreshold;
  int preparedCacheSize = 10_000;

  SessionBuilder() {
    startupOptions.put("DRIVER_NAME", "Ilion Java driver");
    startupOptions.put("DRIVER_VERSION", "0.1.0");
  }

  /** A node to ask for the others, on port 9042. Without any, 127.0.0.1 is asked. */
  public SessionBuilder contactPoint(String host) {
    return contactPoint(host, DEFAULT_PORT);
  }

  /** A node to ask for the others. */
  public SessionBuilder contactPoint(String host, int port) {
    return contactPoint(InetSocketAddress.createUnresolved(host, port));
  }

  /** A node to ask for the others. A name that was not resolved is, each time it is needed. */
  public SessionBuilder contactPoint(InetSocketAddress address) {
    contactPoints.add(Objects.requireNonNull(address));
    return this;
  }

  /** The keyspace of names without one: in lower case, or in double quotes as it is. */
  public SessionBuilder keyspace(String name) {
    keyspace = name == null ? null : Names.internal(name);
    return this;
  }

  /**
   * How statements are executed that do not say otherwise; what it leaves out stays as it was.
   *
   * @throws IllegalArgumentException for a timestamp, a paging state or a token, which are of one
   *     execution
   */
  public SessionBuilder defaults(Settings settings) {
    if (settings.isOfOneExecution()) {
      throw new IllegalArgumentException(
          "Timestamp, paging state and token are settings of a statement, not of a session");
    }
    defaults = settings.over(defaults);
    return this;
  }

  /** Which nodes are connected to and asked. By default {@link DatacenterPolicy#standard}. */
  public SessionBuilder loadBalancing(LoadBalancingPolicy policy) {
    loadBalancing = Objects.requireNonNull(policy);
    return this;
  }

  /** What is tried again. By default {@link RetryPolicy#standard}. */
  public SessionBuilder retries(RetryPolicy policy) {
    retries = Objects.requireNonNull(policy);
    return this;
  }

  /** What is sent a second time before the first has an answer. By default nothing. */
  public SessionBuilder speculation(SpeculativeExecutionPolicy policy) {
    speculation = policy;
    return this;
  }

  /** When nodes that were lost are tried again. By default after 0.2 s, then up to 30 s. */
  public SessionBuilder reconnection(ReconnectionPolicy policy) {
    reconnection = Objects.requireNonNull(policy);
    return this;
  }

  /** How many requests may run. By default as many as the connections take. */
  public SessionBuilder throttling(ThrottlingPolicy policy) {
    throttling = policy;
    return this;
  }

  /** The timestamps of writes. By default this machine's clock, never twice the same. */
  public SessionBuilder timestamps(TimestampGenerator generator) {
    timestamps = Objects.requireNonNull(generator);
    return this;
  }

  /** Where nodes are reached, if not at their own addresses. */
  public SessionBuilder addressTranslator(AddressTranslator translation) {
    translator = Objects.requireNonNull(translation);
    return this;
  }

  /** Who we are; see {@link Authenticator#plain}. */
  public SessionBuilder authenticator(Authenticator credentials) {
    authenticator = credentials;
    return this;
  }

  /** Encrypts the connections. */
  public SessionBuilder tls(TlsOptions options) {
    tls = options;
    return this;
  }

  /** Compresses what is sent, if the server can. By default not: it pays on slow networks. */
  public SessionBuilder compression(Compression kind) {
    if (kind == Compression.SNAPPY) {
      throw new IllegalArgumentException("LZ4 or nothing");
    }
    compression = Objects.requireNonNull(kind);
    return this;
  }

  /** Speaks this version of the protocol, and no other. By default the newest that is spoken. */
  public SessionBuilder protocolVersion(ProtocolVersion only) {
    version = Objects.requireNonNull(only);
    negotiate = false;
    return this;
  }

  /** Codecs beside those of the driver. */
  public SessionBuilder codecs(CodecRegistry registry) {
    codecs = Objects.requireNonNull(registry);
    return this;
  }

  /**
   * Where stages complete. By default on the event loop that the answer came to, and there too when
   * the executor refuses.
   */
  public SessionBuilder executor(Executor callbacks) {
    executor = callbacks;
    return this;
  }

  /** Who is told what the driver does; the module driver-metrics has one that counts and times. */
  public SessionBuilder metrics(DriverMetrics listener) {
    metrics = new GuardedMetrics(Objects.requireNonNull(listener));
    measured = true;
    return this;
  }

  /** Who is told of changes of nodes and schema. */
  public SessionBuilder listener(MetadataListener listener) {
    listeners.add(Objects.requireNonNull(listener));
    return this;
  }

  /** Logs statements that take this long, as warnings of the logger io.ilion.driver.slow. */
  public SessionBuilder logSlow(Duration threshold) {
    slowThreshold = threshold;
    return this;
  }

  /** The application's name and version, for the server's list of its clients. */
  public SessionBuilder application(String name, String applicationVersion) {
    startupOptions.put("APPLICATION_NAME", name);
    startupOptions.put("APPLICATION_VERSION", applicationVersion);
    return this;
  }

  /** How long opening a connection may take, and each step of its beginning. By default 5 s. */
  public SessionBuilder connectTimeout(Duration timeout) {
    connectTimeout = timeout;
    return this;
  }

  /** After how much silence a sign of life is asked for, and how long that may take. */
  public SessionBuilder heartbeat(Duration interval, Duration timeout) {
    heartbeatInterval = interval;
    heartbeatTimeout = timeout;
    return this;
  }

  /** How many connections a node gets that has no shards. By default 1. */
  public SessionBuilder connectionsPerNode(int count) {
    if (count < 1) {
      throw new IllegalArgumentException("at least one connection");
    }
    connectionsPerNode = count;
    return this;
  }

  /** How many requests a connection has on their way (up to 32,768), and how many wait behind. */
  public SessionBuilder requestsPerConnection(int running, int waiting) {
    if (running < 1 || running > Short.MAX_VALUE + 1 || waiting < 0) {
      throw new IllegalArgumentException("1 to 32768 on their way, and 0 or more waiting");
    }
    maxInFlight = running;
    maxWaiting = waiting;
    return this;
  }

  /**
   * How many event loops there are. By default one for four processors, at most 8: one sends some
   * hundred thousand requests a second, and between two each that crosses over wakes a thread.
   */
  public SessionBuilder threads(int count) {
    if (count < 1) {
      throw new IllegalArgumentException("at least one thread");
    }
    threads = count;
    return this;
  }

  /** How many prepared statements are remembered. By default 10,000. */
  public SessionBuilder preparedCacheSize(int count) {
    preparedCacheSize = Math.max(1, count);
    return this;
  }

  /** Whether tables and types are read, beside the replication of keyspaces. By default yes. */
  public SessionBuilder readSchema(boolean wanted) {
    schema = wanted;
    return this;
  }

  /** How long events of nodes and schema are gathered before they are looked at. */
  public SessionBuilder eventDelay(Duration delay) {
    eventDelay = delay;
    return this;
  }

  /** How long the nodes may take to agree on a change of the schema. By default 10 s. */
  public SessionBuilder agreementTimeout(Duration timeout) {
    agreementTimeout = timeout;
    return this;
  }

  /**
   * Connects, and waits until a request can be sent.
   *
   * @throws DriverException if none of the contact points can be used
   */
  public Session connect() {
    CompletableFuture<Session> future = connectAsync().toCompletableFuture();
    try {
      return future.join();
    } catch (java.util.concurrent.CompletionException e) {
      if (e.getCause() instanceof DriverException failure) {
        throw failure.copy();
      }
      throw e;
    }
  }

  /** Connects; the stage completes when a request can be sent. */
  public CompletionStage<Session> connectAsync() {
    if (contactPoints.isEmpty()) {
      contactPoint("127.0.0.1");
    }
    EventLoops loops = new EventLoops(threads);
    ConnectionSettings connections =
        new ConnectionSettings(
            connectTimeout,
            heartbeatInterval,
            heartbeatTimeout,
            maxInFlight,
            maxWaiting,
            Math.max(1, maxInFlight / 4),
            MAX_FRAME_BYTES,
            compression,
            authenticator,
            tls,
            Map.copyOf(startupOptions));
    ClusterSettings clusterSettings =
        new ClusterSettings(
            List.copyOf(contactPoints),
            keyspace,
            connectionsPerNode,
            connectTimeout,
            agreementTimeout,
            eventDelay,
            schema,
            reconnection,
            translator,
            metrics,
            List.copyOf(listeners));
    Connector connector = new Connector(loops, connections, version, negotiate);
    Cluster cluster = new Cluster(clusterSettings, connector, loadBalancing, loops);
    Session session = new Session(this, loops, cluster);
    CompletableFuture<Session> result = new CompletableFuture<>();
    cluster
        .start()
        .whenComplete(
            (done, error) -> {
              if (error == null) {
                result.complete(session);
              } else {
                session.closeAsync();
                result.completeExceptionally(error);
              }
            });
    return result;
  }
}
