package io.ilion.storage.compaction;

import io.ilion.storage.TableFile;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;

/**
 * For each token the least timestamp of anything that a compaction does not see: only deletions
 * older than that may be purged there.
 */
public final class PurgeLimits {
  /** Whatever is old enough may be purged: nothing is elsewhere. */
  public static final PurgeLimits NONE = of(Long.MAX_VALUE, List.of());

  private final long[] starts;
  private final long[] limits;

  private PurgeLimits(long[] starts, long[] limits) {
    this.starts = starts;
    this.limits = limits;
  }

  /**
   * The limits by what is elsewhere.
   *
   * @param oldestInMemory the least timestamp of the memtables, or of anything unknown
   * @param others the files that are not compacted
   */
  public static PurgeLimits of(long oldestInMemory, List<TableFile> others) {
    TreeMap<Long, Long> changes = new TreeMap<>();
    changes.put(Long.MIN_VALUE, oldestInMemory);
    for (TableFile file : others) {
      boundary(changes, file.firstToken());
      if (file.lastToken() < Long.MAX_VALUE) {
        boundary(changes, file.lastToken() + 1);
      }
      changes
          .subMap(file.firstToken(), true, file.lastToken(), true)
          .replaceAll((token, limit) -> Math.min(limit, file.minTimestamp()));
    }
    long[] starts = new long[changes.size()];
    long[] limits = new long[starts.length];
    int i = 0;
    for (var change : changes.entrySet()) {
      starts[i] = change.getKey();
      limits[i++] = change.getValue();
    }
    return new PurgeLimits(starts, limits);
  }

  private static void boundary(TreeMap<Long, Long> changes, long token) {
    changes.putIfAbsent(token, changes.floorEntry(token).getValue());
  }

  /** Deletions of this timestamp or later stay in the partitions of a token. */
  long before(long token) {
    int at = Arrays.binarySearch(starts, token);
    return limits[at >= 0 ? at : -at - 2];
  }
}
