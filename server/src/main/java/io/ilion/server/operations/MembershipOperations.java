package io.ilion.server.operations;

import io.ilion.coordinator.streaming.RangeTransfers;
import io.ilion.coordinator.streaming.StreamProgress;
import io.ilion.gossip.topology.TopologyException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;

/** How nodes leave the cluster, and how far that is. */
public final class MembershipOperations {
  private static final Parameter<Boolean> FORCE =
      Parameter.flag("force", "also if fewer nodes stay than a keyspace has replicas");
  private static final Parameter<Boolean> LOSSY =
      Parameter.flag(
          "force",
          "also if fewer nodes stay than a keyspace has replicas, or too few of a range are alive");
  private static final Parameter<UUID> HOST_ID =
      Parameter.required("host-id", ParameterType.UUID, "the id of the dead node").positional();

  private final Moves moves;
  private final ImportUploads uploads;

  /** What a node can do about who belongs to its cluster. */
  public interface Moves {
    /** Has this node leave. */
    CompletionStage<Void> decommission(boolean force);

    /** Has a dead node leave. */
    CompletionStage<Void> remove(UUID hostId, boolean force);

    /** Gives up the joining or leaving that is under way. */
    CompletionStage<Void> abort();

    /** Where this node is in its life. */
    String modeName();

    /** What this node waits for before it can begin, or null. */
    String waitsFor();

    /** Who moves ranges; null of a node alone. */
    RangeTransfers transfers();
  }

  /** Operations of a node; what is uploaded to it is on its way like what it fetches. */
  public MembershipOperations(Moves moves, ImportUploads uploads) {
    this.moves = moves;
    this.uploads = uploads;
  }

  /** The operations. */
  public List<Operation> operations() {
    return List.of(
        Operation.task(
            "decommission",
            "has this node leave its cluster: others fetch what it owns, then it serves no more",
            List.of(FORCE),
            (arguments, progress) -> watched(moves.decommission(arguments.get(FORCE)), progress)),
        Operation.task(
            "removenode",
            "has a dead node leave the cluster: others fetch from its fellow replicas",
            List.of(HOST_ID, LOSSY),
            (arguments, progress) ->
                watched(moves.remove(arguments.get(HOST_ID), arguments.get(LOSSY)), progress)),
        Operation.change(
            "abort-move",
            "gives up the joining or leaving of a node that is under way",
            List.of(),
            (arguments, progress) -> explained(moves.abort())),
        Operation.query(
            "netstats",
            "where the node is in its life, and how far ranges and uploads have been moved",
            List.of(),
            (arguments, progress) -> stateAndUploads()));
  }

  /** Says how far a move is whenever somebody asks; one that is cancelled is given up. */
  private CompletionStage<Map<String, Object>> watched(
      CompletionStage<Void> move, Progress progress) {
    RangeTransfers transfers = moves.transfers();
    if (transfers != null) {
      transfers.watch(
          move,
          () -> {
            String wait = moves.waitsFor();
            long done = 0;
            long total = 0;
            for (RangeTransfers.Handed handed : transfers.handed()) {
              done += handed.rangesDone();
              total += handed.ranges();
            }
            progress.at(done, total, "ranges");
            progress.say(wait != null ? wait : "others fetch their ranges");
          });
    }
    progress.onCancel(moves::abort);
    return explained(move).thenApply(over -> state());
  }

  private static CompletionStage<Void> explained(CompletionStage<Void> move) {
    return move.exceptionally(
        failure -> {
          Throwable cause =
              failure instanceof CompletionException && failure.getCause() != null
                  ? failure.getCause()
                  : failure;
          throw cause instanceof TopologyException refused
              ? new OperationException(OperationException.Reason.REFUSED, refused.getMessage())
              : new CompletionException(cause);
        });
  }

  private CompletionStage<Map<String, Object>> stateAndUploads() {
    Map<String, Object> state = state();
    return uploads
        .list()
        .thenApply(
            all -> {
              state.put("uploads", all);
              return state;
            });
  }

  private Map<String, Object> state() {
    Map<String, Object> state = new LinkedHashMap<>();
    state.put("mode", moves.modeName());
    if (moves.waitsFor() != null) {
      state.put("waits_for", moves.waitsFor());
    }
    RangeTransfers transfers = moves.transfers();
    if (transfers == null) {
      return state;
    }
    StreamProgress receiving = transfers.progress();
    Map<String, Object> received =
        progress(receiving.bytes(), receiving.ranges(), receiving.rangesDone());
    received.put("ranges_kept", receiving.rangesKept());
    received.put("copied_bytes", receiving.copied());
    state.put("receiving", received);
    List<Map<String, Object>> handed = new ArrayList<>();
    for (RangeTransfers.Handed one : transfers.handed()) {
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("address", one.to().toString());
      row.putAll(progress(one.bytes(), one.ranges(), one.rangesDone()));
      handed.add(row);
    }
    state.put("handing_over", handed);
    return state;
  }

  private static Map<String, Object> progress(long bytes, int ranges, int done) {
    Map<String, Object> progress = new LinkedHashMap<>();
    progress.put("bytes", bytes);
    progress.put("ranges", ranges);
    progress.put("ranges_done", done);
    return progress;
  }
}
