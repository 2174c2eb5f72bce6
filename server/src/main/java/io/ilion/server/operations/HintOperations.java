package io.ilion.server.operations;

import io.ilion.coordinator.replica.hint.HintOptions;
import io.ilion.coordinator.replica.hint.Hints;
import io.ilion.gossip.ClusterView;
import io.ilion.gossip.NodeInfo;
import java.time.Duration;
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

  private static final Parameter<Duration> WINDOW =
      Parameter.required(
              "window", ParameterType.MILLIS_TEXT, "milliseconds, or with a unit such as 3h")
          .positional();
  private static final Parameter<Long> THROTTLE =
      Parameter.required("kib", ParameterType.INTEGER, "KiB a second; 0 for no limit").positional();
  private static final long KIB = 1024;

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
        Operation.query(
            "statushandoff",
            "whether hints are kept and handed over, for how long and how fast",
            List.of(),
            (arguments, progress) -> CompletableFuture.completedFuture(state())),
        Operation.change(
            "enablehandoff", "keeps hints again", List.of(), (arguments, progress) -> keep(true)),
        Operation.change(
            "disablehandoff",
            "keeps no more hints until enablehandoff or the next start; there is repair",
            List.of(),
            (arguments, progress) -> keep(false)),
        Operation.query(
            "getmaxhintwindow",
            "for how long hints are kept for a node that is down",
            List.of(),
            (arguments, progress) -> CompletableFuture.completedFuture(state())),
        Operation.change(
            "setmaxhintwindow",
            "changes for how long hints are kept for a node that is down, until the next start",
            List.of(WINDOW),
            (arguments, progress) -> {
              Hints kept = expectCluster();
              kept.setOptions(kept.options().withWindow(arguments.get(WINDOW).toNanos()));
              return CompletableFuture.completedFuture(state());
            }),
        Operation.change(
            "sethintedhandoffthrottlekb",
            "changes how fast hints are handed over to one node, until the next start",
            List.of(THROTTLE),
            (arguments, progress) -> throttle(arguments.get(THROTTLE))),
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

  private Map<String, Object> state() {
    HintOptions options = expectCluster().options();
    long bytes = options.bytesPerSecond();
    Map<String, Object> state = new LinkedHashMap<>();
    state.put("kept", hints.isKeeping());
    state.put("handed_over", !hints.isPaused());
    state.put("max_hint_window_seconds", options.windowNanos() / 1e9);
    state.put("kib_per_second", bytes == Long.MAX_VALUE ? 0 : bytes / KIB);
    return state;
  }

  private CompletionStage<Map<String, Object>> keep(boolean isKeeping) {
    expectCluster().setKeeping(isKeeping);
    return CompletableFuture.completedFuture(state());
  }

  private CompletionStage<Map<String, Object>> throttle(long kib) {
    if (kib < 0 || kib > 1 << 30) {
      throw OperationException.badArgument("the speed is from 0 to 1073741824 KiB a second");
    }
    Hints kept = expectCluster();
    kept.setOptions(kept.options().withBytesPerSecond(kib == 0 ? Long.MAX_VALUE : kib * KIB));
    return CompletableFuture.completedFuture(state());
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
