package io.ilion.storage.engine;

import io.ilion.model.ring.TokenRange;
import io.ilion.runtime.DiskFullException;
import io.ilion.runtime.Files;
import io.ilion.runtime.Lane;
import io.ilion.runtime.NodeRuntime;
import io.ilion.storage.BlockSupply;
import io.ilion.storage.LaneStore;
import io.ilion.storage.PartitionCursor;
import io.ilion.storage.PurgeHorizon;
import io.ilion.storage.StorageEngine;
import io.ilion.storage.StoredFiles;
import io.ilion.storage.TableFile;
import io.ilion.storage.TableFormat;
import io.ilion.storage.TableOptions;
import io.ilion.storage.UnknownTableException;
import io.ilion.storage.commitlog.CommitLog;
import io.ilion.storage.commitlog.CommitLogOptions;
import io.ilion.storage.commitlog.CommitLogReplay;
import io.ilion.storage.commitlog.LogTable;
import io.ilion.storage.sstable.BlockCache;
import io.ilion.storage.sstable.SSTableFormat;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The storage engine of one node. What a crash leaves: every write that was acknowledged (by the
 * rule of the sync mode) is in a file that the manifest names or in the commit log.
 */
public final class Engine implements StorageEngine {
  private static final Logger LOG = LoggerFactory.getLogger(Engine.class);

  private final EngineConfig config;
  private final NodeRuntime runtime;
  private final BackgroundWork background;
  private final Files files;
  private final TableFormat format;
  private final BlockCache cache;
  private final Closeable lock;
  private final Manifest manifest;
  private final Flusher flusher;
  private final Compactions compactions;
  private final DiskReserve diskReserve;
  private final Imports imports;
  private final CompletableFuture<Void> earlierRunsForgotten = new CompletableFuture<>();
  private final LaneEngine[] lanes;
  private final CommitLog log;
  private final long run;
  private final Map<UUID, LaneTable[]> tables = new ConcurrentHashMap<>();

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
    this.files = runtime.files();
    this.format = format;
    files.createDirectories(config.dataDirectory());
    files.createDirectories(config.commitLogDirectory());
    lock = files.lock(config.dataDirectory());
    try {
      manifest = Manifest.open(files, config.dataDirectory(), fatal);
      run = manifest.read(s -> s.run);
      flusher = new Flusher(runtime, config, format, manifest, background.flushes());
      diskReserve = new DiskReserve(runtime, config.dataDirectory(), flusher);
      compactions =
          new Compactions(
              runtime, config, format, manifest, flusher, horizons, background.compactions());
      flusher.setCompaction(compactions::consider);
      imports = new Imports(format, flusher, background.imports());
      lanes = new LaneEngine[runtime.scheduler().laneCount()];
      for (int i = 0; i < lanes.length; i++) {
        lanes[i] =
            new LaneEngine(
                runtime.scheduler().lane(i), i, flusher, config.memtableBytes() / lanes.length);
      }
      for (TableOptions options : manifest.read(Engine::allOptions)) {
        LaneTable[] parts = parts(options);
        for (int i = 0; i < lanes.length; i++) {
          lanes[i].putTable(options, parts[i]);
        }
      }
      Recovery recovery = new Recovery(files, config, format, manifest, flusher, lanes, tables);
      recovery.deleteOrphans();
      recovery.openFiles();
      CommitLogReplay.Result found = recovery.replay();
      log = openLog(found, fatal);
      flusher.setLog(log);
      for (int i = 0; i < lanes.length; i++) {
        lanes[i].setLog(log.lane(i));
      }
      if (found.segmentIds().isEmpty()) {
        compactions.beginPurging();
        earlierRunsForgotten.complete(null);
      } else {
        forgetEarlierRuns();
      }
      for (LaneEngine lane : lanes) {
        compactions.watch(lane);
      }
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

  private CommitLog openLog(CommitLogReplay.Result found, Consumer<Throwable> fatal)
      throws IOException {
    CommitLogOptions options =
        new CommitLogOptions(
            config.commitLogDirectory(),
            config.syncMode() == EngineConfig.SyncMode.PERIODIC,
            config.syncMode() == EngineConfig.SyncMode.GROUP ? config.groupWindowNanos() : 0,
            config.periodNanos(),
            config.segmentBytes(),
            config.commitLogBytes());
    return new CommitLog(
        options,
        files,
        runtime.clock(),
        runtime.scheduler(),
        runtime.random().split(),
        run,
        found,
        this::flushForLog,
        fatal);
  }

  private static List<TableOptions> allOptions(ManifestState state) {
    return state.tables.values().stream().map(t -> t.options).toList();
  }

  private LaneTable[] parts(TableOptions options) {
    return tables.computeIfAbsent(
        options.id(),
        id -> {
          LaneTable[] made = new LaneTable[lanes.length];
          for (int i = 0; i < made.length; i++) {
            made[i] = new LaneTable(options, i);
          }
          return made;
        });
  }

  /** The commit log has become long, and this table holds up its shortening. */
  private void flushForLog(LogTable table) {
    LaneEngine lane = lanes[table.lane()];
    lane.lane()
        .execute(
            () -> {
              LaneTable part = lane.table(table.id());
              if (part != null) {
                discardStage(lane.flush(part));
              }
            });
  }

  private static void discardStage(CompletionStage<?> stage) {
    // A failed flush is logged and tried again where it happens.
    if (stage == null) {
      throw new IllegalArgumentException("no stage");
    }
  }

  /** Flushes what was replayed; then the log of earlier runs is needed no more. */
  private void forgetEarlierRuns() {
    List<UUID> replayed = new ArrayList<>();
    Map<LaneTable, Long> epochs = new HashMap<>();
    tables.forEach(
        (id, parts) -> {
          replayed.add(id);
          Arrays.stream(parts).forEach(part -> epochs.put(part, part.epoch()));
        });
    discardStage(
        flush(null)
            .thenCompose(
                done -> {
                  if (epochs.entrySet().stream()
                      .anyMatch(e -> e.getKey().epoch() != e.getValue())) {
                    // A truncation ended the flush of its table. Until the manifest says so the log
                    // is needed, which it does before another round gets there.
                    forgetEarlierRuns();
                    return CompletableFuture.completedFuture(null);
                  }
                  return inBackground(
                      () -> {
                        List<ManifestEdit> edits = new ArrayList<>();
                        replayed.forEach(id -> edits.add(new ManifestEdit.MinRun(id, run)));
                        manifest.edit(edits);
                        log.discardEarlierRuns();
                        compactions.beginPurging();
                        earlierRunsForgotten.complete(null);
                        return null;
                      });
                })
            .whenComplete(
                (done, failure) -> {
                  Throwable cause =
                      failure instanceof CompletionException ? failure.getCause() : failure;
                  if (cause instanceof DiskFullException) {
                    LOG.warn("the log of earlier runs stays until there is room on the disk");
                    Lane lane = runtime.scheduler().lane(0);
                    lane.schedule(Flusher.RETRY_NANOS, this::forgetEarlierRuns);
                  } else if (failure != null) {
                    LOG.error("the log of earlier runs stays until the next start", failure);
                    earlierRunsForgotten.completeExceptionally(failure);
                  }
                }));
  }

  @Override
  public LaneStore lane(int index) {
    return lanes[index];
  }

  @Override
  public int laneOf(long token) {
    return laneOf(token, lanes.length);
  }

  /** ScyllaDB's mapping with 12 bits ignored, which its drivers know. */
  static int laneOf(long token, int laneCount) {
    return (int) Math.unsignedMultiplyHigh((token + Long.MIN_VALUE) << 12, laneCount);
  }

  private <T> CompletableFuture<List<T>> onEachLane(Function<LaneEngine, T> action) {
    List<CompletableFuture<T>> parts = new ArrayList<>();
    for (LaneEngine lane : lanes) {
      CompletableFuture<T> part = new CompletableFuture<>();
      parts.add(part);
      lane.lane()
          .execute(
              () -> {
                try {
                  part.complete(action.apply(lane));
                } catch (Throwable t) {
                  part.completeExceptionally(t);
                }
              });
    }
    return all(parts);
  }

  private static <T> CompletableFuture<List<T>> all(List<CompletableFuture<T>> parts) {
    return CompletableFuture.allOf(parts.toArray(new CompletableFuture<?>[0]))
        .thenApply(done -> parts.stream().map(CompletableFuture::resultNow).toList());
  }

  private <T> CompletableFuture<T> inBackground(Callable<T> work) {
    CompletableFuture<T> done = new CompletableFuture<>();
    background
        .chores()
        .execute(
            () -> {
              try {
                done.complete(work.call());
              } catch (Throwable t) {
                done.completeExceptionally(t);
              }
            });
    return done;
  }

  @Override
  public CompletionStage<Void> putTable(TableOptions options) {
    return inBackground(
            () -> {
              // A start puts all tables again, mostly without any change.
              boolean known =
                  manifest.read(
                      s -> {
                        ManifestState.Table table = s.tables.get(options.id());
                        return table != null && options.equals(table.options);
                      });
              if (!known) {
                files.createDirectories(directory(options.directoryName()));
                manifest.edit(List.of(new ManifestEdit.PutTable(options)));
              }
              return parts(options);
            })
        .thenCompose(
            parts ->
                onEachLane(
                    lane -> {
                      LaneTable part = parts[lane.index()];
                      lane.putTable(options, part);
                      // Another strategy may find something to do.
                      compactions.consider(lane, part);
                      return null;
                    }))
        .thenApply(done -> null);
  }

  private String directory(String name) {
    return config.dataDirectory() + "/" + name;
  }

  @Override
  public CompletionStage<Void> dropTable(UUID tableId) {
    LaneTable[] parts = tables.remove(tableId);
    if (parts == null) {
      return CompletableFuture.completedFuture(null);
    }
    return onEachLane(lane -> lane.dropTable(tableId))
        .thenCompose(
            old ->
                inBackground(
                    () -> {
                      manifest.edit(List.of(new ManifestEdit.DropTable(tableId)));
                      for (LaneTable part : parts) {
                        log.flushed(part.logTable(), Long.MAX_VALUE);
                      }
                      letGo(old);
                      return null;
                    }));
  }

  private static void letGo(List<TableFile[]> old) {
    for (TableFile[] ofLane : old) {
      for (TableFile file : ofLane) {
        file.markObsolete();
        file.release();
      }
    }
  }

  /** What a lane had when it truncated a table. */
  private record Truncated(long number, long lastGeneration, TableFile[] files) {}

  @Override
  public CompletionStage<Void> truncate(UUID tableId) {
    LaneTable[] parts = tables.get(tableId);
    if (parts == null) {
      return CompletableFuture.failedFuture(new UnknownTableException(tableId));
    }
    return onEachLane(
            lane -> {
              // A flush that began before gets its generation before this, or finds the new epoch.
              TableFile[] old = lane.clear(parts[lane.index()]);
              return new Truncated(lane.lastNumber(), flusher.lastGeneration(), old);
            })
        .thenCompose(
            truncated ->
                inBackground(
                    () -> {
                      manifest.edit(truncation(tableId, truncated));
                      for (int i = 0; i < lanes.length; i++) {
                        log.flushed(parts[i].logTable(), truncated.get(i).number());
                      }
                      letGo(truncated.stream().map(Truncated::files).toList());
                      return null;
                    }));
  }

  private List<ManifestEdit> truncation(UUID tableId, List<Truncated> truncated) {
    List<ManifestEdit> edits = new ArrayList<>();
    edits.add(new ManifestEdit.MinRun(tableId, run));
    for (int i = 0; i < lanes.length; i++) {
      edits.add(new ManifestEdit.Flushed(tableId, run, i, truncated.get(i).number()));
    }
    List<ManifestState.LiveFile> live =
        manifest.read(
            s -> {
              ManifestState.Table table = s.tables.get(tableId);
              return table == null ? List.of() : List.copyOf(table.files.values());
            });
    for (ManifestState.LiveFile file : live) {
      if (!file.isOf(lanes.length)
          || file.generation() <= truncated.get(file.lane()).lastGeneration()) {
        edits.add(new ManifestEdit.RemoveFile(tableId, file.generation()));
      }
    }
    return edits;
  }

  /**
   * Forgets durably all that a table has now of some tokens; what is written from now on stays. The
   * space is given back in the background: see {@link #isClean}.
   *
   * <p>Nobody may rely on writes of these tokens that are under way.
   */
  public CompletionStage<Void> discard(UUID tableId, Collection<TokenRange> ranges) {
    LaneTable[] parts = tables.get(tableId);
    if (parts == null || ranges.isEmpty() || Arrays.stream(parts).allMatch(LaneTable::isEmpty)) {
      return CompletableFuture.completedFuture(null);
    }
    TokenSet tokens = TokenSet.of(ranges);
    return earlierRunsForgotten
        .thenCompose(forgotten -> flush(tableId))
        .thenCompose(flushed -> discard(tableId, parts, tokens, Long.MAX_VALUE));
  }

  /**
   * As {@link #discard}, but leaves alone what is in no file yet: what comes while this goes on
   * stays, whatever becomes of the ranges meanwhile.
   *
   * @param ranges asked at once
   */
  public CompletionStage<Void> discardFlushed(
      UUID tableId, Supplier<Collection<TokenRange>> ranges) {
    LaneTable[] parts = tables.get(tableId);
    // First this: what is written by who owns a range later has a later generation.
    long generation = flusher.lastGeneration();
    Collection<TokenRange> now = ranges.get();
    if (parts == null || now.isEmpty() || Arrays.stream(parts).allMatch(LaneTable::isEmpty)) {
      return CompletableFuture.completedFuture(null);
    }
    TokenSet tokens = TokenSet.of(now);
    return earlierRunsForgotten.thenCompose(
        forgotten -> discard(tableId, parts, tokens, generation));
  }

  /** Hides tokens of the files up to a generation. What could be replayed would come back. */
  private CompletionStage<Void> discard(
      UUID tableId, LaneTable[] parts, TokenSet tokens, long mostGeneration) {
    return onEachLane(
            lane -> {
              // Whatever a compaction that is over has written is older than this.
              long generation = Math.min(flusher.lastGeneration(), mostGeneration);
              parts[lane.index()].discard(new Discarded(generation, tokens));
              return generation;
            })
        .thenCompose(
            generations ->
                inBackground(
                    () -> {
                      Discarded discarded = new Discarded(Collections.max(generations), tokens);
                      manifest.edit(List.of(new ManifestEdit.Discard(tableId, discarded)));
                      return null;
                    }))
        .thenCompose(
            durable ->
                onEachLane(
                    lane -> {
                      compactions.consider(lane, parts[lane.index()]);
                      return null;
                    }))
        .thenApply(done -> null);
  }

  /** Whether no file has anything of a table any more that was discarded. */
  public boolean isClean(UUID tableId) {
    LaneTable[] parts = tables.get(tableId);
    return parts == null
        || Arrays.stream(parts)
            .flatMap(part -> Arrays.stream(part.files()))
            .noneMatch(MaskedFile.class::isInstance);
  }

  @Override
  public CompletionStage<Void> flush(UUID tableId) {
    return onEachLane(
            lane -> {
              List<CompletableFuture<Void>> flushes = new ArrayList<>();
              for (LaneTable table : lane.tables()) {
                if (tableId == null || table.options().id().equals(tableId)) {
                  flushes.add(lane.flush(table));
                }
              }
              return CompletableFuture.allOf(flushes.toArray(new CompletableFuture<?>[0]));
            })
        .thenCompose(parts -> CompletableFuture.allOf(parts.toArray(new CompletableFuture<?>[0])));
  }

  @Override
  public CompletionStage<Void> compact(UUID tableId) {
    return flush(tableId)
        .thenCompose(
            flushed ->
                onEachLane(
                    lane -> {
                      LaneTable table = lane.table(tableId);
                      return table == null
                          ? CompletableFuture.<Void>completedFuture(null)
                          : compactions.compactAll(lane, table);
                    }))
        .thenCompose(parts -> CompletableFuture.allOf(parts.toArray(new CompletableFuture<?>[0])));
  }

  @Override
  public CompletionStage<Long> snapshot(UUID tableId, String name) {
    checkSnapshotName(name);
    return flush(tableId).thenCompose(done -> inBackground(() -> linkFiles(tableId, name)));
  }

  private static void checkSnapshotName(String name) {
    if (name.isEmpty() || name.startsWith(".") || name.contains("/")) {
      throw new IllegalArgumentException("a snapshot cannot be named '" + name + "'");
    }
  }

  private long linkFiles(UUID tableId, String name) throws IOException {
    // While the manifest is being read no file can leave it, and so none is deleted.
    Object result =
        manifest.read(
            state -> {
              ManifestState.Table table = state.tables.get(tableId);
              if (table == null) {
                return new UnknownTableException(tableId);
              }
              try {
                return link(table, name);
              } catch (IOException e) {
                return e;
              }
            });
    if (result instanceof IOException e) {
      throw e;
    }
    if (result instanceof RuntimeException e) {
      throw e;
    }
    return (Long) result;
  }

  private long link(ManifestState.Table table, String name) throws IOException {
    String from = directory(table.options.directoryName());
    String to = from + "/" + Recovery.SNAPSHOTS + "/" + name;
    if (!files.list(to).isEmpty()) {
      throw new IOException("there is a snapshot named " + name + " already: " + to);
    }
    if (table.files.isEmpty()) {
      return 0;
    }
    files.createDirectories(to);
    long bytes = 0;
    for (long generation : table.files.keySet()) {
      for (String file : format.fileNames(generation)) {
        if (files.exists(from + "/" + file)) {
          files.link(from + "/" + file, to + "/" + file);
          bytes += files.size(to + "/" + file);
        }
      }
    }
    files.syncDirectory(to);
    return bytes;
  }

  /** The name of the directory of a table, if there is such a table. */
  public Optional<String> directoryName(UUID tableId) {
    LaneTable[] parts = tables.get(tableId);
    return parts == null ? Optional.empty() : Optional.of(parts[0].options().directoryName());
  }

  /**
   * Adds the rows of a snapshot to its table, durably: what was written or deleted since then and
   * is newer stays. The snapshot stays too. Completes with the number of files.
   */
  public CompletionStage<Integer> restore(UUID tableId, String name) {
    checkSnapshotName(name);
    LaneTable[] parts = tables.get(tableId);
    if (parts == null) {
      return CompletableFuture.failedFuture(new UnknownTableException(tableId));
    }
    String from = flusher.directory(parts[0]) + "/" + Recovery.SNAPSHOTS + "/" + name;
    return addFiles(
            parts,
            List.of(from),
            List.of(),
            false,
            "there is no snapshot named " + name + " of this table: " + from)
        .thenApply(ImportedFiles::files);
  }

  /**
   * What files brought that were added to a table.
   *
   * @param sources how many they were
   * @param files how many were made of them
   * @param partitions of the new files
   * @param rows of the new files
   * @param leftOut how many partitions were left out because they belong elsewhere
   */
  public record ImportedFiles(int sources, int files, long partitions, long rows, long leftOut) {}

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
    LaneTable[] parts = tables.get(tableId);
    if (parts == null) {
      return CompletableFuture.failedFuture(new UnknownTableException(tableId));
    }
    return addFiles(parts, directories, foreign, trim, "there are no SSTables in " + directories);
  }

  private CompletionStage<ImportedFiles> addFiles(
      LaneTable[] parts,
      List<String> directories,
      Collection<TokenRange> foreign,
      boolean trim,
      String ifNone) {
    FileImport added =
        new FileImport(files, format, flusher, parts, addition(parts), TokenSet.of(foreign), trim);
    // Beside the chores: it may take long, and they are one at a time.
    return CompletableFuture.supplyAsync(
            () -> {
              try {
                return added.write(directories, ifNone);
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            },
            background.restores())
        .thenCompose(FileAddition::install)
        .thenApply(seen -> added.summary());
  }

  private FileAddition addition(LaneTable[] parts) {
    return new FileAddition(manifest, flusher, compactions, lanes, parts);
  }

  @Override
  public CompletionStage<Long> importRows(UUID tableId, PartitionCursor source) {
    LaneTable[] parts = tables.get(tableId);
    if (parts == null) {
      source.close();
      return CompletableFuture.failedFuture(new UnknownTableException(tableId));
    }
    return imports.begin(source, parts, () -> addition(parts));
  }

  @Override
  public CompletionStage<StoredFiles> storedFiles(UUID tableId, boolean flush) {
    LaneTable[] parts = tables.get(tableId);
    if (parts == null) {
      return CompletableFuture.failedFuture(new UnknownTableException(tableId));
    }
    CompletionStage<Void> ready =
        flush
            // What waits for memory may have been acknowledged before whoever asks was a replica.
            ? onEachLane(LaneEngine::whenNoneWaits)
                .thenCompose(
                    none -> CompletableFuture.allOf(none.toArray(new CompletableFuture<?>[0])))
                .thenCompose(none -> flush(tableId))
            : CompletableFuture.completedFuture(null);
    return ready
        .thenCompose(flushed -> onEachLane(lane -> HeldFiles.hold(parts[lane.index()].files())))
        .thenApply(held -> HeldFiles.of(held, background.reads()));
  }

  @Override
  public PartitionCursor copied(List<TokenRange> ranges, BlockSupply pieces) {
    return format.copied(ranges, pieces);
  }

  @Override
  public CompletionStage<Void> clearSnapshot(UUID tableId, String name) {
    checkSnapshotName(name);
    LaneTable[] parts = tables.get(tableId);
    if (parts == null) {
      return CompletableFuture.failedFuture(new UnknownTableException(tableId));
    }
    return inBackground(
        () -> {
          String path = flusher.directory(parts[0]) + "/" + Recovery.SNAPSHOTS + "/" + name;
          for (String file : files.list(path)) {
            files.delete(path + "/" + file);
          }
          if (files.exists(path)) {
            files.delete(path);
          }
          return null;
        });
  }

  @Override
  public List<Snapshot> snapshots() {
    List<Snapshot> found = new ArrayList<>();
    try {
      for (String directory : files.list(config.dataDirectory())) {
        String path = directory(directory) + "/" + Recovery.SNAPSHOTS;
        for (String name : files.list(path)) {
          found.add(snapshotIn(directory, name));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return found;
  }

  private Snapshot snapshotIn(String directory, String name) throws IOException {
    String path = directory(directory) + "/" + Recovery.SNAPSHOTS + "/" + name;
    long bytes = 0;
    long own = 0;
    for (String file : files.list(path)) {
      long size = files.size(path + "/" + file);
      bytes += size;
      own += files.exists(directory(directory) + "/" + file) ? 0 : size;
    }
    return new Snapshot(directory, name, bytes, own);
  }

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
   * Has somebody be told of every partition that is written or read; one at a time.
   *
   * @param observer null for nobody: the one before is told of nothing more when the stage
   *     completes
   */
  public CompletionStage<Void> observe(PartitionObserver observer) {
    return onEachLane(
            lane -> {
              lane.observe(observer);
              return null;
            })
        .thenApply(all -> null);
  }

  /** The files that have something of a partition, the newest first. */
  public CompletionStage<List<PartitionFile>> filesOf(UUID tableId, long token, byte[] key) {
    LaneEngine lane = lanes[laneOf(token)];
    CompletableFuture<List<PartitionFile>> found = new CompletableFuture<>();
    lane.lane()
        .execute(
            () -> {
              LaneTable table = lane.table(tableId);
              if (table == null) {
                found.completeExceptionally(new UnknownTableException(tableId));
                return;
              }
              FileLookup.begin(lane.lane(), table, token, key, file -> described(table, file))
                  .whenComplete(
                      (files, failure) -> {
                        if (failure == null) {
                          found.complete(files);
                        } else {
                          found.completeExceptionally(failure);
                        }
                      });
            });
    return found;
  }

  private PartitionFile described(LaneTable table, TableFile file) {
    String name = format.fileNames(file.generation()).getFirst();
    LaneTable.Note note = table.note(file);
    return new PartitionFile(
        flusher.directory(table) + "/" + name,
        // A compaction may have replaced it meanwhile.
        note == null ? 0 : note.level(),
        file.bytes(),
        file.partitions());
  }

  @Override
  public List<TableStatistics> statistics() {
    List<TableStatistics> all = new ArrayList<>();
    tables.forEach(
        (id, parts) -> {
          long memory = 0;
          // Lanes share the files that another number of lanes wrote.
          Map<Long, TableFile> byGeneration = new HashMap<>();
          for (LaneTable part : parts) {
            memory += part.memtableBytes();
            for (TableFile file : part.files()) {
              byGeneration.put(file.generation(), file);
            }
          }
          List<TableFile> live = List.copyOf(byGeneration.values());
          all.add(
              new TableStatistics(
                  id,
                  memory,
                  live.size(),
                  live.stream().mapToLong(TableFile::bytes).sum(),
                  live.stream().mapToLong(TableFile::bytes).max().orElse(0),
                  live.stream().mapToLong(f -> f.maxTimestamp() - f.minTimestamp()).max().orElse(0),
                  live.stream().mapToLong(TableFile::partitions).sum(),
                  live.stream().mapToLong(TableFile::minTimestamp).min().orElse(Long.MAX_VALUE),
                  live.stream().mapToLong(TableFile::maxTimestamp).max().orElse(Long.MIN_VALUE)));
        });
    return all;
  }

  @Override
  public List<CompactionProgress> compactions() {
    return compactions.progress();
  }

  /** The last compactions that have replaced files since the start, the newest first. */
  public List<EndedCompaction> compactionHistory() {
    return compactions.history();
  }

  /**
   * Ends the compactions that run and fit, without a result. What they were for is begun again
   * after a minute, but for one that somebody asked for.
   *
   * @return how many these are
   */
  public int stopCompactions(Predicate<CompactionProgress> which) {
    return compactions.stop(which);
  }

  /** Whether a table is compacted by itself. */
  public boolean isCompactedAutomatically(UUID tableId) {
    return compactions.isAutomatic(tableId);
  }

  /**
   * Has a table be compacted by itself, or only when somebody asks for it, until the engine is
   * closed. What runs goes on.
   */
  public void setCompactedAutomatically(UUID tableId, boolean isAutomatic) {
    compactions.setAutomatic(tableId, isAutomatic);
    LaneTable[] parts = tables.get(tableId);
    if (isAutomatic && parts != null) {
      onEachLane(
          lane -> {
            LaneTable table = lane.table(tableId);
            if (table != null) {
              compactions.consider(lane, table);
            }
            return null;
          });
    }
  }

  /** What was done so far, and what is being done. */
  public EngineActivity activity() {
    ActivityCounters counters = flusher.counters();
    CommitLog.Activity logged = log.activity();
    return new EngineActivity(
        counters.flushes(),
        counters.flushedBytes(),
        counters.compactions(),
        counters.compactionReadBytes(),
        counters.compactionWrittenBytes(),
        compactions.waiting(),
        logged.bytes(),
        logged.syncs(),
        logged.syncNanos(),
        logged.appendedBytes(),
        flusher.diskFull() != null || log.isFull());
  }

  /** How fast all compactions together may write; 0 for as fast as they can. */
  public long compactionBytesPerSecond() {
    return compactions.throttle().bytesPerSecond();
  }

  /** From now on compactions may write so fast together; 0 for as fast as they can. */
  public void setCompactionBytesPerSecond(long bytes) {
    compactions.throttle().setBytesPerSecond(bytes);
  }

  /** As {@link #close}, without blocking: completes when everything is synced and let go. */
  public CompletionStage<Void> closeAsync() {
    flusher.close();
    diskReserve.close();
    imports.close();
    CompletionStage<Void> compacted = compactions.close();
    return onEachLane(
            lane -> {
              lane.refuseDelayed();
              return null;
            })
        .thenCompose(done -> compacted)
        .thenCompose(done -> background.whenIdle())
        // What ended in the background has told the lanes, and this comes after.
        .thenCompose(done -> onEachLane(lane -> null))
        .thenCompose(done -> log.close())
        .thenRun(
            () -> {
              try {
                manifest.close();
                tables.values().stream()
                    .flatMap(Arrays::stream)
                    .flatMap(part -> Arrays.stream(part.files()))
                    .forEach(TableFile::release);
                lock.close();
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
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
    LaneTable[] parts = tables.get(tableId);
    if (parts == null) {
      return CompletableFuture.failedFuture(new UnknownTableException(tableId));
    }
    TableCheck check =
        new TableCheck(
            parts, format, compactions, background.restores(), runtime.clock(), scrubs, watcher);
    return onEachLane(check::candidates).thenCompose(check::begin);
  }

  @Override
  public void close() {
    closeAsync().toCompletableFuture().join();
  }
}
