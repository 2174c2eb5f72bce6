package io.ilion.gossip.metadata;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * The log of one member and what it leads to: up to where its entries are decided, the metadata by
 * these, and the metadata by all entries that are here. The latter say who votes, since a change of
 * the voters counts from the moment when it is in the log.
 *
 * <p>A member that was away may find that the others have forgotten it, since it has left long ago.
 * It keeps a record of that itself, in its metadata alone: without one it would take itself for a
 * newcomer, and come back with its rows.
 */
final class MetadataLog {
  private final UUID self;
  private final RaftLog log;
  private long commit;

  /** The place in the log that the metadata are of. */
  private LogPosition applied;

  private ClusterMetadata metadata;

  /** The metadata by all entries that are here, decided or not. */
  private ClusterMetadata tail;

  /** The log that a member kept. */
  MetadataLog(UUID self, RaftState kept) {
    this.self = self;
    log = new RaftLog(kept.snapshot(), kept.entries());
    commit = kept.commit();
    applied = kept.snapshot();
    metadata = kept.metadata();
    computeTail();
    commit = Math.min(commit, log.last().index());
    apply();
    // What a voter has that votes alone is decided: by what is known to be decided, since others
    // may have voted when the metadata were kept.
    if (tail.voters().equals(List.of(self)) && metadata.voters().equals(List.of(self))) {
      decide(log.last().index());
    }
  }

  /** The metadata by all that is decided. */
  ClusterMetadata metadata() {
    return metadata;
  }

  /** The metadata by all entries that are here, decided or not. */
  ClusterMetadata tail() {
    return tail;
  }

  /** The place in the log that the metadata are of. */
  LogPosition applied() {
    return applied;
  }

  /** The last index that is known to be decided. */
  long commit() {
    return commit;
  }

  /** The place before the first entry that is here. */
  LogPosition base() {
    return log.base();
  }

  LogPosition last() {
    return log.last();
  }

  /** The term of the entry at an index; -1 if it is not here. */
  long termAt(long index) {
    return log.termAt(index);
  }

  /** The entries from an index, which is here, up to another, of so many bytes in all or one. */
  List<LogEntry> from(long first, long last, int maxBytes) {
    return log.from(first, last, maxBytes);
  }

  /** The entries from an index, which is here. */
  List<LogEntry> from(long first) {
    return log.from(first, log.last().index(), Integer.MAX_VALUE);
  }

  /**
   * Appends an entry, in the place of those from its index on.
   *
   * @throws IllegalStateException if another is decided there
   * @throws RuntimeException if it cannot be read
   */
  void put(LogEntry entry) {
    if (entry.index() <= commit) {
      throw new IllegalStateException(
          "entry " + entry.index() + " of term " + entry.term() + " contradicts what was decided");
    }
    boolean replaces = entry.index() <= log.last().index();
    // What cannot be read must not get into the log.
    ClusterMetadata next = replaces ? null : entry.applyTo(tail);
    log.put(entry);
    if (replaces) {
      computeTail();
    } else {
      tail = next;
    }
  }

  private void computeTail() {
    tail = metadata;
    for (long i = applied.index() + 1; i <= log.last().index(); i++) {
      tail = log.get(i).applyTo(tail);
    }
  }

  /**
   * All entries up to an index are decided, as far as they are here.
   *
   * @return those that were not applied yet, in their order
   */
  List<LogEntry> decide(long index) {
    commit = Math.max(commit, Math.min(index, log.last().index()));
    return apply();
  }

  private List<LogEntry> apply() {
    List<LogEntry> news = new ArrayList<>();
    while (applied.index() < commit) {
      LogEntry entry = log.get(applied.index() + 1);
      metadata = entry.applyTo(metadata).remembering(metadata.node(self));
      applied = new LogPosition(entry.index(), entry.term());
      news.add(entry);
    }
    log.compact(applied.index());
    return news;
  }

  /** Goes on from what decided entries led to; keeps those behind it if the log has it too. */
  void install(LogPosition at, ClusterMetadata newer) {
    if (log.termAt(at.index()) != at.term()) {
      log.restart(at);
    }
    metadata = newer.remembering(metadata.node(self));
    applied = at;
    commit = at.index();
    computeTail();
  }

  /**
   * Goes on from what is decided, with one voter.
   *
   * @param jump so many places and epochs are left out
   * @param term of the place where it goes on
   */
  void recover(UUID voter, long jump, long term) {
    metadata = metadata.recovered(voter, jump);
    applied = new LogPosition(commit + jump, term);
    commit = applied.index();
    log.restart(applied);
    computeTail();
  }
}
