package io.ilion.storage.engine;

import io.ilion.model.data.CorruptDataException;
import io.ilion.model.data.UpdateReader;
import io.ilion.model.ring.Murmur3;
import io.ilion.runtime.DiskFullException;
import io.ilion.runtime.Files;
import io.ilion.storage.TableFile;
import io.ilion.storage.TableFormat;
import io.ilion.storage.TableOptions;
import io.ilion.storage.commitlog.CommitLogReplay;
import io.ilion.storage.memtable.Memtable;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a start does before lanes run: it opens the files and replays the commit log. */
final class Recovery {
  private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);

  private final Files files;
  private final EngineConfig config;
  private final TableFormat format;
  private final Manifest manifest;
  private final Flusher flusher;
  private final Lanes lanes;
  private final Tables tables;
  private boolean diskFull;

  Recovery(
      Files files,
      EngineConfig config,
      TableFormat format,
      Manifest manifest,
      Flusher flusher,
      Lanes lanes,
      Tables tables) {
    this.files = files;
    this.config = config;
    this.format = format;
    this.manifest = manifest;
    this.flusher = flusher;
    this.lanes = lanes;
    this.tables = tables;
  }

  /**
   * Refuses a node that has files and no manifest: it has lost that, and without it all of them
   * would be what nobody needs.
   *
   * @throws CorruptDataException if there are files of tables, or segments of the commit log
   */
  static void expectNothing(Files files, EngineConfig config, TableFormat format)
      throws IOException {
    String found = null;
    for (String directory : files.list(config.dataDirectory())) {
      for (String name : files.list(config.dataDirectory() + "/" + directory)) {
        if (format.generationOf(name) >= 0) {
          found = config.dataDirectory() + "/" + directory + "/" + name;
        }
      }
    }
    if (found == null && CommitLogReplay.hasSegments(files, config.commitLogDirectory())) {
      found = "the commit log in " + config.commitLogDirectory();
    }
    if (found != null) {
      throw new CorruptDataException(
          "there is no manifest in %s, but there is %s: put the manifest back, or begin with"
                  .formatted(config.dataDirectory(), found)
              + " directories that are empty");
    }
  }

  /** Has the lanes know the tables that the manifest has. */
  void knowTables() {
    List<TableOptions> known =
        manifest.read(state -> state.tables.values().stream().map(t -> t.options).toList());
    for (TableOptions options : known) {
      LaneTable[] parts = tables.partsFor(options);
      lanes.all().forEach(lane -> lane.putTable(options, parts[lane.index()]));
    }
  }

  /**
   * Deletes what the manifest does not know: left by flushes and compactions that never ended, and
   * by tables that were dropped. Snapshots stay, and so do the directories that have any.
   */
  void deleteOrphans() throws IOException {
    Map<String, Set<Long>> live =
        manifest.read(
            state ->
                state.tables.values().stream()
                    .collect(
                        Collectors.toMap(
                            t -> t.options.directoryName(),
                            t -> Set.copyOf(t.files.keySet()),
                            // Several tables may share a directory: generations are of all.
                            Recovery::union)));
    for (String directory : files.list(config.dataDirectory())) {
      String path = config.dataDirectory() + "/" + directory;
      for (String name : files.list(path)) {
        long generation = format.generationOf(name);
        if (generation >= 0 && !live.getOrDefault(directory, Set.of()).contains(generation)) {
          LOG.info("deleting {}/{}, which no table has", path, name);
          files.delete(path + "/" + name);
        }
      }
      if (!live.containsKey(directory)) {
        deleteIfEmpty(path + "/" + Snapshots.DIRECTORY);
        deleteIfEmpty(path);
      }
    }
  }

  private void deleteIfEmpty(String directory) throws IOException {
    if (files.isDirectory(directory) && files.list(directory).isEmpty()) {
      files.syncDirectory(directory);
      files.delete(directory);
    }
  }

  private static Set<Long> union(Set<Long> one, Set<Long> other) {
    Set<Long> both = new HashSet<>(one);
    both.addAll(other);
    return both;
  }

  /** Opens all live files and gives them to their lanes. */
  void openFiles() throws IOException {
    for (ManifestState.Table table : manifest.read(state -> List.copyOf(state.tables.values()))) {
      LaneTable[] parts = tables.parts(table.options.id());
      String directory = config.dataDirectory() + "/" + table.options.directoryName();
      for (LaneTable part : parts) {
        table.discarded.forEach(part::discard);
      }
      for (ManifestState.LiveFile live : table.files.values()) {
        TableFile file = format.open(directory, live.generation(), table.options);
        LaneTable.Note note = new LaneTable.Note(live.level(), live.createdSeconds());
        if (live.isOf(lanes.count())) {
          parts[live.lane()].addFile(file, note);
        } else {
          addForeign(file, live, parts);
        }
      }
    }
  }

  /** Gives a file that another number of lanes wrote to all lanes that have not rewritten it. */
  private void addForeign(TableFile file, ManifestState.LiveFile live, LaneTable[] parts) {
    List<LaneShare> before =
        live.taken().stream().filter(s -> s.laneCount() != lanes.count()).toList();
    for (int i = 0; i < lanes.count(); i++) {
      LaneShare own = new LaneShare(lanes.count(), i);
      if (!live.taken().contains(own)) {
        file.retain();
        parts[i].addFile(new ForeignFile(file, own, before), new LaneTable.Note(0, 0));
      }
    }
    file.release();
  }

  /** Brings what is only in the commit log into memtables, and into files when memory is full. */
  CommitLogReplay.Result replay() throws IOException {
    CommitLogReplay.Result result =
        CommitLogReplay.replay(files, config.commitLogDirectory(), this::record);
    if (result.tornTail() != null) {
      LOG.info("the last run was not stopped: {}", result.tornTail());
    }
    LOG.info("replayed {} records of {} segments", result.records(), result.segmentIds().size());
    return result;
  }

  private void record(long run, int lane, long number, byte[] update) throws IOException {
    UpdateReader reader = new UpdateReader().wrap(update);
    UUID id = reader.tableId();
    LaneTable[] parts = tables.parts(id);
    if (parts == null || manifest.read(s -> s.tables.get(id).isFlushed(run, lane, number))) {
      return;
    }
    long token = Murmur3.token(update, reader.partitionKeyOffset(), reader.partitionKeyLength());
    LaneEngine owner = lanes.of(token);
    if (owner.replay(parts[owner.index()], token, update) && !diskFull) {
      for (LaneTable table : owner.tables()) {
        flush(owner, table);
      }
    }
  }

  private void flush(LaneEngine lane, LaneTable table) throws IOException {
    lane.freeze(table);
    Memtable memtable = table.frozen().peekFirst();
    if (memtable != null && !diskFull) {
      try {
        TableFile file = flusher.write(lane.index(), table, memtable, table.epoch());
        lane.recovered(table, memtable, file);
      } catch (DiskFullException e) {
        // It was in memory before, all of it. It goes into files when the node runs.
        LOG.warn("the disk is full: what is replayed stays in memory", e);
        diskFull = true;
      }
    }
  }
}
