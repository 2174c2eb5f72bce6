package io.ilion.server;

import io.ilion.coordinator.MemoryPool;
import io.ilion.coordinator.read.Reader;
import io.ilion.coordinator.repair.RepairSchedule;
import io.ilion.coordinator.repair.Repairs;
import io.ilion.coordinator.streaming.RangeRebuild;
import io.ilion.coordinator.streaming.RangeTransfers;
import io.ilion.coordinator.write.TimestampGenerator;
import io.ilion.coordinator.write.Writer;
import io.ilion.gossip.ClusterView;
import io.ilion.gossip.metadata.ClusterMetadata;
import io.ilion.model.ring.TokenRange;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.model.schema.Schema;
import io.ilion.model.schema.TableDefinition;
import io.ilion.runtime.NodeRuntime;
import io.ilion.server.config.Config;
import io.ilion.server.config.MemoryBudget;
import io.ilion.server.config.Settings;
import io.ilion.server.cql.BurstScheduler;
import io.ilion.server.cql.LiveTimeouts;
import io.ilion.server.cql.QueryProcessor;
import io.ilion.server.cql.Timeouts;
import io.ilion.server.metrics.RequestMetrics;
import io.ilion.server.operations.ImportUploads;
import io.ilion.server.operations.Operations;
import io.ilion.server.schema.AutoSnapshots;
import io.ilion.server.schema.SchemaChanges;
import io.ilion.server.schema.SchemaEvents;
import io.ilion.server.schema.SchemaStore;
import io.ilion.server.system.CounterId;
import io.ilion.server.system.PeerTables;
import io.ilion.server.system.SystemSchema;
import io.ilion.server.system.SystemTables;
import io.ilion.server.tracing.TraceContext;
import io.ilion.server.tracing.TracingEngine;
import io.ilion.server.tracing.TracingMessenger;
import io.ilion.storage.PurgeHorizon;
import io.ilion.storage.StorageEngine;
import io.ilion.storage.engine.Engine;
import java.io.IOException;
import java.util.Collection;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/**
 * Everything of a node for which a {@link NodeRuntime} suffices: storage, schema, coordinator and
 * the service that answers clients. It has no thread, socket or clock of its own, so the same code
 * runs in a process ({@link Node}) and in a simulated world.
 */
public final class NodeCore implements AutoCloseable {
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
  private final CounterId counterId;
  private final QueryProcessor processor;
  private final NodeAdministration administration;

  private NodeCore(
      Config config,
      NodeRuntime runtime,
      NodeHost host,
      NodeSeams seams,
      NodeDisk disk,
      Consumer<Throwable> fatal)
      throws IOException {
    this.runtime = runtime;
    engine = disk.engine();
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
            disk.metadata(),
            engine,
            snapshots,
            builtIn,
            runtime.scheduler().lane(0),
            owned::prepare,
            (newer, before, after) -> follows(newer, before, after, host));
    SchemaChanges changes =
        new SchemaChanges(
            disk.metadata(),
            schemas,
            runtime.clock(),
            timeouts::otherNanos,
            runtime.scheduler().lane(0));
    SystemTables tables = new SystemTables();
    TraceContext traces = new TraceContext();
    metrics =
        new RequestMetrics(runtime.clock(), runtime.scheduler().laneCount(), host::currentLane);
    StorageEngine traced =
        new TracingEngine(seams.engine(engine), traces, runtime.clock(), schemas::schema);
    BurstScheduler bursts = new BurstScheduler(runtime.scheduler(), traces);
    cluster =
        new NodeCluster(
            config, runtime, bursts, disk.identity(), disk.metadata(), disk::liveBytes, fatal);
    cluster.view().listen(new ClusterEvents(cluster.view(), host::publish));
    MemoryPool results = new MemoryPool(MemoryBudget.of(config).results());
    replicas =
        cluster.isConnected()
            ? new NodeReplicas(
                config,
                runtime,
                bursts,
                traced,
                new TracingMessenger(
                    seams.messenger(cluster.messenger(), cluster.view()),
                    traces,
                    runtime.clock(),
                    runtime.scheduler().lane(0)),
                cluster.view(),
                schemas::schema,
                SystemSchema.repairs(builtIn),
                timeouts,
                traces,
                results)
            : null;
    disk.horizons()
        .know(
            replicas == null
                ? table -> PurgeHorizon.ALL
                : replicas.horizons(SystemSchema.paxos(builtIn)));
    TimestampGenerator timestamps = new TimestampGenerator(runtime.clock());
    counterId =
        CounterId.open(
            runtime.files(),
            config.get(Settings.DATA_DIRECTORY),
            disk.identity().hostId(),
            runtime.scheduler().blockingLane("counting"),
            runtime.clock());
    batchlog =
        new NodeBatchlog(
            traced,
            SystemSchema.batches(builtIn),
            bursts,
            runtime,
            timestamps,
            replicas == null ? null : replicas.batches());
    transfers =
        replicas == null
            ? null
            : replicas.transfer(SystemSchema.paxos(builtIn), SystemSchema.repairs(builtIn));
    cluster.moveRangesBy(transfers, new Farewell(host));
    repairs = replicas == null ? null : replicas.repairs(batchlog);
    schedule = replicas == null ? null : replicas.schedule(repairs);
    processor =
        new QueryProcessor(
            config,
            runtime,
            bursts,
            schemas,
            changes,
            traced,
            snapshots,
            new Reader(
                traced,
                bursts,
                tables,
                NodeLimits.reads(config),
                NodeLimits.results(config, results),
                replicas == null ? null : replicas.reads()),
            new Writer(
                traced,
                bursts,
                runtime.clock(),
                timestamps,
                counterId::get,
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
            cluster.view(),
            traces,
            metrics,
            timeouts);
    NodeParts parts =
        new NodeParts(
            config,
            runtime,
            host,
            disk,
            counterId,
            schemas,
            changes,
            cluster,
            new PeerTables(cluster.view(), cluster::status, () -> schemas.schema().epoch()),
            replicas,
            repairs,
            schedule,
            processor,
            metrics,
            timeouts);
    NodeSystemTables.addTo(tables, parts);
    administration = new NodeAdministration(parts);
  }

  /**
   * Discards what a table has of ranges that came back; what was fetched of it counts no more, and
   * the node does not go on from counts that others still have.
   */
  private CompletionStage<Void> discard(UUID table, Collection<TokenRange> ranges) {
    TableDefinition known = schemas.schema().table(table);
    CompletionStage<Void> ready =
        known != null && known.isCounter()
            ? counterId.renew()
            : CompletableFuture.completedFuture(null);
    return replicas == null
        ? ready.thenCompose(renewed -> engine.discard(table, ranges))
        : ready
            .thenCompose(renewed -> replicas.rebuild().forget())
            .thenCompose(forgotten -> engine.discard(table, ranges));
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
    NodeDisk disk = NodeDisk.open(config, runtime, fatal);
    return new NodeCore(config, runtime, host, seams, disk, fatal);
  }

  /** Makes the node ready; completes, on any thread, when clients may be let in. */
  public CompletionStage<Void> start() {
    return schemas
        .begin(SystemSchema.storedTables(SystemSchema.keyspaces()))
        .thenCompose(
            known -> replicas == null ? CompletableFuture.completedFuture(null) : replicas.load())
        .thenCompose(loaded -> cluster.start(schemas))
        .thenCompose(member -> batchlog.replay())
        .thenRun(
            () -> {
              if (replicas != null) {
                replicas.start();
                schedule.start();
              }
              metrics.keepTicking(runtime.scheduler().lane(0), id -> schemas.schema().hasTable(id));
              batchlog.keepReplaying(runtime.scheduler().lane(0));
              cluster.moves().goOn();
            });
  }

  /** The node goes on to newer metadata, and clients hear what that means to them. */
  private void follows(ClusterMetadata newer, Schema before, Schema after, NodeHost host) {
    cluster.follows(newer);
    SchemaEvents.between(before, after).forEach(host::publish);
  }

  /**
   * Tells the other nodes, and they their clients, whether this one takes requests of clients; it
   * does not before this was called.
   */
  public void setServing(boolean isServing) {
    cluster.setServing(isServing);
  }

  /** Has another node lead the agreement on metadata, if this one does: it is about to end. */
  public void handOver() {
    cluster.handOver();
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
  NodeCluster cluster() {
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

  /** What this node does before it has left its cluster. */
  private final class Farewell implements NodeMoves.Farewell {
    private final NodeHost host;

    /** Whether clients were let in before the node was to leave, and are not now. */
    private boolean silenced;

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
    public synchronized CompletionStage<Void> stopServing(boolean forGood) {
      CompletableFuture<Void> over = new CompletableFuture<>();
      if (forGood) {
        host.stopServing();
      } else if (cluster.isServing()) {
        silenced = true;
        cluster.setServing(false);
        try {
          host.setServing(false);
        } catch (IOException e) {
          return CompletableFuture.failedFuture(e);
        }
      }
      // What was asked for has ended by then, and left its hints.
      runtime
          .scheduler()
          .lane(0)
          .schedule(timeouts.get().longest().toNanos(), () -> over.complete(null));
      return over;
    }

    @Override
    public synchronized void serveAgain() throws IOException {
      if (silenced) {
        silenced = false;
        host.setServing(true);
        cluster.setServing(true);
      }
    }
  }

  /** Makes the replicas of ranges equal; null of a node that is alone. */
  public Repairs repairs() {
    return repairs;
  }

  /** What the node has counted and measured, in the text format of Prometheus. */
  String metricsText() {
    return administration.metricsText();
  }

  /** What an operator can ask of the node. */
  public Operations operations() {
    return administration.operations();
  }

  /** Takes SSTables that others send. */
  public ImportUploads uploads() {
    return administration.uploads();
  }

  /** Answers requests; to be given the bursts of connections on their lanes. */
  public CqlService service() {
    return processor;
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
