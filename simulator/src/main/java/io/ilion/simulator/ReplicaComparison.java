package io.ilion.simulator;

import io.ilion.coordinator.repair.Repairs;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.model.schema.TableDefinition;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Counts in how many parts the replicas of a keyspace differ, and makes them equal. */
final class ReplicaComparison {
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

  private CompletionStage<Integer> repair(SimulatedServer server, boolean primaryOnly, int before) {
    Repairs repairs = server.core().repairs();
    if (repairs == null) {
      return CompletableFuture.completedFuture(before);
    }
    KeyspaceDefinition definition = server.core().schema().keyspace(keyspace);
    List<TableDefinition> tables = List.copyOf(definition.tables().values());
    return repairs
        .begin(new Repairs.Request(definition, tables, List.of(), primaryOnly, false))
        .outcome()
        .thenApply(report -> before + report.differing());
  }
}
