package io.ilion.gossip.metadata;

import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** A change that somebody waits for. Its entry can only become the epoch behind its base. */
final class Proposal {
  final Function<ClusterMetadata, List<Change>> function;
  final long deadlineNanos;
  final CompletableFuture<ClusterMetadata> done = new CompletableFuture<>();

  /** The id of the entry; a new one whenever the changes are computed anew. */
  UUID id;

  /** The epoch that the changes were computed from; -1 before. */
  long base = -1;

  byte[] changes;

  /** Whether the function refused when it was last asked. */
  boolean refused;

  /** Whether the leader has been asked what is newest, since the function refused. */
  boolean informed;

  /** Whether anybody has been asked since, who may not be certain. */
  boolean told;

  /** How many questions had been sent when this began: their answers say nothing of it. */
  long fetchesBefore;

  /** Whether it waits for that answer. */
  boolean asks;

  /** Whether an entry was sent to somebody, so that it may be decided without being seen. */
  boolean submitted;

  /** When to send it again. */
  long retryNanos;

  Proposal(Function<ClusterMetadata, List<Change>> function, long deadlineNanos) {
    this.function = function;
    this.deadlineNanos = deadlineNanos;
  }
}
