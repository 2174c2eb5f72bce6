package io.ilion.storage.commitlog;

import java.util.LinkedHashMap;
import java.util.Map;

/** One segment of this run: its size, and what it holds that is in no SSTable yet. */
final class Segment {
  final long id;
  final String path;
  long bytes;

  /** Whether a full disk ended it: then the space it has is not what it should be. */
  boolean cutShort;

  /** Whether nothing is added to it, and what it holds is known to be all, on disk as well. */
  boolean ended;

  /** For each table with records here the number of the last one, in the order of the first. */
  final Map<LogTable, long[]> dirty = new LinkedHashMap<>();

  Segment(long id, String path) {
    this.id = id;
    this.path = path;
  }

  /** A table's records up to a number are needed no more. */
  void flushed(LogTable table, long number) {
    long[] last = dirty.get(table);
    if (last != null && last[0] <= number) {
      dirty.remove(table);
      if (table.segment != null && table.segment.id == id) {
        // Its next record here makes the segment dirty again.
        table.segment = null;
      }
    }
  }

  void holds(LogTable table, long number) {
    if (table.segment == null || table.segment.id != id) {
      table.segment = this;
      table.lastNumber = dirty.computeIfAbsent(table, t -> new long[1]);
    }
    table.lastNumber[0] = number;
  }
}
