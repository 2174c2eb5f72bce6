package io.ilion.simulator;

import io.ilion.model.Consistency;
import io.ilion.protocol.Result;
import io.ilion.runtime.simulated.SimulatedRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/**
 * An operator who has the clients' keyspace replicated by one node less in a data centre, and later
 * by as many as before. A change of the replication moves nothing: what a quorum has acknowledged
 * stays in every quorum if the replicas change by one at a time, all nodes work by the change, and
 * a repair is done before the next one.
 */
final class FactorChange {
  private static final long SECOND = 1_000_000_000L;
  private static final long PATIENCE_NANOS = 60 * SECOND;
  private static final int OPERATOR = 1_001;

  private final SimulatedCluster cluster;
  private final SimulatedRandom random;
  private final SimulatedClient operator;
  private final String datacenter;
  private String doing;

  private FactorChange(SimulatedCluster cluster, SimulatedRandom random, String datacenter) {
    this.cluster = cluster;
    this.random = random;
    this.datacenter = datacenter;
    operator = new SimulatedClient(cluster, OPERATOR);
  }

  /** A change of one of the data centres that have several replicas; null if none has. */
  static FactorChange draw(SimulatedCluster cluster, SimulatedRandom random) {
    List<String> possible = new ArrayList<>();
    cluster
        .shape()
        .factors()
        .forEach(
            (name, replicas) -> {
              if (replicas > 1) {
                possible.add(name);
              }
            });
    return possible.isEmpty()
        ? null
        : new FactorChange(cluster, random, possible.get(random.below(possible.size())));
  }

  /** Completes when all is as it was before; never fails. */
  CompletionStage<Void> run() {
    return alter(cluster.shape().lowered(datacenter))
        .thenCompose(lowered -> alter(cluster.shape()));
  }

  private CompletionStage<Void> alter(Shape shape) {
    long[] epoch = new long[1];
    return untilDone("is altering the replication", () -> alter(shape, epoch))
        .thenCompose(done -> untilDone("waits for all to follow", () -> follow(epoch[0])))
        .thenCompose(
            done -> {
              CompletionStage<Void> repaired = CompletableFuture.completedFuture(null);
              for (SimulatedServer server : cluster.servers()) {
                repaired =
                    repaired.thenCompose(
                        before ->
                            untilDone("is repairing " + server.index(), () -> repair(server)));
              }
              return repaired;
            });
  }

  private CompletionStage<?> repair(SimulatedServer server) {
    return new ReplicaComparison(cluster, Simulation.KEYSPACE).repairFirst(server);
  }

  private CompletionStage<?> alter(Shape shape, long[] epoch) {
    List<SimulatedServer> serving =
        cluster.servers().stream().filter(SimulatedServer::isServing).toList();
    if (serving.isEmpty()) {
      return CompletableFuture.failedFuture(new IllegalStateException("nobody serves"));
    }
    SimulatedServer server = serving.get(random.below(serving.size()));
    return operator
        .execute(
            server,
            "ALTER KEYSPACE %s WITH replication = %s"
                .formatted(Simulation.KEYSPACE, shape.replication()),
            Consistency.QUORUM)
        .thenAccept(
            answer -> {
              if (!(answer instanceof Result) || !server.isServing()) {
                throw new IllegalStateException("not altered: " + answer);
              }
              epoch[0] = server.core().schema().epoch();
            });
  }

  private CompletionStage<?> follow(long epoch) {
    boolean all =
        cluster.servers().stream()
            .allMatch(server -> server.isServing() && server.core().schema().epoch() >= epoch);
    return all
        ? CompletableFuture.completedFuture(null)
        : CompletableFuture.failedFuture(new IllegalStateException("not all have followed"));
  }

  /** Tries until it has succeeded. A server that ends tells nobody how what it did ended. */
  private CompletionStage<Void> untilDone(String what, Supplier<CompletionStage<?>> attempt) {
    doing = what;
    CompletableFuture<Void> done = new CompletableFuture<>();
    attempt(attempt, done);
    return done;
  }

  private void attempt(Supplier<CompletionStage<?>> attempt, CompletableFuture<Void> done) {
    CompletableFuture<Boolean> ended = new CompletableFuture<>();
    cluster.world().after(PATIENCE_NANOS, () -> ended.complete(false));
    try {
      attempt.get().whenComplete((result, failure) -> ended.complete(failure == null));
    } catch (IllegalStateException e) {
      // One of the servers that it needs does not serve.
      ended.complete(false);
    }
    ended.thenAccept(
        succeeded ->
            cluster
                .world()
                .after(
                    random.between(SECOND / 10, 3 * SECOND),
                    () -> {
                      if (succeeded) {
                        done.complete(null);
                      } else {
                        attempt(attempt, done);
                      }
                    }));
  }

  @Override
  public String toString() {
    return "an operator who changes the replication of " + datacenter + " " + doing;
  }
}
