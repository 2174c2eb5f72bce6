package io.ilion.model.data;

import java.util.Arrays;

/**
 * The one merge rule. What a row is, given several images of it (from memtables, SSTables,
 * replicas, updates) and the deletion that covers it, is decided here and nowhere else:
 *
 * <ul>
 *   <li>a deletion removes everything in its scope whose timestamp is not greater;
 *   <li>of two cells the greater timestamp wins; at a tie a tombstone or expiring cell wins over
 *       one that stays, a tombstone over an expiring one, the later time of deletion or expiry,
 *       then the smaller TTL, and at last the larger value (unsigned bytes): Cassandra's order, so
 *       that replicas of either kind would agree;
 *   <li>counter cells merge shard by shard ({@link CounterShards}), and a tombstone wins over any;
 *   <li>of two livenesses the greater timestamp wins; at a tie the expiring one, then the later.
 * </ul>
 *
 * The rule is commutative, associative and idempotent, but for one thing that it shares with
 * Cassandra's: a merged counter has the greatest timestamp of its shards, so shards that a deletion
 * was to remove stay if they met newer ones first. Who deletes a counter must not count on. A
 * merger is reusable and not thread-safe.
 */
public final class RowMerger {
  private RowReader[] open = new RowReader[8];

  /**
   * Writes the merged image of the sources.
   *
   * @param sources readers placed before their first cell; only the first {@code count} count
   * @param coveringTimestamp of the newest partition or range deletion over the row, or
   *     Long.MIN_VALUE
   * @param out is reset first
   * @return false if nothing remains, not even a tombstone
   */
  public boolean merge(RowReader[] sources, int count, long coveringTimestamp, RowWriter out) {
    out.reset();
    long deletionTimestamp = Long.MIN_VALUE;
    long deletionLocal = Long.MAX_VALUE;
    RowReader liveness = null;
    for (int i = 0; i < count; i++) {
      RowReader s = sources[i];
      if (s.hasDeletion()
          && Deletion.supersedes(
              s.deletionTimestamp(), s.deletionLocalSeconds(), deletionTimestamp, deletionLocal)) {
        deletionTimestamp = s.deletionTimestamp();
        deletionLocal = s.deletionLocalSeconds();
      }
      if (s.hasLiveness() && (liveness == null || livenessWins(s, liveness))) {
        liveness = s;
      }
    }
    long shadow = Math.max(coveringTimestamp, deletionTimestamp);
    if (liveness != null && liveness.livenessTimestamp() > shadow) {
      out.liveness(
          liveness.livenessTimestamp(), liveness.livenessTtl(), liveness.livenessExpiresAt());
    }
    if (deletionTimestamp > coveringTimestamp) {
      out.deletion(deletionTimestamp, deletionLocal);
    }
    mergeCells(sources, count, shadow, out);
    return !out.isEmpty();
  }

  private void mergeCells(RowReader[] sources, int count, long shadow, RowWriter out) {
    if (open.length < count) {
      open = new RowReader[count * 2];
    }
    int live = 0;
    for (int i = 0; i < count; i++) {
      if (sources[i].nextCell()) {
        open[live++] = sources[i];
      }
    }
    int column = 0;
    long columnShadow = shadow;
    while (live > 0) {
      int first = 0;
      boolean tied = false;
      for (int i = 1; i < live; i++) {
        int order = RowReader.compareCells(open[i], open[first]);
        if (order < 0) {
          first = i;
          tied = false;
        } else if (order == 0) {
          tied = true;
        }
      }
      RowReader head = open[first];
      if (head.column() != column) {
        column = head.column();
        columnShadow = shadow;
      }
      if (!tied) {
        if (head.timestamp() > columnShadow) {
          if (head.isColumnDeletion()) {
            columnShadow = head.timestamp();
          }
          out.copy(head);
        }
        live = advance(first, live);
      } else {
        columnShadow = mergeTied(head, live, columnShadow, out);
        live = advanceTied(head, live);
      }
    }
    Arrays.fill(open, null);
  }

  /** Merges the entries that equal the head's position; returns the shadow for what follows. */
  private long mergeTied(RowReader head, int live, long columnShadow, RowWriter out) {
    RowReader winner = head.timestamp() > columnShadow ? head : null;
    byte[] shards = null;
    long counterTimestamp = Long.MIN_VALUE;
    for (int i = 0; i < live; i++) {
      RowReader other = open[i];
      if (other == head
          || RowReader.compareCells(other, head) != 0
          || other.timestamp() <= columnShadow) {
        continue;
      }
      if (winner == null) {
        winner = other;
      } else if (winner.isCounter() && other.isCounter()) {
        shards =
            shards == null
                ? mergeShards(winner, other)
                : CounterShards.merge(
                    shards,
                    0,
                    shards.length,
                    other.array(),
                    other.valueOffset(),
                    other.valueLength());
        counterTimestamp =
            Math.max(Math.max(counterTimestamp, winner.timestamp()), other.timestamp());
      } else if (cellWins(other, winner)) {
        winner = other;
        shards = null;
      }
    }
    if (winner == null) {
      return columnShadow;
    }
    if (shards != null && winner.isCounter()) {
      out.counterCell(winner.column(), Math.max(counterTimestamp, winner.timestamp()), shards);
    } else {
      out.copy(winner);
    }
    return winner.isColumnDeletion() ? winner.timestamp() : columnShadow;
  }

  private static byte[] mergeShards(RowReader a, RowReader b) {
    return CounterShards.merge(
        a.array(), a.valueOffset(), a.valueLength(), b.array(), b.valueOffset(), b.valueLength());
  }

  private int advance(int index, int live) {
    if (open[index].nextCell()) {
      return live;
    }
    System.arraycopy(open, index + 1, open, index, live - index - 1);
    return live - 1;
  }

  /** Advances all entries at the head's position, the head itself last since it is the measure. */
  private int advanceTied(RowReader head, int live) {
    int remaining = live;
    for (int i = remaining - 1; i >= 0; i--) {
      if (open[i] != head && RowReader.compareCells(open[i], head) == 0) {
        remaining = advance(i, remaining);
      }
    }
    for (int i = 0; i < remaining; i++) {
      if (open[i] == head) {
        return advance(i, remaining);
      }
    }
    throw new AssertionError("the head of a merge is one of its sources");
  }

  private static boolean livenessWins(RowReader a, RowReader b) {
    if (a.livenessTimestamp() != b.livenessTimestamp()) {
      return a.livenessTimestamp() > b.livenessTimestamp();
    }
    boolean expiring = a.livenessTtl() != 0;
    if (expiring != (b.livenessTtl() != 0)) {
      return expiring;
    }
    if (a.livenessExpiresAt() != b.livenessExpiresAt()) {
      return a.livenessExpiresAt() > b.livenessExpiresAt();
    }
    return a.livenessTtl() < b.livenessTtl();
  }

  /** Whether cell a wins over cell b of the same column and path. */
  static boolean cellWins(RowReader a, RowReader b) {
    if (a.isCounter() != b.isCounter()) {
      return b.isCounter() && a.isTombstone();
    }
    if (a.timestamp() != b.timestamp()) {
      return a.timestamp() > b.timestamp();
    }
    boolean passes = a.isTombstone() || a.isColumnDeletion() || a.isExpiring();
    boolean otherPasses = b.isTombstone() || b.isColumnDeletion() || b.isExpiring();
    if (passes != otherPasses) {
      return passes;
    }
    if (passes) {
      if (a.isTombstone() != b.isTombstone()) {
        return a.isTombstone();
      }
      if (a.secondsField() != b.secondsField()) {
        return a.secondsField() > b.secondsField();
      }
      if (a.ttl() != b.ttl()) {
        return a.ttl() < b.ttl();
      }
    }
    return Arrays.compareUnsigned(
            a.array(),
            a.valueOffset(),
            a.valueOffset() + a.valueLength(),
            b.array(),
            b.valueOffset(),
            b.valueOffset() + b.valueLength())
        > 0;
  }
}
