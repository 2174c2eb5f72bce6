package io.ilion.storage.engine;

import io.ilion.model.data.CorruptDataException;
import io.ilion.runtime.NodeRuntime;
import io.ilion.storage.PurgeHorizon;
import io.ilion.storage.StorageEngine.CompactionProgress;
import io.ilion.storage.TableFile;
import io.ilion.storage.TableFormat;
import io.ilion.storage.compaction.CompactionFile;
import io.ilion.storage.compaction.CompactionPlan;
import io.ilion.storage.compaction.CompactionStrategy;
import io.ilion.storage.compaction.CompactionView;
import io.ilion.storage.compaction.OutputSplit;
import io.ilion.storage.memtable.Memtable;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides when to compact what: tables on lanes wait for a compactor in turn, and files are picked
 * only when there is one, by the lane that has them. So a table has several compactions at once if
 * their files are disjoint, and nothing piles up.
 *
 * <p>Rewriting what another number of lanes wrote goes first, then files without what was discarded
 * of them, then what somebody asked for, then what the strategy finds, then what reads have paid
 * for.
 */
final class Compactions {
  private static final Logger LOG = LoggerFactory.getLogger(Compactions.class);

  /** From the beginning of the Gregorian calendar to 1970, in units of 100 ns. */
  private static final long UUID_EPOCH_TICKS = 0x01B2_1DD2_1381_4000L;

  private static final long PERIOD_NANOS = 60_000_000_000L;

  /** So many that have ended are remembered. */
  private static final int MOST_ENDED = 200;

  /** So many files of other lanes are rewritten at once. */
  private static final int MOST_FOREIGN = 32;

  private final NodeRuntime runtime;
  private final EngineConfig config;
  private final Flusher flusher;
  private final PurgeHorizon.Source horizons;
  private final CompactionRunner runner;
  private final long run;
  private final Map<UUID, CompactionJob> running = new ConcurrentHashMap<>();
  private final LinkedHashSet<Place> waiting = new LinkedHashSet<>();
  private final AtomicLong jobs = new AtomicLong();
  private final CompletableFuture<Void> idle = new CompletableFuture<>();

  /** Tables that are compacted only when somebody asks for it. */
  private final Set<UUID> manual = ConcurrentHashMap.newKeySet();

  // Guarded by itself.
  private final ArrayDeque<EndedCompaction> ended = new ArrayDeque<>();

  private int compacting;
  private volatile boolean closed;

  /**
   * Whether deletions may go. Not while the log of earlier runs would still be replayed: a deletion
   * of this run would not come back with the older writes there.
   */
  private volatile boolean purging;

  /** A table on a lane. */
  private record Place(LaneEngine lane, LaneTable table) {}

  Compactions(
      NodeRuntime runtime,
      EngineConfig config,
      TableFormat format,
      Manifest manifest,
      Flusher flusher,
      PurgeHorizon.Source horizons,
      Executor executor) {
    this.runtime = runtime;
    this.config = config;
    this.flusher = flusher;
    this.horizons = horizons;
    this.runner = new CompactionRunner(runtime, config, format, manifest, flusher, executor);
    this.run = manifest.read(s -> s.run);
  }

  List<CompactionProgress> progress() {
    return running.values().stream().map(CompactionJob::progress).toList();
  }

  /** The last ones that have replaced files since the start, the newest first. */
  List<EndedCompaction> history() {
    synchronized (ended) {
      return new ArrayList<>(ended).reversed();
    }
  }

  /** Ends those that run and fit, without a result; what they were for is begun later again. */
  int stop(Predicate<CompactionProgress> which) {
    int count = 0;
    for (CompactionJob job : running.values()) {
      if (which.test(job.progress())) {
        job.stop();
        count++;
      }
    }
    return count;
  }

  /** Whether a table is compacted by itself. */
  boolean isAutomatic(UUID tableId) {
    return !manual.contains(tableId);
  }

  /** From now on a table is compacted by itself, or only when somebody asks for it. */
  void setAutomatic(UUID tableId, boolean isAutomatic) {
    if (isAutomatic) {
      manual.remove(tableId);
    } else {
      manual.add(tableId);
    }
  }

  /** How many tables, lane by lane, wait for a compactor to look at them. */
  int waiting() {
    synchronized (waiting) {
      return waiting.size();
    }
  }

  Throttle throttle() {
    return runner.throttle();
  }

  void beginPurging() {
    purging = true;
  }

  /** Looks at all tables of a lane, now and then periodically; time alone gives work too. */
  void watch(LaneEngine lane) {
    lane.lane()
        .execute(
            () -> {
              if (!closed) {
                lane.tables().forEach(table -> consider(lane, table));
                lane.lane().schedule(PERIOD_NANOS, () -> watch(lane));
              }
            });
  }

  /**
   * Begins no further compaction, and has those that run end soon; completes when all have ended.
   */
  CompletionStage<Void> close() {
    synchronized (waiting) {
      closed = true;
      if (compacting == 0) {
        idle.complete(null);
      }
    }
    return idle;
  }

  /** Looks whether a table should be compacted, as soon as there is a compactor. */
  void consider(LaneEngine lane, LaneTable table) {
    synchronized (waiting) {
      waiting.add(new Place(lane, table));
    }
    beginNext();
  }

  private void beginNext() {
    Place next;
    synchronized (waiting) {
      if (closed || waiting.isEmpty() || compacting >= config.compactors()) {
        return;
      }
      next = waiting.removeFirst();
      compacting++;
    }
    next.lane.lane().execute(() -> begin(next));
  }

  private void compactorIsFree() {
    CompletableFuture<Void> done;
    synchronized (waiting) {
      compacting--;
      done = compacting == 0 && closed ? idle : null;
    }
    if (done != null) {
      done.complete(null);
    }
    beginNext();
  }

  /** Picks files and has them compacted; on the lane, with a compactor. */
  private void begin(Place place) {
    LaneTable table = place.table;
    CompactionPlan plan = null;
    try {
      if (!closed && table.equals(place.lane.table(table.options().id()))) {
        plan = pick(table);
      }
    } catch (RuntimeException e) {
      LOG.error("cannot tell what to compact of {}", table.options().directoryName(), e);
    }
    if (plan == null) {
      compactorIsFree();
      return;
    }
    CompactionJob job =
        new CompactionJob(
            newId(),
            place.lane,
            table,
            plan,
            purges(table) ? oldestInMemory(table) : Long.MIN_VALUE,
            runtime.clock().wallSeconds() - table.options().gcGraceSeconds(),
            horizons.of(table.options().id()),
            horizons.needless(table.options().id()),
            flusher.directory(table),
            () -> closed);
    plan.sources().forEach(table::setBusy);
    running.put(job.id(), job);
    runner.begin(job, outcome -> ended(job, outcome));
    // There may be more to do with other files.
    consider(place.lane, table);
  }

  /** A UUID of version 1, which orders compactions by time; run and number make it unique. */
  private UUID newId() {
    long ticks = runtime.clock().wallMicros() * 10 + UUID_EPOCH_TICKS;
    long high = ticks << 32 | (ticks >>> 16 & 0xffff_0000L) | 0x1000 | (ticks >>> 48 & 0xfff);
    return new UUID(high, 1L << 63 | (run & 0x3fff_ffffL) << 32 | jobs.incrementAndGet());
  }

  /** Whether deletions of a table may go. One that nobody else has is never repaired. */
  private boolean purges(LaneTable table) {
    String onlyRepaired = table.options().compaction().get("only_purge_repaired_tombstones");
    return purging
        && !("true".equalsIgnoreCase(onlyRepaired)
            && horizons.of(table.options().id()).equals(PurgeHorizon.ALL));
  }

  private static long oldestInMemory(LaneTable table) {
    long oldest = table.active().minTimestamp();
    for (Memtable memtable : table.frozen()) {
      oldest = Math.min(oldest, memtable.minTimestamp());
    }
    return oldest;
  }

  /** What to do next with a table; null for nothing. */
  private CompactionPlan pick(LaneTable table) {
    if (table.isHeld()) {
      return null;
    }
    CompactionStrategy strategy = CompactionStrategy.of(table.options().compaction());
    List<TableFile> foreign =
        Arrays.stream(table.files())
            .filter(f -> f instanceof ForeignFile && !table.isBusy(f) && !table.isDamaged(f))
            .sorted(Comparator.comparingLong(TableFile::maxTimestamp))
            .limit(MOST_FOREIGN)
            .toList();
    if (!foreign.isEmpty() && !table.isPutOff()) {
      OutputSplit split = strategy.splitOf(foreign);
      return new CompactionPlan(CompactionPlan.Kind.LANES, foreign, 0, split, true);
    }
    CompactionPlan cleanup = table.isPutOff() ? null : cleanup(table, strategy);
    if (cleanup != null) {
      return cleanup;
    }
    if (table.majors().isWaiting()) {
      if (!table.majors().isPlanned()) {
        if (table.hasBusy()) {
          return null;
        }
        table.majors().plan(strategy.major(view(table, strategy)));
      }
      return table.majors().next();
    }
    if (table.isPutOff() || !isAutomatic(table.options().id())) {
      return null;
    }
    CompactionView view = view(table, strategy);
    Optional<CompactionPlan> plan = strategy.next(view);
    if (view.checkExpired() && plan.isEmpty()) {
      table.setExpiredCheck(view.nowSeconds());
    }
    return plan.or(() -> forReads(table, strategy, view)).orElse(null);
  }

  private Optional<CompactionPlan> forReads(
      LaneTable table, CompactionStrategy strategy, CompactionView view) {
    return table.readCost().isWorthMerging(table.files())
        ? strategy.forReads(view)
        : Optional.empty();
  }

  /** Rewrites a file of which something was discarded, without that; null if there is none. */
  private static CompactionPlan cleanup(LaneTable table, CompactionStrategy strategy) {
    for (TableFile file : table.files()) {
      if (file instanceof MaskedFile && !table.isBusy(file) && !table.isDamaged(file)) {
        List<TableFile> source = List.of(file);
        return new CompactionPlan(
            CompactionPlan.Kind.CLEANUP,
            source,
            table.note(file).level(),
            strategy.splitOf(source),
            false);
      }
    }
    return null;
  }

  private CompactionView view(LaneTable table, CompactionStrategy strategy) {
    List<CompactionFile> own = new ArrayList<>();
    List<TableFile> outside = new ArrayList<>();
    for (TableFile file : table.files()) {
      if (file instanceof ForeignFile || table.isDamaged(file)) {
        outside.add(file);
      } else {
        LaneTable.Note note = table.note(file);
        own.add(new CompactionFile(file, note.level(), table.isBusy(file), note.createdSeconds()));
      }
    }
    long now = runtime.clock().wallSeconds();
    return new CompactionView(
        own,
        outside,
        oldestInMemory(table),
        now,
        table.options().gcGraceSeconds(),
        purges(table),
        horizons.of(table.options().id()),
        // Also if the clock was put back.
        Math.abs(now - table.expiredCheck()) >= strategy.expiredCheckSeconds(),
        table.flushBytes(config.memtableBytes() / (2L * runtime.scheduler().laneCount())));
  }

  /** Compacts all files of a table on a lane; on the lane. */
  CompletableFuture<Void> compactAll(LaneEngine lane, LaneTable table) {
    CompletableFuture<Void> done = table.majors().add();
    consider(lane, table);
    return done;
  }

  private void ended(CompactionJob job, CompactionRunner.Outcome outcome) {
    running.remove(job.id());
    if (outcome.replaced()) {
      remember(job, outcome);
    }
    job.lane().lane().execute(() -> end(job, outcome));
    compactorIsFree();
  }

  private void remember(CompactionJob job, CompactionRunner.Outcome outcome) {
    synchronized (ended) {
      if (ended.size() == MOST_ENDED) {
        ended.removeFirst();
      }
      ended.addLast(
          new EndedCompaction(
              job.id(),
              job.table().options().id(),
              job.plan().kind().text(),
              runtime.clock().wallMillis(),
              job.sourceBytes(),
              job.plan().sources().size(),
              CompactionJob.bytes(outcome.results()),
              outcome.results().size()));
    }
  }

  /** Puts the results in their place; on the lane. */
  private void end(CompactionJob job, CompactionRunner.Outcome outcome) {
    LaneTable table = job.table();
    job.picked().forEach(table::setFree);
    if (table.epoch() != job.epoch()) {
      // What truncated the table lets go of the sources.
      outcome.results().forEach(late -> flusher.letGo(table, late));
    } else if (outcome.nothingHidden()) {
      job.plan().sources().forEach(file -> table.unmask((MaskedFile) file));
    } else if (outcome.replaced()) {
      CompactionPlan plan = job.plan();
      LaneTable.Note note = new LaneTable.Note(plan.level(), outcome.createdSeconds());
      if (plan.kind() == CompactionPlan.Kind.MOVE) {
        table.setNote(plan.sources().getFirst(), note);
      } else {
        table.replaceFiles(plan.sources(), outcome.results(), note);
        outcome.obsolete().forEach(TableFile::markObsolete);
        plan.sources().forEach(TableFile::release);
      }
    }
    job.picked().forEach(TableFile::release);
    if (outcome.failure() instanceof CorruptDataException && job.damaged() != null) {
      table.setDamaged(job.damaged());
    }
    if (job.plan().kind() == CompactionPlan.Kind.MAJOR) {
      table.majors().ended(outcome.failure(), job.isNarrowed());
    }
    boolean stopped = outcome.failure() instanceof CompactionJob.StoppedException;
    boolean isUnlucky = outcome.failure() != null && !stopped && job.damaged() == null;
    // What somebody stopped would begin again at once, too.
    if (isUnlucky || (stopped && job.isStopped())) {
      table.setPutOff(true);
      job.lane().lane().schedule(PERIOD_NANOS, () -> tryAgain(job.lane(), table));
    }
    consider(job.lane(), table);
  }

  private void tryAgain(LaneEngine lane, LaneTable table) {
    table.setPutOff(false);
    consider(lane, table);
  }
}
