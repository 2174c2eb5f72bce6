package io.ilion.server;

import io.ilion.gossip.ClusterView;
import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.topology.Topology;
import io.ilion.model.ring.TokenRange;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.runtime.Clock;
import io.ilion.runtime.Lane;
import io.ilion.server.config.Settings;
import io.ilion.server.operations.ActivityOperations;
import io.ilion.server.operations.CacheOperations;
import io.ilion.server.operations.CheckOperations;
import io.ilion.server.operations.CleanupOperation;
import io.ilion.server.operations.ClusterOperations;
import io.ilion.server.operations.CompactionOperations;
import io.ilion.server.operations.EncryptionOperations;
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
import io.ilion.storage.engine.Engine;
import java.io.IOException;
import java.util.List;
import java.util.UUID;

/** What an operator can ask of a node and see of it, put together from the node's parts. */
final class NodeAdministration {
  private final NodeParts node;
  private final TableNames names;
  private final Operations operations;
  private final ImportUploads uploads;
  private final NodeMetrics metrics = new NodeMetrics();

  NodeAdministration(NodeParts node) {
    this.node = node;
    names = new TableNames(node.schemas()::schema);
    Clock clock = node.runtime().clock();
    operations = new Operations(node.runtime().scheduler().blockingLane("operations"), clock);
    uploads =
        new ImportUploads(
            node.runtime().files(),
            node.config().get(Settings.DATA_DIRECTORY) + "/uploads",
            node.runtime().scheduler().blockingLane("uploads"),
            clock);
    addOperationsOfStorage();
    addOperationsOfRequests();
    addOperationsOfCluster();
    addOperationsOfRanges();
    addMetrics();
  }

  /** What an operator can ask. */
  Operations operations() {
    return operations;
  }

  /** Takes SSTables that others send. */
  ImportUploads uploads() {
    return uploads;
  }

  /** What the node has counted and measured, in the text format of Prometheus. */
  String metricsText() {
    return metrics.text();
  }

  private void addOperationsOfStorage() {
    Engine engine = node.disk().engine();
    Clock clock = node.runtime().clock();
    Lane lane = node.runtime().scheduler().lane(0);
    operations.add(new StorageOperations(names, engine, node.metrics(), clock).operations());
    operations.add(new CacheOperations(engine, Settings.mostFileCache(node.config())).operations());
    operations.add(new CompactionOperations(names, engine).operations());
    operations.add(
        new CheckOperations(names, engine, clock, lane, node.counterId()::renew).operations());
    operations.add(
        new PartitionOperations(names, engine, clock, lane, node.runtime().scheduler().laneCount())
            .operations());
  }

  private void addOperationsOfRequests() {
    Engine engine = node.disk().engine();
    operations.add(new NodeOperations(engine, new Clients()).operations());
    operations.add(EncryptionOperations.of(node.host()::encryptions));
    operations.add(SlowRequestOperations.of(node.processor().slowRequests()));
    operations.add(TimeoutOperations.of(node.timeouts()));
    operations.add(TracingOperations.of(node.processor().tracer()));
    operations.add(
        new ActivityOperations(
                node.host(),
                node.cluster().view(),
                engine,
                node.metrics(),
                names,
                node.runtime().clock())
            .operations());
  }

  private void addOperationsOfCluster() {
    NodeCluster cluster = node.cluster();
    operations.add(
        new ClusterOperations(
                node.config().get(Settings.CLUSTER_NAME),
                cluster.view(),
                cluster::status,
                node.disk()::liveBytes,
                node.schemas()::version,
                node.peers()::versionOf,
                cluster::suspicions,
                names)
            .operations());
    operations.add(new MembershipOperations(cluster.moves(), uploads).operations());
    operations.add(new MetadataOperations(cluster.metadataLog(), cluster.view()).operations());
  }

  /** What concerns the ranges that this node has, or others have. */
  private void addOperationsOfRanges() {
    NodeReplicas replicas = node.replicas();
    ClusterView view = node.cluster().view();
    Engine engine = node.disk().engine();
    Lane lane = node.runtime().scheduler().lane(0);
    if (replicas != null) {
      operations.add(StreamThroughputOperations.of(replicas.streamThroughput()));
    }
    operations.add(
        new ImportOperations(
                names, engine, uploads, this::rangesOfOthers, this::isRingChanging, view::ringEpoch)
            .operations());
    operations.add(
        List.of(
            new CleanupOperation(
                    names,
                    node.schemas()::schema,
                    engine,
                    this::rangesOfOthers,
                    this::isRingChanging,
                    lane)
                .operation(),
            new RebuildOperation(
                    names,
                    replicas == null ? null : replicas.rebuild(),
                    view,
                    this::isRingChanging,
                    () -> node.changes().newerThan(node.schemas().schema()),
                    this::isKnownToAll,
                    lane)
                .operation()));
    operations.add(
        new HintOperations(replicas == null ? null : replicas.hints(), view).operations());
    operations.add(
        new RepairOperations(names, node.repairs(), node.schedule(), node.runtime().clock())
            .operations());
  }

  private List<TokenRange> rangesOfOthers(KeyspaceDefinition keyspace) {
    ClusterView view = node.cluster().view();
    return OwnedRanges.others(view.replicas(keyspace), view.self().hostId());
  }

  private boolean isRingChanging() {
    return Topology.moving(node.cluster().metadata()) != null;
  }

  /** Whether all nodes that are alive work by what this one does, or by newer metadata. */
  private boolean isKnownToAll() {
    NodeCluster cluster = node.cluster();
    long epoch = cluster.view().epoch();
    UUID self = cluster.view().self().hostId();
    return cluster.view().nodes().stream()
        .map(NodeInfo::hostId)
        .filter(hostId -> !hostId.equals(self) && cluster.view().isAlive(hostId))
        .map(cluster::status)
        .allMatch(status -> status != null && status.metadataEpoch() >= epoch);
  }

  private void addMetrics() {
    metrics.add(NodeMetrics.requests(node.metrics(), node.processor()));
    metrics.add(NodeMetrics.tableRequests(node.metrics(), node.schemas()::schema));
    metrics.add(NodeMetrics.host(node.host()));
    metrics.add(NodeMetrics.storage(node.disk().engine(), node.schemas()::schema));
    metrics.add(NodeMetrics.uploads(uploads));
    metrics.add(NodeMetrics.cluster(node.cluster().view()));
    metrics.add(node.cluster().messageMetrics());
    if (node.replicas() != null) {
      metrics.add(node.replicas().metrics());
      metrics.add(NodeMetrics.repairs(node.repairs().counts(), node.schedule()));
    }
  }

  /** Whether clients are served: the host does, and other nodes tell theirs. */
  private final class Clients implements NodeOperations.Service {
    @Override
    public boolean isServing() {
      return node.cluster().isServing();
    }

    @Override
    public void setServing(boolean isServing) throws IOException {
      if (isServing) {
        node.host().setServing(true);
        node.cluster().setServing(true);
      } else {
        node.cluster().setServing(false);
        node.host().setServing(false);
      }
    }

    @Override
    public void stop() {
      node.cluster().setServing(false);
      node.host().stopServing();
    }
  }
}
