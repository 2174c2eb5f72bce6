package io.ilion.server.operations;

import io.ilion.gossip.ClusterView;
import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.metadata.ClusterMetadata;
import io.ilion.gossip.metadata.MetadataException;
import io.ilion.gossip.metadata.MetadataService;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;

/** The metadata log, and the way out when most of those who vote on it are lost for ever. */
public final class MetadataOperations {
  private static final Parameter<String> LOST =
      Parameter.required(
              "lost",
              ParameterType.TEXT,
              "the host ids of the voters that will never come back, with commas: all that are"
                  + " down")
          .positional();

  private final MetadataService metadata;
  private final ClusterView view;

  /** Operations of a node. */
  public MetadataOperations(MetadataService metadata, ClusterView view) {
    this.metadata = metadata;
    this.view = view;
  }

  /** The operations. */
  public List<Operation> operations() {
    return List.of(
        Operation.query(
            "metadatalog",
            "the epoch of the metadata that this node knows, and who votes on the next",
            List.of(),
            (arguments, progress) -> CompletableFuture.completedFuture(state(metadata.metadata()))),
        Operation.change(
            "recover-metadatalog",
            "goes on with what this node knows of the metadata, without voters that are lost for"
                + " ever",
            List.of(LOST),
            (arguments, progress) -> recover(ids(arguments.get(LOST)))));
  }

  private static Set<UUID> ids(String text) {
    Set<UUID> ids = new LinkedHashSet<>();
    for (String id : text.split(",")) {
      try {
        ids.add(UUID.fromString(id.strip()));
      } catch (IllegalArgumentException e) {
        throw OperationException.badArgument("'" + id + "' is not a host id");
      }
    }
    return ids;
  }

  private CompletionStage<Map<String, Object>> recover(Set<UUID> lost) {
    for (UUID voter : metadata.metadata().voters()) {
      boolean alive = view.isAlive(voter);
      if (alive && lost.contains(voter)) {
        throw OperationException.refused("node " + voter + " is alive");
      }
      if (!alive && !lost.contains(voter)) {
        throw OperationException.refused("voter " + voter + " is down too: is it lost for ever?");
      }
    }
    return metadata
        .recover(lost)
        .handle(
            (recovered, failure) -> {
              Throwable cause =
                  failure instanceof CompletionException ? failure.getCause() : failure;
              if (cause instanceof MetadataException refused) {
                throw OperationException.refused(refused.getMessage());
              }
              if (cause != null) {
                throw new CompletionException(cause);
              }
              return state(recovered);
            });
  }

  private Map<String, Object> state(ClusterMetadata known) {
    List<Map<String, Object>> voters = new ArrayList<>();
    for (UUID id : known.voters()) {
      NodeInfo node = known.node(id);
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("host_id", id.toString());
      row.put("address", node == null ? null : node.address().host());
      row.put("alive", view.isAlive(id));
      voters.add(row);
    }
    Map<String, Object> state = new LinkedHashMap<>();
    state.put("epoch", known.epoch());
    state.put("voters", voters);
    return state;
  }
}
