package io.ilion.storage.compaction;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/** Which files share tokens. */
final class Overlaps {
  private static final Comparator<CompactionFile> BY_FIRST =
      Comparator.comparingLong(CompactionFile::first).thenComparingLong(f -> f.file().generation());

  private Overlaps() {}

  /** How far a group reaches from the tokens at which the most files overlap. */
  enum Reach {
    /** Only to the files that have these tokens. */
    NONE,
    /** To those that overlap one of them. */
    SINGLE,
    /** To those that overlap one of the group, whichever. */
    TRANSITIVE
  }

  /**
   * Files that belong together.
   *
   * @param overlap how many of them share one token at most
   */
  record Group(List<CompactionFile> files, int overlap) {}

  /** Groups that share no file and, together, no token. */
  static List<Group> groups(List<CompactionFile> files, Reach reach) {
    List<CompactionFile> sorted = new ArrayList<>(files);
    sorted.sort(BY_FIRST);
    List<Group> groups = new ArrayList<>();
    List<CompactionFile> connected = new ArrayList<>();
    long end = Long.MIN_VALUE;
    for (CompactionFile file : sorted) {
      if (!connected.isEmpty() && file.first() > end) {
        groups.add(group(connected, reach));
        connected = new ArrayList<>();
        end = Long.MIN_VALUE;
      }
      connected.add(file);
      end = Math.max(end, file.last());
    }
    if (!connected.isEmpty()) {
      groups.add(group(connected, reach));
    }
    return groups;
  }

  private static Group group(List<CompactionFile> connected, Reach reach) {
    List<CompactionFile> densest = densest(connected);
    return switch (reach) {
      case NONE -> new Group(densest, densest.size());
      case SINGLE ->
          new Group(
              connected.stream().filter(f -> densest.stream().anyMatch(f::overlaps)).toList(),
              densest.size());
      case TRANSITIVE -> new Group(connected, densest.size());
    };
  }

  /** The largest set of files, sorted by their first token, that share a token. */
  private static List<CompactionFile> densest(List<CompactionFile> sorted) {
    PriorityQueue<CompactionFile> open =
        new PriorityQueue<>(Comparator.comparingLong(CompactionFile::last));
    List<CompactionFile> best = List.of();
    for (CompactionFile file : sorted) {
      while (!open.isEmpty() && open.peek().last() < file.first()) {
        open.poll();
      }
      open.add(file);
      if (open.size() > best.size()) {
        best = List.copyOf(open);
      }
    }
    return best;
  }

  /** The oldest files of which no more than a limit share a token. */
  static List<CompactionFile> oldest(List<CompactionFile> files, int limit) {
    long[] starts = files.stream().mapToLong(CompactionFile::first).sorted().distinct().toArray();
    int[] counts = new int[starts.length];
    List<CompactionFile> byAge = new ArrayList<>(files);
    byAge.sort(
        Comparator.<CompactionFile>comparingLong(f -> f.file().maxTimestamp())
            .thenComparingLong(f -> f.file().generation()));
    List<CompactionFile> picked = new ArrayList<>();
    for (CompactionFile file : byAge) {
      int from = java.util.Arrays.binarySearch(starts, file.first());
      int to = from;
      boolean fits = true;
      while (to < starts.length && starts[to] <= file.last()) {
        fits &= counts[to++] < limit;
      }
      if (fits) {
        picked.add(file);
        for (int i = from; i < to; i++) {
          counts[i]++;
        }
      }
    }
    return picked;
  }
}
