package io.ilion.server.operations;

import io.ilion.coordinator.streaming.RangeRebuild;
import io.ilion.coordinator.streaming.StreamException;
import io.ilion.coordinator.streaming.StreamProgress;
import io.ilion.gossip.ClusterView;
import io.ilion.gossip.KeyspaceReplicas;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.runtime.Lane;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Fetches what this node replicates from the other replicas: the last step of adding a data centre,
 * or after files were lost.
 */
public final class RebuildOperation {
  private static final long LOOK_NANOS = 200_000_000L;

  private static final Parameter<String> SOURCE =
      Parameter.optional(
              "source-dc",
              ParameterType.TEXT,
              "only from replicas of this data centre; or from all")
          .positional();
  private static final Parameter<String> KEYSPACE =
      Parameter.optional("keyspace", ParameterType.TEXT, "a keyspace; all if it is left out");
  private static final Parameter<Boolean> FORCE =
      Parameter.flag("force", "also if too few replicas of a range are alive to be sure of all");
  private static final Parameter<Boolean> FRESH =
      Parameter.flag("fresh", "also what one that did not come to its end had fetched");

  private final TableNames names;
  private final RangeRebuild rebuild;
  private final ClusterView view;
  private final BooleanSupplier isRingChanging;
  private final Supplier<CompletionStage<?>> news;
  private final BooleanSupplier allKnow;
  private final Lane lane;

  /**
   * The operation of a node.
   *
   * @param rebuild null of a node that is alone
   * @param isRingChanging whether a node is joining or leaving
   * @param news completes when the node works by what was agreed on before, such as an ALTER
   *     KEYSPACE, or nobody tells it in a while
   * @param allKnow whether all nodes that are alive work by what this one does
   * @param lane on which it looks how far it is
   */
  public RebuildOperation(
      TableNames names,
      RangeRebuild rebuild,
      ClusterView view,
      BooleanSupplier isRingChanging,
      Supplier<CompletionStage<?>> news,
      BooleanSupplier allKnow,
      Lane lane) {
    this.names = names;
    this.rebuild = rebuild;
    this.view = view;
    this.isRingChanging = isRingChanging;
    this.news = news;
    this.allKnow = allKnow;
    this.lane = lane;
  }

  /** The operation. */
  public Operation operation() {
    return Operation.task(
        "rebuild",
        "fetches what the node replicates from other replicas, such as those of another data"
            + " centre",
        List.of(SOURCE, KEYSPACE, FORCE, FRESH),
        this::run);
  }

  private CompletionStage<Map<String, Object>> run(Arguments arguments, Progress progress) {
    if (rebuild == null) {
      throw OperationException.refused("the node is alone: there is nobody to fetch from");
    }
    progress.say("asking for news");
    CompletableFuture<Void> known = new CompletableFuture<>();
    news.get().whenComplete((here, failure) -> lane.execute(() -> await(known, progress)));
    return known.thenCompose(all -> begin(arguments, progress));
  }

  /** Until nobody writes any more as if this node were no replica. */
  private void await(CompletableFuture<Void> known, Progress progress) {
    if (progress.isCancelled()) {
      known.completeExceptionally(
          new OperationException(OperationException.Reason.CANCELLED, "the rebuild was given up"));
    } else if (allKnow.getAsBoolean()) {
      known.complete(null);
    } else {
      progress.say("not all nodes that are alive know of the last change yet");
      lane.schedule(LOOK_NANOS, () -> await(known, progress));
    }
  }

  private CompletionStage<Map<String, Object>> begin(Arguments arguments, Progress progress) {
    if (isRingChanging.getAsBoolean()) {
      throw OperationException.refused("a node is joining or leaving: rebuild when it has");
    }
    String source = arguments.get(SOURCE);
    if (source != null
        && view.nodes().stream().noneMatch(node -> node.datacenter().equals(source))) {
      throw OperationException.badArgument("there is no data centre named '" + source + "'");
    }
    CompletableFuture<Void> fetched =
        rebuild.begin(
            new RangeRebuild.Request(
                keyspaces(arguments.get(KEYSPACE), source),
                source,
                arguments.get(FORCE),
                arguments.get(FRESH)));
    progress.onCancel(rebuild::cancel);
    lane.execute(() -> watch(fetched, progress));
    return fetched.handle(
        (all, failure) -> {
          tell(progress);
          if (failure == null) {
            return state();
          }
          Throwable cause =
              failure instanceof CompletionException && failure.getCause() != null
                  ? failure.getCause()
                  : failure;
          throw cause instanceof StreamException
              ? new OperationException(
                  progress.isCancelled()
                      ? OperationException.Reason.CANCELLED
                      : OperationException.Reason.FAILED,
                  cause.getMessage())
              : new CompletionException(cause);
        });
  }

  /** What other nodes keep too, of one keyspace or all. */
  private List<KeyspaceDefinition> keyspaces(String name, String source) {
    List<KeyspaceDefinition> found = new ArrayList<>();
    if (name == null) {
      names.schema().keyspaces().values().stream().filter(this::isShared).forEach(found::add);
      return found;
    }
    KeyspaceDefinition keyspace = names.keyspace(name);
    if (!isShared(keyspace)) {
      throw OperationException.refused("keyspace " + name + " is kept by this node alone");
    }
    KeyspaceReplicas replicas = view.replicas(keyspace);
    if (source != null
        && replicas.ranges().stream()
            .flatMap(range -> replicas.of(range.end()).natural().stream())
            .noneMatch(node -> node.datacenter().equals(source))) {
      throw OperationException.refused(
          "no node of data centre " + source + " replicates keyspace " + name);
    }
    return List.of(keyspace);
  }

  private boolean isShared(KeyspaceDefinition keyspace) {
    return !keyspace.virtual() && !view.replicas(keyspace).isLocalOnly();
  }

  private void watch(CompletableFuture<Void> until, Progress progress) {
    if (!until.isDone()) {
      tell(progress);
      lane.schedule(LOOK_NANOS, () -> watch(until, progress));
    }
  }

  private void tell(Progress progress) {
    StreamProgress streamed = rebuild.progress();
    progress.at(streamed.rangesDone(), streamed.ranges(), "ranges");
    progress.say("%d bytes fetched".formatted(streamed.bytes()));
  }

  private Map<String, Object> state() {
    StreamProgress streamed = rebuild.progress();
    Map<String, Object> state = new LinkedHashMap<>();
    state.put("ranges", streamed.ranges());
    state.put("ranges_kept", streamed.rangesKept());
    state.put("fetched_bytes", streamed.bytes());
    return state;
  }
}
