package io.ilion.simulator;

import io.ilion.coordinator.repair.Repairs;
import io.ilion.model.ring.TokenRange;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.model.schema.TableDefinition;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Counts in how many parts the replicas of a keyspace differ, and makes them equal. */
final class ReplicaComparison {
  private static final TokenRange WHOLE_RING = new TokenRange(0, 0);

  private final SimulatedCluster cluster;
  private final String keyspace;

  ReplicaComparison(SimulatedCluster cluster, String keyspace) {
    this.cluster = cluster;
    this.keyspace = keyspace;
  }

  /**
   * Has each node repair each table with the others; all have to serve.
   *
   * @return the number of parts that differed
   */
  CompletionStage<Integer> repair() {
    CompletionStage<Integer> sum = CompletableFuture.completedFuture(0);
    for (SimulatedServer server : cluster.servers()) {
      KeyspaceDefinition definition = server.core().schema().keyspace(keyspace);
      for (TableDefinition table : definition.tables().values()) {
        sum = sum.thenCompose(before -> repair(server, definition, table, before));
      }
    }
    return sum;
  }

  private static CompletionStage<Integer> repair(
      SimulatedServer server, KeyspaceDefinition keyspace, TableDefinition table, int before) {
    Repairs repairs = server.core().repairs();
    return repairs == null
        ? CompletableFuture.completedFuture(before)
        : repairs
            .repair(keyspace, table, WHOLE_RING)
            .thenApply(report -> before + report.differing());
  }
}
