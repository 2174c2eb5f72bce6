package io.ilion.server;

import io.ilion.coordinator.read.Reader;
import io.ilion.coordinator.repair.RepairSchedule;
import io.ilion.coordinator.repair.Repairs;
import io.ilion.coordinator.streaming.RangeRebuild;
import io.ilion.coordinator.streaming.RangeTransfers;
import io.ilion.coordinator.write.TimestampGenerator;
import io.ilion.coordinator.write.Writer;
import io.ilion.cql.function.NativeFunctions;
import io.ilion.gossip.ClusterView;
import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.metadata.ClusterMetadata;
import io.ilion.gossip.metadata.MetadataService;
import io.ilion.gossip.topology.Topology;
import io.ilion.model.data.CorruptDataException;
import io.ilion.model.ring.TokenRange;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.model.schema.Schema;
import io.ilion.runtime.NodeRuntime;
import io.ilion.server.config.Config;
import io.ilion.server.config.Settings;
import io.ilion.server.cql.BurstScheduler;
import io.ilion.server.cql.DescribeService;
import io.ilion.server.cql.LiveTimeouts;
import io.ilion.server.cql.QueryProcessor;
import io.ilion.server.cql.StatementCache;
import io.ilion.server.cql.Timeouts;
import io.ilion.server.metrics.RequestMetrics;
import io.ilion.server.operations.ActivityOperations;
import io.ilion.server.operations.CacheOperations;
import io.ilion.server.operations.CheckOperations;
import io.ilion.server.operations.CleanupOperation;
import io.ilion.server.operations.ClusterOperations;
import io.ilion.server.operations.CompactionOperations;
import io.ilion.server.operations.HintOperations;
import io.ilion.server.operations.ImportOperations;
import io.ilion.server.operations.ImportUploads;
import io.ilion.server.operations.MembershipOperations;
import io.ilion.server.operations.MetadataOperations;
import io.ilion.server.operations.NodeOperations;
import io.ilion.server.operations.Operations;
import io.ilion.server.operations.PartitionOperations;
import io.ilion.server.operations.RebuildOperation;
import io.ilion.server.operations.RepairOperations;
import io.ilion.server.operations.SlowRequestOperations;
import io.ilion.server.operations.StorageOperations;
import io.ilion.server.operations.StreamThroughputOperations;
import io.ilion.server.operations.TableNames;
import io.ilion.server.operations.TimeoutOperations;
import io.ilion.server.operations.TracingOperations;
import io.ilion.server.schema.AutoSnapshots;
import io.ilion.server.schema.LeftoverTables;
import io.ilion.server.schema.SchemaEvents;
import io.ilion.server.schema.SchemaStore;
import io.ilion.server.system.ActivityTables;
import io.ilion.server.system.NodeIdentity;
import io.ilion.server.system.NodeTables;
import io.ilion.server.system.PeerTables;
import io.ilion.server.system.StorageTables;
import io.ilion.server.system.SystemSchema;
import io.ilion.server.system.SystemTables;
import io.ilion.server.tracing.TraceContext;
import io.ilion.server.tracing.TracingEngine;
import io.ilion.server.tracing.TracingMessenger;
import io.ilion.storage.PurgeHorizon;
import io.ilion.storage.StorageEngine;
import io.ilion.storage.engine.Engine;
import io.ilion.storage.engine.EngineConfig;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Everything of a node for which a {@link NodeRuntime} suffices: storage, schema, coordinator and
 * the service that answers clients. It has no thread, socket or clock of its own, so the same code
 * runs in a process ({@link Node}) and in a simulated world.
 */
public final class NodeCore implements AutoCloseable {
  private final Config config;
  private final NodeRuntime runtime;
  private final Engine engine;
  private final SchemaStore schemas;
  private final RequestMetrics metrics;
  private final LiveTimeouts timeouts;
  private final NodeCluster cluster;

  /** Null of a node that is alone. */
  private final NodeReplicas replicas;

  /** Null of a node that is alone. */
  private final Repairs repairs;

  /** Null of a node that is alone. */
  private final RepairSchedule schedule;

  /** Null of a node that is alone. */
  private final RangeTransfers transfers;

  private final NodeBatchlog batchlog;
  private final QueryProcessor processor;
  private final Operations operations;
  private final ImportUploads uploads;
  private final NodeMetrics shown = new NodeMetrics();

  private NodeCore(
      Config config,
      NodeRuntime runtime,
      NodeHost host,
      NodeSeams seams,
      NodeIdentity identity,
      MetadataService metadata,
      Engine engine,
      NodeHorizons horizons)
      throws IOException {
    this.config = config;
    this.runtime = runtime;
    this.engine = engine;
    this.timeouts = new LiveTimeouts(Timeouts.of(config));
    Map<String, KeyspaceDefinition> builtIn = SystemSchema.keyspaces();
    AutoSnapshots snapshots =
        new AutoSnapshots(engine, runtime.clock(), config.get(Settings.AUTO_SNAPSHOT));
    OwnedRanges owned =
        OwnedRanges.open(
            runtime.files(),
            config.get(Settings.DATA_DIRECTORY),
            runtime.scheduler().blockingLane("ownership"),
            () -> cluster().view().self(),
            this::discard);
    schemas =
        new SchemaStore(
            metadata,
            engine,
            snapshots,
            builtIn,
            runtime.clock(),
            timeouts::otherNanos,
            runtime.scheduler().lane(0),
            owned::prepare,
            (newer, before, after) -> follows(newer, before, after, host));
    SystemTables tables = new SystemTables();
    TraceContext traces = new TraceContext();
    metrics =
        new RequestMetrics(runtime.clock(), runtime.scheduler().laneCount(), host::currentLane);
    StorageEngine traced =
        new TracingEngine(seams.engine(engine), traces, runtime.clock(), schemas::schema);
    BurstScheduler bursts = new BurstScheduler(runtime.scheduler(), traces);
    cluster = new NodeCluster(config, runtime, bursts, identity, metadata, () -> liveBytes(engine));
    cluster.view().listen(new ClusterEvents(cluster.view(), host::publish));
    replicas =
        cluster.isConnected()
            ? new NodeReplicas(
                config,
                runtime,
                bursts,
                traced,
                new TracingMessenger(seams.messenger(cluster.messenger(), cluster.view()), traces),
                cluster.view(),
                schemas::schema,
                SystemSchema.repairs(builtIn),
                timeouts)
            : null;
    horizons.know(replicas == null ? table -> PurgeHorizon.ALL : replicas.repaired()::horizon);
    TimestampGenerator timestamps = new TimestampGenerator(runtime.clock());
    batchlog =
        new NodeBatchlog(
            traced,
            SystemSchema.batches(builtIn),
            bursts,
            runtime,
            timestamps,
            replicas == null ? null : replicas.batches());
    transfers = replicas == null ? null : replicas.transfer(SystemSchema.paxos(builtIn));
    cluster.moveRangesBy(transfers, new Farewell(host));
    repairs = replicas == null ? null : replicas.repairs(batchlog);
    schedule = replicas == null ? null : replicas.schedule(repairs);
    processor =
        new QueryProcessor(
            runtime,
            bursts,
            schemas,
            traced,
            snapshots,
            new Reader(
                traced,
                bursts,
                tables,
                NodeLimits.reads(config),
                NodeLimits.results(config),
                replicas == null ? null : replicas.reads()),
            new Writer(
                traced,
                bursts,
                runtime.clock(),
                timestamps,
                identity.hostId(),
                NodeLimits.writes(config),
                batchlog.protocol(),
                replicas == null ? null : replicas.writes(batchlog),
                replicas == null
                    ? null
                    : replicas.conditions(
                        SystemSchema.paxos(builtIn),
                        SystemSchema.paxosHorizons(builtIn),
                        timestamps)),
            batchlog.protocol(),
            replicas == null ? null : replicas.truncation(traced, snapshots, batchlog),
            timestamps,
            new NativeFunctions(),
            config.get(Settings.PREPARED_STATEMENTS_CACHE_SIZE),
            new DescribeService(config.get(Settings.CLUSTER_NAME), cluster.view()),
            this::nodesByDatacenter,
            config.get(Settings.DC),
            host::nativeAddress,
            traces,
            metrics,
            config.get(Settings.TRACE_TYPE_QUERY_TTL),
            timeouts,
            config.get(Settings.SLOW_QUERY_LOG_TIMEOUT),
            () ->
                new InetSocketAddress(
                    config.get(Settings.BROADCAST_ADDRESS), config.get(Settings.STORAGE_PORT)));
    PeerTables peers =
        new PeerTables(cluster.view(), cluster::status, () -> schemas.schema().epoch());
    peers.addTo(tables);
    new NodeTables(
            config,
            cluster.view(),
            runtime.clock().wallSeconds(),
            schemas::schema,
            schemas::version)
        .addTo(tables, peers, host::nativeAddress, host::clients, host.properties());
    new StorageTables(schemas::schema, engine, cluster.view()).addTo(tables);
    new ActivityTables(schemas::schema, metrics)
        .addTo(
            tables,
            host::pools,
            () -> preparedCache(processor.preparedStatements()),
            processor::running);
    tables.put("system.prepared_statements", () -> prepared(processor.preparedStatements()));
    operations = new Operations(runtime.scheduler().blockingLane("operations"), runtime.clock());
    uploads =
        new ImportUploads(
            runtime.files(),
            config.get(Settings.DATA_DIRECTORY) + "/uploads",
            runtime.scheduler().blockingLane("uploads"),
            runtime.clock());
    addOperations(peers, host);
    addMetrics(host);
  }

  /** Discards what a table has of ranges that came back; what was fetched of it counts no more. */
  private CompletionStage<Void> discard(UUID table, Collection<TokenRange> ranges) {
    return replicas == null
        ? engine.discard(table, ranges)
        : replicas.rebuild().forget().thenCompose(forgotten -> engine.discard(table, ranges));
  }

  /** Whether all nodes that are alive work by what this one does, or by newer metadata. */
  private boolean isKnownToAll() {
    long epoch = cluster.view().epoch();
    UUID self = cluster.view().self().hostId();
    return cluster.view().nodes().stream()
        .map(NodeInfo::hostId)
        .filter(hostId -> !hostId.equals(self) && cluster.view().isAlive(hostId))
        .map(cluster::status)
        .allMatch(status -> status != null && status.metadataEpoch() >= epoch);
  }

  private void addMetrics(NodeHost host) {
    shown.add(NodeMetrics.requests(metrics, processor));
    shown.add(NodeMetrics.tableRequests(metrics, schemas::schema));
    shown.add(NodeMetrics.host(host));
    shown.add(NodeMetrics.storage(engine, schemas::schema));
    shown.add(NodeMetrics.cluster(cluster.view()));
    shown.add(cluster.messageMetrics());
    if (replicas != null) {
      shown.add(replicas.hintMetrics());
    }
  }

  private void addOperations(PeerTables peers, NodeHost host) {
    TableNames names = new TableNames(schemas::schema);
    operations.add(new NodeOperations(engine, new Clients(host)).operations());
    operations.add(new StorageOperations(names, engine, metrics, runtime.clock()).operations());
    operations.add(new CacheOperations(engine, Settings.mostFileCache(config)).operations());
    operations.add(
        new PartitionOperations(
                names,
                engine,
                runtime.clock(),
                runtime.scheduler().lane(0),
                runtime.scheduler().laneCount())
            .operations());
    operations.add(SlowRequestOperations.of(processor.slowRequests()));
    operations.add(TimeoutOperations.of(timeouts));
    operations.add(TracingOperations.of(processor.tracer()));
    operations.add(new CompactionOperations(names, engine).operations());
    operations.add(
        new CheckOperations(names, engine, runtime.clock(), runtime.scheduler().lane(0))
            .operations());
    operations.add(
        new ActivityOperations(host, cluster.view(), engine, metrics, names, runtime.clock())
            .operations());
    operations.add(
        new ClusterOperations(
                config.get(Settings.CLUSTER_NAME),
                cluster.view(),
                cluster::status,
                () -> liveBytes(engine),
                schemas::version,
                peers::versionOf,
                cluster::suspicions,
                names)
            .operations());
    operations.add(new MembershipOperations(cluster.moves()).operations());
    operations.add(new MetadataOperations(cluster.metadataLog(), cluster.view()).operations());
    if (replicas != null) {
      operations.add(StreamThroughputOperations.of(replicas.streamThroughput()));
    }
    Function<KeyspaceDefinition, List<TokenRange>> others =
        keyspace ->
            OwnedRanges.others(cluster.view().replicas(keyspace), cluster.view().self().hostId());
    BooleanSupplier isRingChanging = () -> Topology.moving(cluster.metadata()) != null;
    operations.add(
        List.of(
            new RebuildOperation(
                    names,
                    replicas == null ? null : replicas.rebuild(),
                    cluster.view(),
                    isRingChanging,
                    () -> schemas.newerThan(schemas.schema()),
                    this::isKnownToAll,
                    runtime.scheduler().lane(0))
                .operation()));
    operations.add(
        new ImportOperations(names, engine, uploads, others, isRingChanging).operations());
    operations.add(
        List.of(
            new CleanupOperation(
                    names,
                    schemas::schema,
                    engine,
                    others,
                    isRingChanging,
                    runtime.scheduler().lane(0))
                .operation()));
    operations.add(
        new HintOperations(replicas == null ? null : replicas.hints(), cluster.view())
            .operations());
    operations.add(new RepairOperations(names, repairs, schedule, runtime.clock()).operations());
  }

  /**
   * Opens what a node has on its disk; blocks while the commit log is replayed. Nothing is served
   * before {@link #start}.
   *
   * @param fatal told when the node cannot go on, such as after a failed sync of the commit log
   * @throws IOException if it cannot serve with this configuration; the message says why
   */
  public static NodeCore open(
      Config config, NodeRuntime runtime, NodeHost host, Consumer<Throwable> fatal)
      throws IOException {
    return open(config, runtime, host, NodeSeams.PLAIN, fatal);
  }

  /** As above, with somebody between the parts. */
  public static NodeCore open(
      Config config, NodeRuntime runtime, NodeHost host, NodeSeams seams, Consumer<Throwable> fatal)
      throws IOException {
    String directory = config.get(Settings.DATA_DIRECTORY);
    Engine.makeRoom(runtime.files(), directory + "/data");
    if (config.get(Settings.OVERRIDE_DECOMMISSION)) {
      FormerMember.forget(runtime, directory, fatal);
    }
    NodeIdentity identity =
        NodeIdentity.open(
            runtime.files(), directory, config.get(Settings.NUM_TOKENS), runtime.random().split());
    MetadataService metadata = NodeCluster.openMetadata(config, runtime, identity, fatal);
    try {
      LeftoverTables.expectNone(runtime.files(), directory + "/data", metadata.metadata().schema());
    } catch (CorruptDataException e) {
      metadata.close();
      throw e;
    }
    NodeHorizons horizons = new NodeHorizons();
    Engine engine = openEngine(config, runtime, horizons, fatal);
    return new NodeCore(config, runtime, host, seams, identity, metadata, engine, horizons);
  }

  /** Makes the node ready; completes, on any thread, when clients may be let in. */
  public CompletionStage<Void> start() {
    return schemas
        .begin(SystemSchema.storedTables(SystemSchema.keyspaces()))
        .thenCompose(known -> cluster.start(schemas))
        .thenCompose(member -> batchlog.replay())
        .thenRun(
            () -> {
              if (replicas != null) {
                replicas.start();
                schedule.start();
              }
              metrics.keepTicking(
                  runtime.scheduler().lane(0), id -> schemas.schema().table(id) != null);
              batchlog.keepReplaying(runtime.scheduler().lane(0));
              cluster.moves().goOn();
            });
  }

  /** The node goes on to newer metadata, and clients hear what that means to them. */
  private void follows(ClusterMetadata newer, Schema before, Schema after, NodeHost host) {
    cluster.follows(newer);
    SchemaEvents.between(before, after).forEach(host::publish);
  }

  /** How many nodes each data centre has, which is what keyspaces can be replicated to. */
  private Map<String, Integer> nodesByDatacenter() {
    Map<String, Integer> count = new HashMap<>();
    for (NodeInfo node : cluster.view().nodes()) {
      if (node.state() != NodeInfo.State.LEFT) {
        count.merge(node.datacenter(), 1, Integer::sum);
      }
    }
    return count;
  }

  private static long liveBytes(Engine engine) {
    return engine.statistics().stream()
        .mapToLong(StorageEngine.TableStatistics::liveSstableBytes)
        .sum();
  }

  /**
   * Tells the other nodes, and they their clients, whether this one takes requests of clients; it
   * does not before this was called.
   */
  public void setServing(boolean isServing) {
    cluster.setServing(isServing);
  }

  /**
   * Tells the other nodes that this one ends, so that they need not find out; completes when it is
   * said.
   */
  public CompletionStage<Void> leave() {
    return cluster.stop();
  }

  /** The schema that the node works by. */
  public Schema schema() {
    return schemas.schema();
  }

  /**
   * Has this node leave its cluster for good: others fetch what it owns, it hands over its hints
   * and the batches that it keeps for others, and serves no client any more. Who may be called by a
   * simulator, as an operator would call it; called again it goes on with what has begun.
   *
   * @param force also if fewer nodes stay than a keyspace has replicas
   * @return completes when the node has left, on any thread; fails with a {@link
   *     io.ilion.gossip.topology.TopologyException} that says why it cannot. Waits for others that
   *     are joining or leaving
   */
  public CompletionStage<Void> decommission(boolean force) {
    return cluster.moves().decommission(force);
  }

  /**
   * Has a dead node leave its cluster for good: others fetch, from those who are alive, what its
   * leaving makes them replicas of. One that died while it was joining is given up.
   *
   * @param force also if fewer nodes stay than a keyspace has replicas, and though too few replicas
   *     of a range are alive to be sure that nothing of it is lost
   * @return as of {@link #decommission}
   */
  public CompletionStage<Void> removeNode(UUID hostId, boolean force) {
    return cluster.moves().remove(hostId, force);
  }

  /** Of a lambda that is made before the cluster is. */
  private NodeCluster cluster() {
    return cluster;
  }

  /** What the cluster has agreed on, as far as this node knows. */
  public ClusterMetadata metadata() {
    return cluster.metadata();
  }

  /** What this node knows of its cluster. */
  public ClusterView view() {
    return cluster.view();
  }

  /** Where this node is in its life. */
  public NodeMode mode() {
    return cluster.moves().mode();
  }

  /** Moves ranges to their future owners, and says how far that is; null of a node alone. */
  public RangeTransfers transfers() {
    return transfers;
  }

  /** Fetches again what this node replicates; null of a node that is alone. */
  RangeRebuild rebuild() {
    return replicas == null ? null : replicas.rebuild();
  }

  /** Whether clients are served: the host does, and other nodes tell theirs. */
  private final class Clients implements NodeOperations.Service {
    private final NodeHost host;

    Clients(NodeHost host) {
      this.host = host;
    }

    @Override
    public boolean isServing() {
      return cluster.isServing();
    }

    @Override
    public void setServing(boolean isServing) throws IOException {
      if (isServing) {
        host.setServing(true);
        cluster.setServing(true);
      } else {
        cluster.setServing(false);
        host.setServing(false);
      }
    }

    @Override
    public void stop() {
      cluster.setServing(false);
      host.stopServing();
    }
  }

  /** What this node does before it has left its cluster. */
  private final class Farewell implements NodeMoves.Farewell {
    private final NodeHost host;

    Farewell(NodeHost host) {
      this.host = host;
    }

    @Override
    public CompletionStage<Void> settle() {
      return replicas == null
          ? CompletableFuture.completedFuture(null)
          : batchlog.protocol().settle().thenCompose(settled -> replicas.giveHintsAway());
    }

    @Override
    public CompletionStage<Void> stopServing() {
      CompletableFuture<Void> over = new CompletableFuture<>();
      host.stopServing();
      // What was asked for has ended by then, and left its hints.
      runtime
          .scheduler()
          .lane(0)
          .schedule(timeouts.get().longest().toNanos(), () -> over.complete(null));
      return over;
    }
  }

  /** Makes the replicas of ranges equal; null of a node that is alone. */
  public Repairs repairs() {
    return repairs;
  }

  /** What the node has counted and measured, in the text format of Prometheus. */
  String metricsText() {
    return shown.text();
  }

  /** What an operator can ask of the node. */
  public Operations operations() {
    return operations;
  }

  /** Takes SSTables that others send. */
  public ImportUploads uploads() {
    return uploads;
  }

  /** Answers requests; to be given the bursts of connections on their lanes. */
  public CqlService service() {
    return processor;
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

  private static Engine openEngine(
      Config config, NodeRuntime runtime, NodeHorizons horizons, Consumer<Throwable> fatal)
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
    Engine engine = Engine.open(options, runtime, horizons, fatal);
    engine.keepFree(config.get(Settings.DISK_FREE_RESERVE));
    return engine;
  }

  /** Makes everything durable and lets go of it; no request may be under way. */
  @Override
  public void close() {
    engine.close();
  }

  /** Lets go of what the lanes used, after they have ended. */
  void closeFiles() throws IOException {
    cluster.close();
  }
}
