package io.ilion.server;

import io.ilion.coordinator.read.Reader;
import io.ilion.coordinator.write.TimestampGenerator;
import io.ilion.coordinator.write.Writer;
import io.ilion.cql.function.NativeFunctions;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.model.schema.TableDefinition;
import io.ilion.runtime.Network;
import io.ilion.runtime.NodeAddress;
import io.ilion.runtime.NodeRuntime;
import io.ilion.runtime.system.SystemClock;
import io.ilion.runtime.system.SystemFiles;
import io.ilion.runtime.system.SystemRandom;
import io.ilion.server.config.Config;
import io.ilion.server.config.Settings;
import io.ilion.server.cql.BurstScheduler;
import io.ilion.server.cql.DescribeService;
import io.ilion.server.cql.QueryProcessor;
import io.ilion.server.cql.StatementCache;
import io.ilion.server.cql.Timeouts;
import io.ilion.server.metrics.RequestMetrics;
import io.ilion.server.netty.ConnectionLimits;
import io.ilion.server.netty.CqlListener;
import io.ilion.server.netty.Lanes;
import io.ilion.server.schema.AutoSnapshots;
import io.ilion.server.schema.MetadataLog;
import io.ilion.server.schema.SchemaStore;
import io.ilion.server.system.ActivityTables;
import io.ilion.server.system.NodeIdentity;
import io.ilion.server.system.NodeTables;
import io.ilion.server.system.StorageTables;
import io.ilion.server.system.SystemSchema;
import io.ilion.server.system.SystemTables;
import io.ilion.server.tracing.TraceContext;
import io.ilion.server.tracing.TracingEngine;
import io.ilion.storage.StorageEngine;
import io.ilion.storage.engine.Engine;
import io.ilion.storage.engine.EngineConfig;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A running node: assembles its parts and ends them in order. */
public final class Node implements AutoCloseable {
  private static final Logger LOGGER = LoggerFactory.getLogger(Node.class);

  private final Lanes lanes;
  private final Closeable lock;
  private final Engine engine;
  private final MetadataLog log;
  private final CqlListener listener;
  private final InetSocketAddress address;
  private final AtomicBoolean closed = new AtomicBoolean();

  private Node(
      Lanes lanes,
      Closeable lock,
      Engine engine,
      MetadataLog log,
      CqlListener listener,
      InetSocketAddress address) {
    this.lanes = lanes;
    this.lock = lock;
    this.engine = engine;
    this.log = log;
    this.listener = listener;
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
  public static Node start(Config config, java.util.function.Consumer<Throwable> fatal)
      throws IOException {
    String directory = config.get(Settings.DATA_DIRECTORY);
    SystemFiles files = SystemFiles.ofWorkingDirectory();
    files.createDirectories(directory);
    Closeable lock = files.lock(directory);
    Lanes lanes = new Lanes(config.get(Settings.LANES), backgroundThreads(config));
    try {
      return assemble(
          config,
          new NodeRuntime(
              new SystemClock(),
              lanes,
              Network.alone(
                  new NodeAddress(config.get(Settings.ADDRESS), config.get(Settings.STORAGE_PORT))),
              files,
              SystemRandom.create()),
          lanes,
          lock,
          fatal);
    } catch (IOException | RuntimeException e) {
      lanes.close();
      lock.close();
      throw e;
    }
  }

  private static Node assemble(
      Config config,
      NodeRuntime runtime,
      Lanes lanes,
      Closeable lock,
      java.util.function.Consumer<Throwable> fatal)
      throws IOException {
    String directory = config.get(Settings.DATA_DIRECTORY);
    NodeIdentity identity =
        NodeIdentity.open(
            runtime.files(), directory, config.get(Settings.NUM_TOKENS), runtime.random().split());
    MetadataLog log = MetadataLog.open(runtime.files(), directory + "/metadata");
    Map<String, KeyspaceDefinition> builtIn = SystemSchema.keyspaces();
    Engine engine = openEngine(config, runtime, log, builtIn, fatal);
    AtomicReference<CqlListener> published = new AtomicReference<>();
    AtomicReference<InetSocketAddress> bound =
        new AtomicReference<>(
            new InetSocketAddress(
                config.get(Settings.ADDRESS), config.get(Settings.NATIVE_TRANSPORT_PORT)));
    AutoSnapshots snapshots =
        new AutoSnapshots(engine, runtime.clock(), config.get(Settings.AUTO_SNAPSHOT));
    SchemaStore schemas =
        new SchemaStore(
            log,
            engine,
            snapshots,
            builtIn,
            lanes.blockingLane("schema"),
            change -> published.get().publish(QueryProcessor.event(change)));
    SystemTables tables = new SystemTables();
    TraceContext traces = new TraceContext();
    RequestMetrics metrics = new RequestMetrics(runtime.clock(), lanes.laneCount(), Lanes::current);
    StorageEngine traced = new TracingEngine(engine, traces, runtime.clock(), schemas::schema);
    BurstScheduler bursts = new BurstScheduler(lanes, traces);
    TimestampGenerator timestamps = new TimestampGenerator(runtime.clock());
    NodeBatchlog batchlog =
        new NodeBatchlog(traced, SystemSchema.batches(builtIn), bursts, runtime, timestamps);
    batchlog.replay();
    QueryProcessor processor =
        new QueryProcessor(
            runtime,
            bursts,
            schemas,
            traced,
            snapshots,
            new Reader(
                traced, bursts, tables, NodeLimits.reads(config), NodeLimits.results(config)),
            new Writer(
                traced,
                bursts,
                runtime.clock(),
                timestamps,
                identity.hostId(),
                NodeLimits.writes(config),
                batchlog.protocol()),
            batchlog.protocol(),
            timestamps,
            new NativeFunctions(),
            config.get(Settings.PREPARED_STATEMENTS_CACHE_SIZE),
            new DescribeService(
                config.get(Settings.CLUSTER_NAME), identity.tokens(), endpoint(config)),
            config.get(Settings.DC),
            bound::get,
            traces,
            metrics,
            config.get(Settings.TRACE_TYPE_QUERY_TTL),
            Timeouts.of(config),
            () ->
                new InetSocketAddress(
                    config.get(Settings.ADDRESS), config.get(Settings.STORAGE_PORT)));
    CqlListener listener =
        new CqlListener(
            lanes, runtime.clock(), ConnectionLimits.of(config), processor, Release.CQL_VERSION);
    published.set(listener);
    new NodeTables(
            config, identity, runtime.clock().wallSeconds(), schemas::schema, schemas::version)
        .addTo(tables, bound::get, listener::clients, System.getProperties());
    new StorageTables(schemas::schema, engine, identity.tokens()).addTo(tables);
    new ActivityTables(schemas::schema, metrics)
        .addTo(
            tables,
            lanes::pools,
            () -> preparedCache(processor.preparedStatements()),
            processor::running);
    metrics.keepTicking(lanes.lane(0), id -> schemas.schema().table(id) != null);
    tables.put("system.prepared_statements", () -> prepared(processor.preparedStatements()));
    batchlog.keepReplaying(lanes.lane(0));
    int shardAwarePort = config.get(Settings.NATIVE_SHARD_AWARE_TRANSPORT_PORT);
    if (shardAwarePort >= 0) {
      listener.listenShardAware(
          new InetSocketAddress(config.get(Settings.ADDRESS), shardAwarePort));
    }
    bound.set(listener.listen(bound.get()));
    return new Node(lanes, lock, engine, log, listener, bound.get());
  }

  private static ActivityTables.PreparedCache preparedCache(StatementCache statements) {
    return new ActivityTables.PreparedCache(statements.count(), statements.evicted());
  }

  private static List<Map<String, Object>> prepared(StatementCache statements) {
    List<Map<String, Object>> rows = new ArrayList<>();
    for (StatementCache.Known known : statements.known()) {
      Map<String, Object> row = new HashMap<>();
      row.put("prepared_id", ByteBuffer.wrap(known.id()));
      row.put("logged_keyspace", known.keyspace());
      row.put("query_string", known.cql());
      rows.add(row);
    }
    return rows;
  }

  /** Where other nodes would find this one, as Cassandra writes it. */
  private static String endpoint(Config config) {
    String address = config.get(Settings.ADDRESS);
    return address + "/" + address + ":" + config.get(Settings.STORAGE_PORT);
  }

  private static Engine openEngine(
      Config config,
      NodeRuntime runtime,
      MetadataLog log,
      Map<String, KeyspaceDefinition> builtIn,
      java.util.function.Consumer<Throwable> fatal)
      throws IOException {
    String directory = config.get(Settings.DATA_DIRECTORY);
    EngineConfig options =
        new EngineConfig(
            directory + "/data",
            directory + "/commitlog",
            EngineConfig.SyncMode.valueOf(config.get(Settings.COMMITLOG_SYNC).name()),
            config.get(Settings.COMMITLOG_SYNC_GROUP_WINDOW).toNanos(),
            config.get(Settings.COMMITLOG_SYNC_PERIOD).toNanos(),
            Math.toIntExact(config.get(Settings.COMMITLOG_SEGMENT_SIZE)),
            config.get(Settings.COMMITLOG_TOTAL_SPACE),
            config.get(Settings.MEMTABLE_HEAP_SPACE),
            config.get(Settings.FILE_CACHE_SIZE),
            config.get(Settings.CONCURRENT_COMPACTORS),
            config.get(Settings.COMPACTION_THROUGHPUT));
    Engine engine = Engine.open(options, runtime, fatal);
    engine.keepFree(config.get(Settings.DISK_FREE_RESERVE));
    for (TableDefinition table : SystemSchema.storedTables(builtIn)) {
      engine.putTable(SchemaStore.storageOptions(table)).toCompletableFuture().join();
    }
    for (KeyspaceDefinition keyspace : log.schema().keyspaces().values()) {
      for (TableDefinition table : keyspace.tables().values()) {
        engine.putTable(SchemaStore.storageOptions(table)).toCompletableFuture().join();
      }
    }
    return engine;
  }

  /** Where it serves CQL, with the port that was chosen if the configured one is 0. */
  public InetSocketAddress nativeAddress() {
    return address;
  }

  /** The connections that are open now. */
  public List<ClientState> clients() {
    return listener.clients();
  }

  /** Stops serving, makes everything durable and returns. Idempotent. */
  @Override
  public void close() {
    if (closed.getAndSet(true)) {
      return;
    }
    listener.close();
    engine.close();
    lanes.close();
    try {
      log.close();
      lock.close();
    } catch (IOException e) {
      LOGGER.warn("the node did not end cleanly: {}", e.toString());
    }
  }
}
