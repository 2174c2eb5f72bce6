package io.ilion.coordinator.read;

import io.ilion.model.data.RowReader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Counts the live rows and the tombstones that a read meets, as Cassandra does: cells that are
 * deleted or have expired, rows that are deleted and have no such cell, and the ends of deleted
 * ranges.
 */
final class Tombstones {
  private final long failAbove;
  private final List<Partition> partitions = new ArrayList<>(0);
  private Partition current;
  private long live;
  private long count;
  private long token;
  private byte[] key;

  /** The tombstones of one partition of a range. */
  private static final class Partition {
    private final long token;
    private final byte[] key;
    private long count;

    Partition(long token, byte[] key) {
      this.token = token;
      this.key = key;
    }
  }

  /** Counts; more tombstones than the limit fail the read, unless it is negative. */
  Tombstones(int failAbove) {
    this.failAbove = failAbove < 0 ? Long.MAX_VALUE : failAbove;
  }

  long live() {
    return live;
  }

  long count() {
    return count;
  }

  /** The token of the last partition. */
  long token() {
    return token;
  }

  void partition(long newToken, byte[] newKey) {
    token = newToken;
    key = newKey;
    current = null;
  }

  void liveRow() {
    live++;
  }

  /** Adds the dead cells of a row that was decoded. */
  void add(int dead) {
    if (dead > 0) {
      if (current == null) {
        current = new Partition(token, key);
        partitions.add(current);
      }
      current.count += dead;
      count += dead;
      if (count > failAbove) {
        count = failAbove + 1;
        throw new TooManyTombstonesException(count);
      }
    }
  }

  /** Adds a row that is not live. The reader stands before its first cell and is rewound. */
  void deadRow(RowReader row, long nowSeconds) {
    if (deadCells(row, nowSeconds) == 0 && row.hasDeletion()) {
      add(1);
    }
  }

  /** Adds the dead cells of a row, and returns their number. The reader is rewound. */
  int deadCells(RowReader row, long nowSeconds) {
    int dead = 0;
    while (row.nextCell()) {
      if (!row.isColumnDeletion() && !row.cellIsLive(nowSeconds)) {
        dead++;
      }
    }
    row.rewind();
    add(dead);
    return dead;
  }

  /** Adds what another one counted, but for partitions behind a position, of which rows came. */
  void addUpTo(Tombstones other, long lastToken, byte[] lastKey, long liveRowsBehind) {
    live += other.live - liveRowsBehind;
    long more = 0;
    for (Partition partition : other.partitions) {
      if (lastKey == null || compare(partition, lastToken, lastKey) <= 0) {
        more += partition.count;
      }
    }
    count += more;
    if (lastKey != null) {
      token = lastToken;
    } else if (other.key != null && (key == null || other.token > token)) {
      token = other.token;
      key = other.key;
    }
    if (count > failAbove) {
      count = failAbove + 1;
      throw new TooManyTombstonesException(count);
    }
  }

  private static int compare(Partition partition, long token, byte[] key) {
    int order = Long.compare(partition.token, token);
    return order != 0 ? order : Arrays.compareUnsigned(partition.key, key);
  }
}
