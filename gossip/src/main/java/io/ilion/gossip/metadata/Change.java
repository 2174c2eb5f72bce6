package io.ilion.gossip.metadata;

import io.ilion.gossip.NodeInfo;
import io.ilion.model.schema.KeyspaceDefinition;
import java.util.List;
import java.util.UUID;

/** One part of an entry of the metadata log. */
public sealed interface Change {

  /** Adds a keyspace, or replaces it with all that it holds. */
  record PutKeyspace(KeyspaceDefinition keyspace) implements Change {}

  /** Removes a keyspace. */
  record DropKeyspace(String name) implements Change {}

  /** Adds a node, or replaces what is known of it. */
  record PutNode(NodeInfo node) implements Change {}

  /** Forgets a node that has left long ago; it remembers that itself. */
  record RemoveNode(UUID hostId) implements Change {}

  /**
   * Says who votes on the entries behind this one. Against those before, at most one may have come
   * or gone, so that a majority of the ones has a member in common with a majority of the others.
   */
  record SetVoters(List<UUID> voters) implements Change {
    /** Copies the list. */
    public SetVoters {
      voters = List.copyOf(voters);
    }
  }
}
