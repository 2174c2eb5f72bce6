package io.ilion.storage.engine;

import io.ilion.model.ring.TokenRange;
import io.ilion.runtime.Files;
import io.ilion.runtime.NodeRuntime;
import io.ilion.storage.BlockSupply;
import io.ilion.storage.LaneStore;
import io.ilion.storage.PartitionCursor;
import io.ilion.storage.PurgeHorizon;
import io.ilion.storage.StorageEngine;
import io.ilion.storage.StoredFiles;
import io.ilion.storage.TableFormat;
import io.ilion.storage.TableOptions;
import io.ilion.storage.UnknownTableException;
import io.ilion.storage.commitlog.CommitLog;
import io.ilion.storage.commitlog.CommitLogReplay;
import io.ilion.storage.sstable.BlockCache;
import io.ilion.storage.sstable.SSTableFormat;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * The storage engine of one node. What a crash leaves: every write that was acknowledged (by the
 * rule of the sync mode) is in a file that the manifest names or in the commit log.
 *
 * <p>This opens the parts in the order in which they rely on each other, hands each call to the
 * part whose business it is, and closes them.
 */
public final class Engine implements StorageEngine {
  private final EngineConfig config;
  private final NodeRuntime runtime;
  private final BackgroundWork background;
  private final TableFormat format;
  private final BlockCache cache;
  private final Closeable lock;
  private final Manifest manifest;
  private final Flusher flusher;
  private final Compactions compactions;
  private final CompactionControl compactionControl;
  private final DiskReserve diskReserve;
  private final Lanes lanes;

  /** What each lane owns: the way of requests, without a detour. */
  private final LaneStore[] stores;

  private final Tables tables;
  private final CommitLog log;
  private final TableChanges changes;
  private final Discards discards;
  private final Imports imports;
  private final Snapshots snapshots;

  private Engine(
      EngineConfig config,
      NodeRuntime runtime,
      BackgroundWork background,
      TableFormat format,
      BlockCache cache,
      PurgeHorizon.Source horizons,
      Consumer<Throwable> fatal)
      throws IOException {
    this.background = background;
    this.cache = cache;
    this.config = config;
    this.runtime = runtime;
    this.format = format;
    Files files = runtime.files();
    files.createDirectories(config.dataDirectory());
    files.createDirectories(config.commitLogDirectory());
    lock = files.lock(config.dataDirectory());
    try {
      if (!Manifest.isThere(files, config.dataDirectory())) {
        Recovery.expectNothing(files, config, format);
      }
      manifest = Manifest.open(files, config.dataDirectory(), fatal);
      long run = manifest.read(s -> s.run);
      flusher = new Flusher(runtime, config, format, manifest, background.flushes());
      diskReserve = new DiskReserve(runtime, config.dataDirectory(), flusher);
      compactions =
          new Compactions(
              runtime, config, format, manifest, flusher, horizons, background.compactions());
      flusher.setCompaction(compactions::consider);
      lanes = new Lanes(runtime.scheduler(), flusher, config.memtableBytes());
      stores = lanes.all().toArray(LaneEngine[]::new);
      compactionControl = new CompactionControl(compactions, lanes);
      tables = new Tables(lanes.count(), config.cacheBytes());
      Recovery recovery = new Recovery(files, config, format, manifest, flusher, lanes, tables);
      recovery.knowTables();
      recovery.deleteOrphans();
      recovery.openFiles();
      CommitLogReplay.Result found = recovery.replay();
      log = openLog(run, found, fatal);
      flusher.setLog(log);
      lanes.setLog(log);
      EarlierRuns earlierRuns =
          new EarlierRuns(
              runtime.scheduler().lane(0),
              manifest,
              log,
              compactions,
              run,
              lanes,
              tables,
              background);
      changes =
          new TableChanges(
              files, manifest, flusher, compactions, log, run, lanes, tables, background);
      discards =
          new Discards(manifest, flusher, compactions, earlierRuns, lanes, tables, background);
      imports = new Imports(files, format, manifest, flusher, compactions, lanes, background);
      snapshots = new Snapshots(files, config.dataDirectory(), format, manifest);
      snapshots.clearUnfinished();
      earlierRuns.forget(found.segmentIds().isEmpty());
      lanes.all().forEach(compactions::watch);
    } catch (IOException | RuntimeException e) {
      lock.close();
      throw e;
    }
  }

  /**
   * Opens the storage of a node whose data nobody else has; blocks while files are opened and the
   * commit log is replayed.
   *
   * @param fatal is told once, on any thread, when the node has to stop because it can no longer
   *     say what is durable
   * @throws io.ilion.model.data.CorruptDataException if something that had been synced is damaged
   */
  public static Engine open(EngineConfig config, NodeRuntime runtime, Consumer<Throwable> fatal)
      throws IOException {
    return open(config, runtime, tableId -> PurgeHorizon.ALL, fatal);
  }

  /**
   * Opens the storage of a node, as above.
   *
   * @param horizons which deletions are everywhere they have to be; asked from now on
   */
  public static Engine open(
      EngineConfig config,
      NodeRuntime runtime,
      PurgeHorizon.Source horizons,
      Consumer<Throwable> fatal)
      throws IOException {
    return open(
        config,
        runtime,
        horizons,
        fatal,
        runtime.isReplayable()
            ? BlockCache.replayable(config.cacheBytes())
            : new BlockCache(config.cacheBytes()),
        UnaryOperator.identity());
  }

  /** As above, with a cache and a format that may be other than the usual ones. */
  static Engine open(
      EngineConfig config,
      NodeRuntime runtime,
      PurgeHorizon.Source horizons,
      Consumer<Throwable> fatal,
      BlockCache cache,
      UnaryOperator<TableFormat> chosen)
      throws IOException {
    BackgroundWork background =
        new BackgroundWork(
            runtime.scheduler().background(), runtime.scheduler().longWork(), config.compactors());
    TableFormat format =
        chosen.apply(
            new SSTableFormat(runtime.files(), background.reads(), background.closing(), cache));
    return new Engine(config, runtime, background, format, cache, horizons, fatal);
  }

  private CommitLog openLog(long run, CommitLogReplay.Result found, Consumer<Throwable> fatal)
      throws IOException {
    return new CommitLog(
        config.commitLog(),
        runtime.files(),
        runtime.clock(),
        runtime.scheduler(),
        runtime.random().split(),
        run,
        found,
        lanes::flushFor,
        fatal);
  }

  // ---- lanes

  @Override
  public LaneStore lane(int index) {
    return stores[index];
  }

  @Override
  public int laneOf(long token) {
    return Lanes.of(token, stores.length);
  }

  /**
   * Has somebody be told of every partition that is written or read; one at a time.
   *
   * @param observer null for nobody: the one before is told of nothing more when the stage
   *     completes
   */
  public CompletionStage<Void> observe(PartitionObserver observer) {
    return lanes
        .onEach(
            lane -> {
              lane.observe(observer);
              return null;
            })
        .thenApply(all -> null);
  }

  // ---- tables

  @Override
  public List<TableOptions> tables() {
    return tables.options();
  }

  @Override
  public CompletionStage<Void> putTable(TableOptions options) {
    return changes.put(options);
  }

  @Override
  public CompletionStage<Void> dropTable(UUID tableId) {
    return changes.drop(tableId);
  }

  @Override
  public CompletionStage<Void> truncate(UUID tableId) {
    return changes.truncate(tableId);
  }

  /**
   * Forgets durably all that a table has now of some tokens; what is written from now on stays. The
   * space is given back in the background: see {@link #isClean}.
   *
   * <p>Nobody may rely on writes of these tokens that are under way.
   */
  public CompletionStage<Void> discard(UUID tableId, Collection<TokenRange> ranges) {
    return discards.discard(tableId, ranges);
  }

  /**
   * As {@link #discard}, but leaves alone what is in no file yet: what comes while this goes on
   * stays, whatever becomes of the ranges meanwhile.
   *
   * @param ranges asked once, before anything is hidden
   */
  public CompletionStage<Void> discardFlushed(
      UUID tableId, Supplier<Collection<TokenRange>> ranges) {
    return discards.discardFlushed(tableId, ranges);
  }

  /** Whether no file has anything of a table any more that was discarded. */
  public boolean isClean(UUID tableId) {
    return discards.isClean(tableId);
  }

  /** The name of the directory of a table, if there is such a table. */
  public Optional<String> directoryName(UUID tableId) {
    return Optional.ofNullable(tables.parts(tableId))
        .map(parts -> parts[0].options().directoryName());
  }

  @Override
  public List<TableStatistics> statistics() {
    return tables.statistics();
  }

  // ---- files

  @Override
  public CompletionStage<Void> flush(UUID tableId) {
    return lanes.flush(tableId);
  }

  @Override
  public CompletionStage<StoredFiles> storedFiles(UUID tableId, boolean flush) {
    return tables.with(
        tableId,
        parts -> {
          CompletableFuture<Void> ready =
              flush
                  // What waits for memory may have been acknowledged before whoever asks was a
                  // replica.
                  ? lanes
                      .untilEach(LaneEngine::whenNoneWaits)
                      .thenCompose(none -> lanes.flush(tableId))
                  : CompletableFuture.completedFuture(null);
          return ready
              .thenCompose(
                  flushed -> lanes.onEach(lane -> HeldFiles.hold(parts[lane.index()].files())))
              .thenApply(held -> HeldFiles.of(held, background.reads()));
        });
  }

  @Override
  public PartitionCursor copied(List<TokenRange> ranges, BlockSupply pieces) {
    return format.copied(ranges, pieces);
  }

  /** The files that have something of a partition, the newest first. */
  public CompletionStage<List<PartitionFile>> filesOf(UUID tableId, long token, byte[] key) {
    return new FileLookup(lanes.of(token), token, key, format, flusher).begin(tableId);
  }

  /**
   * Reads all files of a table as a whole. Compactions leave alone what is damaged.
   *
   * @param scrubs whether to rewrite what can be read of damaged files in the background (see
   *     {@link #isClean}); what cannot be read is out of sight at once
   * @param watcher is told how far it is, and may have it end with a {@link
   *     java.util.concurrent.CancellationException}
   */
  public CompletionStage<List<CheckedFile>> check(
      UUID tableId, boolean scrubs, CheckedFile.Watcher watcher) {
    return tables.with(
        tableId,
        parts -> {
          TableCheck check =
              new TableCheck(
                  parts,
                  format,
                  compactions,
                  background.restores(),
                  runtime.clock(),
                  scrubs,
                  watcher);
          return lanes.onEach(check::candidates).thenCompose(check::begin);
        });
  }

  // ---- snapshots, and what comes from elsewhere

  @Override
  public CompletionStage<Long> snapshot(UUID tableId, String name) {
    Snapshots.checkName(name);
    return lanes
        .flush(tableId)
        .thenCompose(done -> background.chore(() -> snapshots.take(tableId, name)));
  }

  @Override
  public CompletionStage<Void> clearSnapshot(String directoryName, String name) {
    Snapshots.checkName(name);
    if (directoryName.startsWith(".") || directoryName.contains("/")) {
      throw new IllegalArgumentException("a table has no directory '" + directoryName + "'");
    }
    return background.chore(
        () -> {
          snapshots.clear(directoryName, name);
          return null;
        });
  }

  @Override
  public List<Snapshot> snapshots() {
    return snapshots.all();
  }

  /**
   * Adds the rows of a snapshot to its table, durably: what was written or deleted since then and
   * is newer stays. The snapshot stays too. Completes with the number of files.
   *
   * @param formerIds that the table had before it was truncated, when the snapshot may be from
   */
  public CompletionStage<Integer> restore(UUID tableId, List<UUID> formerIds, String name) {
    Snapshots.checkName(name);
    return tables.with(
        tableId,
        parts -> {
          String from = snapshots.directory(parts[0].options().directoryName(), name);
          String ifNone = "there is no snapshot named " + name + " of this table: " + from;
          return imports
              .addFiles(parts, formerIds, List.of(from), List.of(), false, ifNone)
              .thenApply(ImportedFiles::files);
        });
  }

  /**
   * Adds the rows of SSTables that others wrote for a table, durably, all or none; what the table
   * has and is newer stays. They are read as a whole before anything of them is seen, and stay
   * where they are.
   *
   * @param directories that have them
   * @param foreign the ranges that do not belong here
   * @param trim whether their partitions are left out; else one of them fails it all
   */
  public CompletionStage<ImportedFiles> importFiles(
      UUID tableId, List<String> directories, Collection<TokenRange> foreign, boolean trim) {
    String ifNone = "there are no SSTables in " + directories;
    return tables.with(
        tableId, parts -> imports.addFiles(parts, List.of(), directories, foreign, trim, ifNone));
  }

  @Override
  public CompletionStage<Long> importRows(UUID tableId, PartitionCursor source) {
    LaneTable[] parts = tables.parts(tableId);
    if (parts == null) {
      source.close();
      return CompletableFuture.failedFuture(new UnknownTableException(tableId));
    }
    return imports.addRows(source, parts);
  }

  // ---- compactions

  @Override
  public CompletionStage<Void> compact(UUID tableId) {
    return compactionControl.compactAll(tableId);
  }

  @Override
  public List<CompactionProgress> compactions() {
    return compactions.progress();
  }

  /** What an operator may ask and tell compactions beside that. */
  public CompactionControl compactionControl() {
    return compactionControl;
  }

  // ---- memory, disk and figures

  @Override
  public CacheStatistics cache() {
    return cache.statistics();
  }

  /** Changes the budget of the cache of blocks, until the engine is closed. */
  public void setCacheBytes(long bytes) {
    cache.setCapacity(bytes);
  }

  /** Forgets all cached blocks, so that what is read next comes from the files. */
  public void clearCache() {
    cache.clear();
  }

  /**
   * Gives up space that was kept for this, if the disk is full: a start has to write before it can
   * serve reads. To be called before anything is opened.
   *
   * @param dataDirectory as in the configuration
   */
  public static void makeRoom(Files files, String dataDirectory) throws IOException {
    Ballast.dropIfFull(files, dataDirectory);
  }

  /**
   * From now on refuses writes while less than this is free on the disk; reads go on. Blocks while
   * it looks for the first time, and looks again every second. When there is more it also takes
   * some megabytes for {@link #makeRoom}.
   */
  public void keepFree(long bytes) {
    diskReserve.begin(bytes);
  }

  /** What was done so far, and what is being done. */
  public EngineActivity activity() {
    return EngineActivity.of(flusher, compactions, log);
  }

  // ---- the end

  /** As {@link #close}, without blocking: completes when everything is synced and let go. */
  public CompletionStage<Void> closeAsync() {
    flusher.close();
    diskReserve.close();
    imports.close();
    CompletionStage<Void> compacted = compactions.close();
    return lanes
        .onEach(
            lane -> {
              lane.refuseDelayed();
              return null;
            })
        .thenCompose(done -> compacted)
        .thenCompose(done -> background.whenIdle())
        // What ended in the background has told the lanes, and this comes after.
        .thenCompose(done -> lanes.onEach(lane -> null))
        .thenCompose(done -> log.close())
        .thenRun(
            () -> {
              try {
                manifest.close();
                tables.releaseFiles();
                lock.close();
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
  }

  @Override
  public void close() {
    closeAsync().toCompletableFuture().join();
  }
}
