package io.ilion.simulator;

import io.ilion.coordinator.repair.Repairs;
import io.ilion.gossip.KeyspaceReplicas;
import io.ilion.gossip.NodeInfo;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.model.schema.TableDefinition;
import io.ilion.runtime.NodeAddress;
import io.ilion.server.NodeCore;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Makes the replicas of a keyspace equal by repairs, which count in how many parts they differed;
 * and looks, without a repair, whether they are.
 */
final class ReplicaComparison {
  private static final int MOST_LINES = 5;

  private final SimulatedCluster cluster;
  private final String keyspace;

  ReplicaComparison(SimulatedCluster cluster, String keyspace) {
    this.cluster = cluster;
    this.keyspace = keyspace;
  }

  /**
   * Has each node repair what it is the first replica of, with the others; all have to serve.
   *
   * @return the number of parts that differed
   */
  CompletionStage<Integer> repair() {
    CompletionStage<Integer> sum = CompletableFuture.completedFuture(0);
    for (SimulatedServer server : cluster.servers()) {
      sum = sum.thenCompose(before -> repair(server, true, before));
    }
    return sum;
  }

  /** Has one node repair all that it has; fails if it cannot. */
  CompletionStage<Integer> repairAll(SimulatedServer server) {
    return repair(server, false, 0);
  }

  /** Has one node repair what it is the first replica of; fails if it cannot. */
  CompletionStage<Integer> repairFirst(SimulatedServer server) {
    return repair(server, true, 0);
  }

  private CompletionStage<Integer> repair(SimulatedServer server, boolean primaryOnly, int before) {
    Repairs repairs = server.core().repairs();
    if (repairs == null) {
      return CompletableFuture.completedFuture(before);
    }
    KeyspaceDefinition definition = server.core().schema().keyspace(keyspace);
    return repairs
        .begin(new Repairs.Request(definition, tables(server), List.of(), primaryOnly, false))
        .outcome()
        .thenApply(report -> before + report.differing());
  }

  /**
   * Reads what each node has, and compares it with what the other replicas have; all have to serve.
   *
   * @return what differs first, or null
   */
  CompletionStage<String> difference() {
    CompletionStage<String> found = CompletableFuture.completedFuture(null);
    for (TableDefinition table : tables(cluster.servers().get(0))) {
      found =
          found.thenCompose(
              before ->
                  before == null ? difference(table) : CompletableFuture.completedFuture(before));
    }
    return found;
  }

  private List<TableDefinition> tables(SimulatedServer server) {
    return List.copyOf(server.core().schema().keyspace(keyspace).tables().values());
  }

  private CompletionStage<String> difference(TableDefinition table) {
    // What any of them may have purged by now.
    long purgeBefore =
        cluster.servers().stream()
                .mapToLong(server -> server.machine().clock().wallSeconds())
                .max()
                .orElseThrow()
            - table.properties().gcGraceSeconds();
    Map<NodeAddress, ReplicaContents> all = new LinkedHashMap<>();
    CompletionStage<Void> read = CompletableFuture.completedFuture(null);
    for (SimulatedServer server : cluster.servers()) {
      read =
          read.thenCompose(before -> server.contents(table.id(), purgeBefore))
              .thenAccept(contents -> all.put(server.machine().address(), contents));
    }
    return read.thenApply(end -> difference(table, all));
  }

  private String difference(TableDefinition table, Map<NodeAddress, ReplicaContents> all) {
    NodeCore core = cluster.servers().get(0).core();
    KeyspaceReplicas replicas = core.view().replicas(core.schema().keyspace(keyspace));
    Set<ReplicaContents.Place> places = new TreeSet<>();
    all.values().forEach(contents -> places.addAll(contents.partitions().keySet()));
    for (ReplicaContents.Place place : places) {
      // Others may have what they were replicas of once.
      Map<NodeAddress, List<String>> shown = new LinkedHashMap<>();
      for (NodeInfo node : replicas.of(place.token()).natural()) {
        ReplicaContents contents = all.get(node.address());
        shown.put(node.address(), contents.partitions().getOrDefault(place, List.of()));
      }
      if (Set.copyOf(shown.values()).size() > 1) {
        return "partition %s of %s is %s".formatted(place.key(), table.name(), unlike(shown));
      }
    }
    return null;
  }

  /** Of each replica the lines that not all have. */
  private static Map<NodeAddress, List<String>> unlike(Map<NodeAddress, List<String>> shown) {
    Map<NodeAddress, List<String>> unlike = new LinkedHashMap<>();
    shown.forEach(
        (node, lines) ->
            unlike.put(
                node,
                lines.stream()
                    .filter(line -> !shown.values().stream().allMatch(all -> all.contains(line)))
                    .limit(MOST_LINES)
                    .toList()));
    return unlike;
  }
}
