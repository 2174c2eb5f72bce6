package io.ilion.storage.engine;

import io.ilion.runtime.DiskFullException;
import io.ilion.runtime.NodeRuntime;
import io.ilion.storage.MergeCursor;
import io.ilion.storage.ReadCommand.PartitionRange;
import io.ilion.storage.TableFile;
import io.ilion.storage.TableFormat;
import io.ilion.storage.TableOptions;
import io.ilion.storage.commitlog.CommitLog;
import io.ilion.storage.memtable.Memtable;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns frozen memtables into files on the background pool. A memtable goes only after its file and
 * the manifest are on disk. Without room on the disk it stays, writes are refused, and the flush is
 * tried again.
 */
final class Flusher {
  private static final Logger LOG = LoggerFactory.getLogger(Flusher.class);

  /** What found no room on the disk is tried again after this. */
  static final long RETRY_NANOS = 1_000_000_000L;

  private final NodeRuntime runtime;
  private final EngineConfig config;
  private final TableFormat format;
  private final Manifest manifest;
  private final Executor executor;
  private final AtomicLong lastGeneration;
  private final long run;
  private final int laneCount;
  private final DiskFullException logFull;
  private final ActivityCounters counters = new ActivityCounters();

  private volatile DiskFullException diskFull;
  private volatile DiskFullException reserveReached;
  private volatile boolean closed;
  private CommitLog log;
  private BiConsumer<LaneEngine, LaneTable> compaction = (lane, table) -> {};

  Flusher(
      NodeRuntime runtime,
      EngineConfig config,
      TableFormat format,
      Manifest manifest,
      Executor executor) {
    this.executor = executor;
    this.runtime = runtime;
    this.config = config;
    this.format = format;
    this.manifest = manifest;
    this.lastGeneration = new AtomicLong(manifest.read(s -> s.maxGeneration));
    this.run = manifest.read(s -> s.run);
    this.laneCount = runtime.scheduler().laneCount();
    this.logFull = new DiskFullException(config.commitLogDirectory(), null);
  }

  void setLog(CommitLog commitLog) {
    log = commitLog;
  }

  /** Who is told that a table got a new file. */
  void setCompaction(BiConsumer<LaneEngine, LaneTable> listener) {
    compaction = listener;
  }

  ActivityCounters counters() {
    return counters;
  }

  long nextGeneration() {
    return lastGeneration.incrementAndGet();
  }

  long lastGeneration() {
    return lastGeneration.get();
  }

  String directory(LaneTable table) {
    return directory(table.options());
  }

  String directory(TableOptions options) {
    return config.dataDirectory() + "/" + options.directoryName();
  }

  /** Why writes are refused, or null. */
  DiskFullException diskFull() {
    DiskFullException full = diskFull;
    return full != null ? full : reserveReached;
  }

  /** Notes whether so little is left on the disk that writes are refused: null if not. */
  void setReserveReached(DiskFullException reached) {
    reserveReached = reached;
  }

  void forgetFullDisk() {
    diskFull = null;
  }

  DiskFullException logFull() {
    return logFull;
  }

  void close() {
    closed = true;
  }

  long nowSeconds() {
    return runtime.clock().wallSeconds();
  }

  void flush(LaneEngine lane, LaneTable table, Memtable memtable) {
    long epoch = table.epoch();
    executor.execute(
        () -> {
          if (closed) {
            return;
          }
          try {
            TableFile file = write(lane.index(), table, memtable, epoch);
            diskFull = null;
            lane.lane().execute(() -> lane.flushed(table, memtable, file, epoch));
          } catch (IOException | RuntimeException | OutOfMemoryError e) {
            // Also if there was no memory for a long block: else the table is never flushed again.
            failed(lane, table, e);
          }
        });
  }

  private void failed(LaneEngine lane, LaneTable table, Throwable e) {
    if (closed) {
      return;
    }
    if (e instanceof DiskFullException full) {
      diskFull = full;
    }
    LOG.error("flush of table {} failed and is tried again", table.options().directoryName(), e);
    lane.lane().execute(() -> lane.flushFailed(table, RETRY_NANOS));
  }

  /**
   * Writes a memtable; returns its file, or null if nothing remained or the table was truncated.
   */
  TableFile write(int lane, LaneTable table, Memtable memtable, long epoch) throws IOException {
    long generation = nextGeneration();
    TableFile file;
    try (MergeCursor source = new MergeCursor(List.of(memtable.scan(PartitionRange.ALL)), true)) {
      file = format.write(directory(table), generation, table.options(), source);
    }
    ManifestEdit flushed =
        new ManifestEdit.Flushed(table.options().id(), run, lane, memtable.lastPosition());
    List<ManifestEdit> edits =
        file == null
            ? List.of(flushed)
            : List.of(
                new ManifestEdit.AddFile(
                    table.options().id(), generation, lane, laneCount, 0, nowSeconds()),
                flushed);
    boolean kept;
    try {
      kept = manifest.edit(edits, () -> table.epoch() == epoch);
    } catch (IOException e) {
      manifest.discard(file);
      throw e;
    }
    if (!kept) {
      manifest.discard(file);
      return null;
    }
    if (file != null) {
      counters.flushed(file);
    }
    return file;
  }

  /** Lets a file go that is in the manifest and came too late: its table's data has gone. */
  void letGo(LaneTable table, TableFile late) {
    executor.execute(() -> manifest.letGo(table.options().id(), late));
  }

  /** A table may have to be compacted. */
  void considerCompaction(LaneEngine lane, LaneTable table) {
    compaction.accept(lane, table);
  }

  /** A memtable has gone and its file is there. */
  void installed(LaneEngine lane, LaneTable table, Memtable written) {
    log.flushed(table.logTable(), written.lastPosition());
    compaction.accept(lane, table);
  }
}
