package io.ilion.storage;

import java.util.Arrays;
import java.util.List;

/**
 * The part of a partition that a read wants: half-open intervals of clustering keys, ascending and
 * disjoint.
 *
 * @param intervals at least one unless only the static row is wanted
 */
public record Slices(List<Interval> intervals) {
  private static final byte[] BOTTOM = {};
  private static final byte[] TOP = {(byte) 0xff};

  /** Every row. */
  public static final Slices ALL = new Slices(List.of(new Interval(BOTTOM, TOP)));

  /** No row: the static row alone. */
  public static final Slices NONE = new Slices(List.of());

  /** Checks that the intervals ascend and are disjoint. */
  public Slices {
    intervals = List.copyOf(intervals);
    for (int i = 1; i < intervals.size(); i++) {
      if (Arrays.compareUnsigned(intervals.get(i - 1).end, intervals.get(i).start) > 0) {
        throw new IllegalArgumentException("slices overlap or descend");
      }
    }
  }

  /**
   * The keys in {@code [start, end)} by unsigned order.
   *
   * @param start inclusive; empty for the first
   * @param end exclusive; {0xff} for behind the last
   */
  public record Interval(byte[] start, byte[] end) {
    /** Refuses an empty interval. */
    public Interval {
      if (Arrays.compareUnsigned(start, end) >= 0) {
        throw new IllegalArgumentException("empty slice");
      }
    }

    /** Exactly one row. */
    public static Interval row(byte[] clusteringKey) {
      return new Interval(clusteringKey, behind(clusteringKey));
    }
  }

  /** The bound behind everything that begins with a prefix. */
  public static byte[] behind(byte[] prefix) {
    byte[] bound = Arrays.copyOf(prefix, prefix.length + 1);
    bound[prefix.length] = (byte) 0xff;
    return bound;
  }

  /** Exactly one row. */
  public static Slices row(byte[] clusteringKey) {
    return new Slices(List.of(Interval.row(clusteringKey)));
  }
}
