package io.ilion.gossip.metadata;

import java.util.ArrayList;
import java.util.List;

/**
 * The entries that a member has in memory. They go back somewhat further than the metadata that
 * were applied, so that those who lag behind a little need no snapshot.
 */
final class RaftLog {
  /** How many entries are kept that were applied. */
  private static final int MOST_KEPT = 256;

  /**
   * How many bytes of these are: an entry has a keyspace as a whole, with perhaps thousands of
   * tables.
   */
  private static final long MOST_KEPT_BYTES = 8 << 20;

  /** So many are kept whatever they take, since the others learn of them only now. */
  private static final int LEAST_KEPT = 4;

  private LogPosition base;
  private final List<LogEntry> entries = new ArrayList<>();

  /** A log that goes on from a place. */
  RaftLog(LogPosition base, List<LogEntry> behind) {
    this.base = base;
    entries.addAll(behind);
  }

  /** The place before the first entry that is here. */
  LogPosition base() {
    return base;
  }

  LogPosition last() {
    return entries.isEmpty() ? base : position(entries.getLast());
  }

  private static LogPosition position(LogEntry entry) {
    return new LogPosition(entry.index(), entry.term());
  }

  /** The term of the entry at an index; -1 if it is not here. */
  long termAt(long index) {
    if (index == base.index()) {
      return base.term();
    }
    return index < base.index() || index > last().index() ? -1 : get(index).term();
  }

  LogEntry get(long index) {
    return entries.get((int) (index - base.index() - 1));
  }

  /** The entries from an index, which is here, up to another, of so many bytes in all or one. */
  List<LogEntry> from(long first, long last, int maxBytes) {
    List<LogEntry> found = new ArrayList<>();
    long bytes = 0;
    for (long i = first; i <= Math.min(last, last().index()); i++) {
      LogEntry entry = get(i);
      bytes += entry.bytes();
      if (!found.isEmpty() && bytes > maxBytes) {
        break;
      }
      found.add(entry);
    }
    return found;
  }

  /** Appends an entry, in the place of those from its index on. */
  void put(LogEntry entry) {
    int at = (int) (entry.index() - base.index() - 1);
    if (at < 0 || at > entries.size()) {
      throw new IllegalStateException("no place for entry " + entry.index());
    }
    entries.subList(at, entries.size()).clear();
    entries.add(entry);
  }

  /** Forgets all, and goes on from a place. */
  void restart(LogPosition from) {
    entries.clear();
    base = from;
  }

  /** Forgets what nobody will probably ask for, of the entries up to an index. */
  void compact(long applied) {
    int all = (int) (applied - base.index());
    int kept = 0;
    long bytes = 0;
    while (kept < Math.min(all, MOST_KEPT)) {
      bytes += entries.get(all - kept - 1).bytes();
      if (kept >= LEAST_KEPT && bytes > MOST_KEPT_BYTES) {
        break;
      }
      kept++;
    }
    int count = all - kept;
    if (count > 0) {
      base = position(entries.get(count - 1));
      entries.subList(0, count).clear();
    }
  }
}
