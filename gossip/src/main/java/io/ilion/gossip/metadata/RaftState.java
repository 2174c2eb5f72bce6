package io.ilion.gossip.metadata;

import java.util.List;
import java.util.UUID;

/**
 * All that a member of the agreement keeps on disk.
 *
 * @param term the highest that it has seen
 * @param votedFor whom it voted for in that term, or null
 * @param snapshot the place in the log that the metadata are of
 * @param metadata by all entries up to there
 * @param entries behind the snapshot
 * @param commit the last index known to be decided; at least that of the snapshot
 */
record RaftState(
    long term,
    UUID votedFor,
    LogPosition snapshot,
    ClusterMetadata metadata,
    List<LogEntry> entries,
    long commit) {

  /** Of a node that has never been a part of a cluster. */
  static final RaftState EMPTY =
      new RaftState(0, null, LogPosition.START, ClusterMetadata.NONE, List.of(), 0);

  RaftState {
    entries = List.copyOf(entries);
  }
}
