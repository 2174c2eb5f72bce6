package io.ilion.storage.engine;

import io.ilion.model.data.CorruptDataException;
import io.ilion.runtime.DiskFullException;
import io.ilion.runtime.NodeRuntime;
import io.ilion.storage.TableFile;
import io.ilion.storage.TableFormat;
import io.ilion.storage.compaction.CompactionPlan;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs compactions on background threads: looks for room on the disk, writes, and changes the
 * manifest in one edit, no faster than the limit for all of them together. A compaction that waits
 * has no thread.
 */
final class CompactionRunner {
  private static final Logger LOG = LoggerFactory.getLogger(CompactionRunner.class);

  /** So much of a wait is not worth a wait. */
  private static final long LEAST_WAIT_NANOS = 20_000_000L;

  /** After so long a wait it is looked again whether to go on. */
  private static final long MOST_WAIT_NANOS = 100_000_000L;

  /** More sources than this would hold too many blocks in memory. */
  private static final int MOST_SOURCES = 512;

  private final NodeRuntime runtime;
  private final TableFormat format;
  private final Manifest manifest;
  private final Flusher flusher;
  private final Throttle throttle;
  private final Executor executor;
  private final int laneCount;

  /** What running compactions may still write. */
  private final AtomicLong reservedBytes = new AtomicLong();

  CompactionRunner(
      NodeRuntime runtime,
      EngineConfig config,
      TableFormat format,
      Manifest manifest,
      Flusher flusher,
      Executor executor) {
    this.executor = executor;
    this.runtime = runtime;
    this.format = format;
    this.manifest = manifest;
    this.flusher = flusher;
    this.throttle = new Throttle(config.compactionBytesPerSecond());
    this.laneCount = runtime.scheduler().laneCount();
  }

  /** What all compactions together may write. */
  Throttle throttle() {
    return throttle;
  }

  /**
   * How a compaction ended.
   *
   * @param replaced whether the results are in the manifest in the place of the sources
   * @param nothingHidden whether the sources, which are to be cleaned, turned out to be clean
   * @param results the new files
   * @param obsolete sources that nobody needs any more
   * @param failure why nothing was done, or null
   */
  record Outcome(
      boolean replaced,
      boolean nothingHidden,
      List<TableFile> results,
      List<TableFile> obsolete,
      long createdSeconds,
      Throwable failure) {

    static Outcome failed(Throwable failure) {
      return new Outcome(false, false, List.of(), List.of(), 0, failure);
    }

    static Outcome clean() {
      return new Outcome(false, true, List.of(), List.of(), 0, null);
    }
  }

  /**
   * Has a compaction run.
   *
   * @param done is told on a background thread how it ended
   */
  void begin(CompactionJob job, Consumer<Outcome> done) {
    Run run = new Run(job, done);
    executor.execute(() -> run.guard(run::begin));
  }

  /** A task that may fail in any way. */
  private interface Task {
    void run() throws IOException;
  }

  /** One compaction under way: a task for each piece, and timers where it is ahead of the limit. */
  private final class Run {
    private final CompactionJob job;
    private final Consumer<Outcome> done;
    private long beganNanos;
    private long reserved;
    private long paidBytes;

    Run(CompactionJob job, Consumer<Outcome> done) {
      this.job = job;
      this.done = done;
    }

    void guard(Task task) {
      try {
        task.run();
      } catch (Throwable t) {
        fail(t);
      }
    }

    void begin() throws IOException {
      job.checkStopped();
      CompactionPlan.Kind kind = job.plan().kind();
      if (kind == CompactionPlan.Kind.EXPIRED || kind == CompactionPlan.Kind.MOVE) {
        end(replace(job, List.of()));
        return;
      }
      if (kind == CompactionPlan.Kind.CLEANUP
          && job.plan().sources().stream().noneMatch(CompactionRunner::hidesAny)) {
        end(Outcome.clean());
        return;
      }
      reserved = reserve(job);
      beganNanos = runtime.clock().nanoTime();
      job.beginWriting();
      writeMore();
    }

    private void writeMore() throws IOException {
      boolean more = job.writeMore(format, flusher::nextGeneration);
      long bytes = job.writtenBytes() - paidBytes;
      paidBytes += bytes;
      release(Math.min(bytes, reserved));
      if (more) {
        await(throttle.written(bytes, runtime.clock().nanoTime()), this::writeMore);
        return;
      }
      job.endWriting();
      Outcome outcome = replace(job, job.results());
      if (!outcome.replaced()) {
        throw new CompactionJob.StoppedException();
      }
      job.keepResults();
      flusher.counters().compacted(job.plan().sources(), outcome.results());
      log(job, outcome.results(), runtime.clock().nanoTime() - beganNanos);
      end(outcome);
    }

    /** Goes on when a time has passed, unless there is no use in it any more. */
    private void await(long nanos, Task next) {
      if (nanos <= LEAST_WAIT_NANOS) {
        executor.execute(() -> guard(next));
        return;
      }
      long now = Math.min(nanos, MOST_WAIT_NANOS);
      Task then =
          () -> {
            job.checkStopped();
            await(nanos - now, next);
          };
      job.lane().lane().schedule(now, () -> executor.execute(() -> guard(then)));
    }

    private void release(long bytes) {
      reserved -= bytes;
      reservedBytes.addAndGet(-bytes);
    }

    private void end(Outcome outcome) {
      release(reserved);
      done.accept(outcome);
    }

    private void fail(Throwable failure) {
      try {
        if (failure instanceof DiskFullException) {
          LOG.warn("{} of {} is put off: {}", name(job), job.directory(), failure.getMessage());
        } else if (!(failure instanceof CompactionJob.StoppedException)) {
          LOG.error("{} of {} failed", name(job), job.directory(), failure);
        }
        job.discardResults(manifest::discard);
      } finally {
        end(Outcome.failed(failure));
      }
    }
  }

  private static boolean hidesAny(TableFile file) {
    try {
      return !(file instanceof MaskedFile masked) || masked.hidesAny();
    } catch (CorruptDataException e) {
      // To rewrite it finds the damage too, and tells which file has it.
      return true;
    }
  }

  private static String name(CompactionJob job) {
    return job.plan().kind().text();
  }

  private static void log(CompactionJob job, List<TableFile> results, long nanos) {
    boolean all = Boolean.parseBoolean(job.table().options().compaction().get("log_all"));
    LOG.atLevel(all ? org.slf4j.event.Level.INFO : org.slf4j.event.Level.DEBUG)
        .log(
            "{} of {}: {} files of {} bytes became {} of {} in {} ms",
            name(job),
            job.directory(),
            job.plan().sources().size(),
            job.sourceBytes(),
            results.size(),
            CompactionJob.bytes(results),
            nanos / 1_000_000);
  }

  /**
   * Sees to it that the compaction fits onto the disk, if need be by leaving out the largest files.
   *
   * @throws DiskFullException if it does not fit
   */
  private long reserve(CompactionJob job) throws IOException {
    List<TableFile> sources = new ArrayList<>(job.plan().sources());
    sources.sort(Comparator.comparingLong(TableFile::bytes));
    long needed = CompactionJob.bytes(sources);
    long free = runtime.files().usableBytes(job.directory()) - reservedBytes.get();
    boolean narrowable = job.plan().narrowable();
    while (narrowable && sources.size() > 2 && (needed > free || sources.size() > MOST_SOURCES)) {
      needed -= sources.removeLast().bytes();
    }
    if (needed > free) {
      LOG.warn("{} needs {} bytes, and {} are free", name(job), needed, free);
      throw new DiskFullException(job.directory(), null);
    }
    if (sources.size() < job.plan().sources().size()) {
      LOG.info(
          "{} of {} is done with {} of {} files; {} bytes are free",
          name(job),
          job.directory(),
          sources.size(),
          job.plan().sources().size(),
          free);
      job.narrow(sources);
    }
    reservedBytes.addAndGet(needed);
    return needed;
  }

  private Outcome replace(CompactionJob job, List<TableFile> results) throws IOException {
    long now = runtime.clock().wallSeconds();
    List<TableFile> obsolete = new ArrayList<>();
    boolean replaced =
        manifest.edit(
            state -> {
              ManifestState.Table table = state.tables.get(job.table().options().id());
              boolean valid = table != null && job.isValid();
              return valid ? edits(job, table, results, now, obsolete) : null;
            });
    return new Outcome(replaced, false, replaced ? results : List.of(), obsolete, now, null);
  }

  private List<ManifestEdit> edits(
      CompactionJob job,
      ManifestState.Table table,
      List<TableFile> results,
      long now,
      List<TableFile> obsolete) {
    CompactionPlan plan = job.plan();
    UUID id = table.options.id();
    int lane = job.lane().index();
    List<ManifestEdit> edits = new ArrayList<>();
    for (TableFile file : plan.kind() == CompactionPlan.Kind.MOVE ? plan.sources() : results) {
      edits.add(
          new ManifestEdit.AddFile(id, file.generation(), lane, laneCount, plan.level(), now));
    }
    if (plan.kind() == CompactionPlan.Kind.MOVE) {
      return edits;
    }
    for (TableFile file : plan.sources()) {
      if (plan.kind() != CompactionPlan.Kind.LANES
          || isLastToTake(table.files.get(file.generation()), lane)) {
        edits.add(new ManifestEdit.RemoveFile(id, file.generation()));
        obsolete.add(file);
      } else {
        edits.add(new ManifestEdit.TakeFile(id, file.generation(), lane, laneCount));
      }
    }
    return edits;
  }

  /** Whether all lanes but this one have rewritten what they own of a file. */
  private boolean isLastToTake(ManifestState.LiveFile file, int lane) {
    return file.take(new LaneShare(laneCount, lane)).isTakenBy(laneCount);
  }
}
