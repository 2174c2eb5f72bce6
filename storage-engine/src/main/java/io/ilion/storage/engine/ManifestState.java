package io.ilion.storage.engine;

import io.ilion.storage.TableOptions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/** What the manifest says: the tables of the node and the files and log positions of each. */
final class ManifestState {
  /**
   * A live file.
   *
   * @param lane that wrote it
   * @param laneCount how many lanes there were
   * @param level that the leveled strategy gave it
   * @param createdSeconds when it was written, in seconds since 1970
   * @param taken what lanes have rewritten since, because their number has changed
   */
  record LiveFile(
      long generation,
      int lane,
      int laneCount,
      int level,
      long createdSeconds,
      List<LaneShare> taken) {

    /** Whether it is wholly in the way of the lanes that there are now. */
    boolean isOf(int lanes) {
      return laneCount == lanes && taken.isEmpty();
    }

    /** Whether the lanes that there are now have taken all of it. */
    boolean isTakenBy(int lanes) {
      for (int i = 0; i < lanes; i++) {
        if (!taken.contains(new LaneShare(lanes, i))) {
          return false;
        }
      }
      return true;
    }

    LiveFile take(LaneShare share) {
      List<LaneShare> more = new ArrayList<>(taken);
      more.add(share);
      return new LiveFile(generation, lane, laneCount, level, createdSeconds, List.copyOf(more));
    }
  }

  /** One table. */
  static final class Table {
    TableOptions options;
    final TreeMap<Long, LiveFile> files = new TreeMap<>();

    /** What some of the files are not to show, in the order in which it was discarded. */
    final List<Discarded> discarded = new ArrayList<>();

    /** Records of earlier runs than this are not to be replayed. */
    long minRun;

    /** By run and lane the number of the last record that is in files. */
    final TreeMap<Long, TreeMap<Integer, Long>> flushed = new TreeMap<>();

    private void prune() {
      discarded.removeIf(d -> files.isEmpty() || files.firstKey() > d.generation());
    }

    private void discard(Discarded some) {
      discarded.removeIf(
          d -> d.generation() <= some.generation() && d.tokens().equals(some.tokens()));
      discarded.add(some);
    }

    /** Whether a record of the commit log is in files already, or was truncated. */
    boolean isFlushed(long run, int lane, long number) {
      if (run < minRun) {
        return true;
      }
      TreeMap<Integer, Long> lanes = flushed.get(run);
      Long last = lanes == null ? null : lanes.get(lane);
      return last != null && number <= last;
    }
  }

  long run;
  long maxGeneration;
  final Map<UUID, Table> tables = new HashMap<>();

  /**
   * Forgets what was discarded of files that are all gone; before the node does anything. Later a
   * file may be under way that has its generation already and is not named yet.
   */
  void prune() {
    tables.values().forEach(Table::prune);
  }

  void apply(Iterable<ManifestEdit> edits) {
    for (ManifestEdit edit : edits) {
      apply(edit);
    }
  }

  private void apply(ManifestEdit edit) {
    switch (edit) {
      case ManifestEdit.Run r -> {
        run = r.run();
        maxGeneration = Math.max(maxGeneration, r.maxGeneration());
      }
      case ManifestEdit.PutTable p ->
          tables.computeIfAbsent(p.options().id(), id -> new Table()).options = p.options();
      case ManifestEdit.DropTable d -> tables.remove(d.table());
      case ManifestEdit.AddFile a -> {
        maxGeneration = Math.max(maxGeneration, a.generation());
        Table table = tables.get(a.table());
        if (table != null) {
          table.files.put(
              a.generation(),
              new LiveFile(
                  a.generation(),
                  a.lane(),
                  a.laneCount(),
                  a.level(),
                  a.createdSeconds(),
                  List.of()));
        }
      }
      case ManifestEdit.TakeFile t -> {
        Table table = tables.get(t.table());
        if (table != null) {
          table.files.computeIfPresent(
              t.generation(), (g, f) -> f.take(new LaneShare(t.laneCount(), t.lane())));
        }
      }
      case ManifestEdit.RemoveFile r -> {
        Table table = tables.get(r.table());
        if (table != null) {
          table.files.remove(r.generation());
        }
      }
      case ManifestEdit.Flushed f -> {
        Table table = tables.get(f.table());
        if (table != null && f.run() >= table.minRun) {
          table
              .flushed
              .computeIfAbsent(f.run(), r -> new TreeMap<>())
              .merge(f.lane(), f.number(), Math::max);
        }
      }
      case ManifestEdit.Discard d -> {
        // No later file is to get a generation that the discard covers, also after a restart.
        maxGeneration = Math.max(maxGeneration, d.discarded().generation());
        Table table = tables.get(d.table());
        if (table != null) {
          table.discard(d.discarded());
        }
      }
      case ManifestEdit.Confirmed c -> {
        // Says nothing of the state.
      }
      case ManifestEdit.MinRun m -> {
        Table table = tables.get(m.table());
        if (table != null && m.run() > table.minRun) {
          table.minRun = m.run();
          table.flushed.headMap(m.run()).clear();
        }
      }
    }
  }

  /** The edits that make this state from nothing. */
  ArrayList<ManifestEdit> asEdits() {
    ArrayList<ManifestEdit> edits = new ArrayList<>();
    edits.add(new ManifestEdit.Run(run, maxGeneration));
    tables.forEach(
        (id, table) -> {
          edits.add(new ManifestEdit.PutTable(table.options));
          if (table.minRun > 0) {
            edits.add(new ManifestEdit.MinRun(id, table.minRun));
          }
          table.files.values().forEach(f -> add(edits, id, f));
          table.discarded.forEach(d -> edits.add(new ManifestEdit.Discard(id, d)));
          table.flushed.forEach(
              (of, lanes) ->
                  lanes.forEach(
                      (lane, number) -> edits.add(new ManifestEdit.Flushed(id, of, lane, number))));
        });
    return edits;
  }

  private static void add(List<ManifestEdit> edits, UUID table, LiveFile f) {
    edits.add(
        new ManifestEdit.AddFile(
            table, f.generation(), f.lane(), f.laneCount(), f.level(), f.createdSeconds()));
    for (LaneShare share : f.taken()) {
      edits.add(new ManifestEdit.TakeFile(table, f.generation(), share.lane(), share.laneCount()));
    }
  }
}
