package io.ilion.server.operations;

import io.ilion.coordinator.replica.hint.Hints;
import io.ilion.gossip.ClusterView;
import io.ilion.gossip.NodeInfo;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** What an operator can do about the writes that this node keeps for others. */
public final class HintOperations {
  private static final Parameter<UUID> HOST_ID =
      Parameter.optional("host-id", ParameterType.UUID, "only those for this node").positional();

  private final Hints hints;
  private final ClusterView view;

  /**
   * Operations of a node.
   *
   * @param hints null of a node that is alone
   */
  public HintOperations(Hints hints, ClusterView view) {
    this.hints = hints;
    this.view = view;
  }

  /** The operations. */
  public List<Operation> operations() {
    return List.of(
        Operation.query(
            "listpendinghints",
            "the hints that this node keeps for others",
            List.of(),
            (arguments, progress) -> CompletableFuture.completedFuture(pending())),
        Operation.change(
            "pausehandoff",
            "hands no hints over until resumehandoff or a restart",
            List.of(),
            (arguments, progress) -> pause(true)),
        Operation.change(
            "resumehandoff",
            "hands hints over again",
            List.of(),
            (arguments, progress) -> pause(false)),
        Operation.change(
            "truncatehints",
            "deletes hints; what they would have brought only a repair brings",
            List.of(HOST_ID),
            (arguments, progress) -> drop(arguments.get(HOST_ID))));
  }

  private Hints expectCluster() {
    if (hints == null) {
      throw OperationException.refused("the node is alone: it keeps nothing for others");
    }
    return hints;
  }

  private Map<String, Object> pending() {
    List<Map<String, Object>> nodes = new ArrayList<>();
    for (UUID id : expectCluster().nodes()) {
      NodeInfo node = view.node(id);
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("host_id", id.toString());
      row.put("address", node == null ? null : node.address().host());
      row.put("alive", view.isAlive(id));
      row.put("bytes", hints.bytes(id));
      nodes.add(row);
    }
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("paused", hints.isPaused());
    result.put("nodes", nodes);
    return result;
  }

  private CompletionStage<Map<String, Object>> pause(boolean isPaused) {
    expectCluster().pause(isPaused);
    return CompletableFuture.completedFuture(pending());
  }

  private CompletionStage<Map<String, Object>> drop(UUID hostId) {
    return expectCluster().drop(hostId).thenApply(dropped -> pending());
  }
}
