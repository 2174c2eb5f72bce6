package io.ilion.storage.compaction;

import io.ilion.storage.TableFile;
import java.util.Collection;
import java.util.List;

/**
 * What one compaction is to do.
 *
 * @param sources at least one file
 * @param level of what it writes
 * @param split how its output is cut into files
 * @param narrowable whether it may be done with fewer of the sources
 */
public record CompactionPlan(
    Kind kind, List<TableFile> sources, int level, OutputSplit split, boolean narrowable) {

  /** Why files are compacted. */
  public enum Kind {
    /** The strategy finds too many of them. */
    COMPACTION("compaction"),
    /** Reads of rows paid for it that several have the same partitions. */
    READS("compaction for reads"),
    /** Somebody asked for it. */
    MAJOR("major compaction"),
    /** One file has many deletions that may go. */
    TOMBSTONES("tombstone compaction"),
    /** All in them has expired: they are deleted unread. */
    EXPIRED("expired files"),
    /** The file fits into another level as it is. */
    MOVE("move"),
    /** They have what the table has discarded. */
    CLEANUP("cleanup"),
    /** Another number of lanes wrote them. */
    LANES("lane change");

    private final String text;

    Kind(String text) {
      this.text = text;
    }

    /** As people read it. */
    public String text() {
      return text;
    }
  }

  /** Copies the list. */
  public CompactionPlan {
    sources = List.copyOf(sources);
  }

  static CompactionPlan merge(
      Kind kind, Collection<CompactionFile> sources, int level, OutputSplit split) {
    return new CompactionPlan(kind, files(sources), level, split, true);
  }

  static List<TableFile> files(Collection<CompactionFile> files) {
    return files.stream().map(CompactionFile::file).toList();
  }

  /** The same with fewer sources. */
  public CompactionPlan withSources(List<TableFile> fewer) {
    return new CompactionPlan(kind, fewer, level, split, narrowable);
  }
}
