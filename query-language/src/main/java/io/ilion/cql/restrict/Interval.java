package io.ilion.cql.restrict;

import io.ilion.model.type.ClusteringCodec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The clustering keys in {@code [start, end)} by unsigned order. */
public record Interval(byte[] start, byte[] end) {
  static final byte[] BOTTOM = {};
  static final byte[] TOP = {(byte) 0xff};
  static final Interval ALL = new Interval(BOTTOM, TOP);

  /** The keys that begin with a prefix. */
  static Interval of(byte[] prefix) {
    return prefix.length == 0 ? ALL : new Interval(prefix, ClusteringCodec.behind(prefix));
  }

  boolean isEmpty() {
    return Arrays.compareUnsigned(start, end) >= 0;
  }

  /** What two ascending lists of disjoint intervals share. */
  static List<Interval> intersect(List<Interval> a, List<Interval> b) {
    List<Interval> shared = new ArrayList<>();
    for (Interval x : a) {
      for (Interval y : b) {
        Interval both = new Interval(max(x.start, y.start), min(x.end, y.end));
        if (!both.isEmpty()) {
          shared.add(both);
        }
      }
    }
    return normalize(shared);
  }

  /** Sorted, with what overlaps or touches joined. */
  static List<Interval> normalize(List<Interval> intervals) {
    List<Interval> sorted = new ArrayList<>(intervals);
    sorted.removeIf(Interval::isEmpty);
    sorted.sort((x, y) -> Arrays.compareUnsigned(x.start, y.start));
    List<Interval> joined = new ArrayList<>();
    for (Interval next : sorted) {
      Interval last = joined.isEmpty() ? null : joined.get(joined.size() - 1);
      if (last != null && Arrays.compareUnsigned(last.end, next.start) >= 0) {
        joined.set(joined.size() - 1, new Interval(last.start, max(last.end, next.end)));
      } else {
        joined.add(next);
      }
    }
    return joined;
  }

  private static byte[] max(byte[] a, byte[] b) {
    return Arrays.compareUnsigned(a, b) >= 0 ? a : b;
  }

  private static byte[] min(byte[] a, byte[] b) {
    return Arrays.compareUnsigned(a, b) <= 0 ? a : b;
  }
}
