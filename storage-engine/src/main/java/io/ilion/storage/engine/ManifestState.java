package io.ilion.storage.engine;

import io.ilion.storage.TableOptions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/** What the manifest says: the tables of the node and the files and log positions of each. */
final class ManifestState {
  /** A live file: which lane wrote it, and of how many lanes. */
  record LiveFile(long generation, int lane, int laneCount) {}

  /** One table. */
  static final class Table {
    TableOptions options;
    final TreeMap<Long, LiveFile> files = new TreeMap<>();

    /** Records of earlier runs than this are not to be replayed. */
    long minRun;

    /** By run and lane the number of the last record that is in files. */
    final TreeMap<Long, TreeMap<Integer, Long>> flushed = new TreeMap<>();

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
          table.files.put(a.generation(), new LiveFile(a.generation(), a.lane(), a.laneCount()));
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
          table
              .files
              .values()
              .forEach(
                  f ->
                      edits.add(
                          new ManifestEdit.AddFile(id, f.generation(), f.lane(), f.laneCount())));
          table.flushed.forEach(
              (of, lanes) ->
                  lanes.forEach(
                      (lane, number) -> edits.add(new ManifestEdit.Flushed(id, of, lane, number))));
        });
    return edits;
  }
}
