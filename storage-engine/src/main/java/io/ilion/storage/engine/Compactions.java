package io.ilion.storage.engine;

import io.ilion.model.data.Deletion;
import io.ilion.runtime.NodeRuntime;
import io.ilion.storage.MergeCursor;
import io.ilion.storage.PartitionCursor;
import io.ilion.storage.ReadCommand.PartitionRange;
import io.ilion.storage.RowCursor;
import io.ilion.storage.Slices;
import io.ilion.storage.StorageEngine.CompactionProgress;
import io.ilion.storage.TableFile;
import io.ilion.storage.TableFormat;
import io.ilion.storage.compaction.CompactionPicker;
import io.ilion.storage.compaction.PurgingCursor;
import io.ilion.storage.memtable.Memtable;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs compactions on the background pool: at most so many at once, at most one for each table and
 * lane, and no faster than the limit. The lane picks the files and puts the result in their place;
 * the manifest changes in between, in one edit.
 */
final class Compactions {
  private static final Logger LOG = LoggerFactory.getLogger(Compactions.class);
  private static final long MIN_WAIT_NANOS = 20_000_000L;

  private final NodeRuntime runtime;
  private final EngineConfig config;
  private final TableFormat format;
  private final Manifest manifest;
  private final Flusher flusher;
  private final long run;
  private final Map<UUID, Job> running = new ConcurrentHashMap<>();
  private final ArrayDeque<Job> queue = new ArrayDeque<>();
  private final AtomicLong jobs = new AtomicLong();
  private final AtomicLong paidUntilNanos = new AtomicLong();
  private int active;
  private volatile boolean closed;

  /**
   * Whether deletions may go. Not while the log of earlier runs would still be replayed: a deletion
   * of this run would not come back with the older writes there.
   */
  private volatile boolean purging;

  Compactions(
      NodeRuntime runtime,
      EngineConfig config,
      TableFormat format,
      Manifest manifest,
      Flusher flusher) {
    this.runtime = runtime;
    this.config = config;
    this.format = format;
    this.manifest = manifest;
    this.flusher = flusher;
    this.run = manifest.read(s -> s.run);
  }

  /** One compaction, from the moment its files were picked. */
  private static final class Job {
    final UUID id;
    final LaneEngine lane;
    final LaneTable table;
    final List<TableFile> sources;
    final long epoch;
    final long purgeBeforeTimestamp;
    final boolean major;
    final long totalBytes;
    final long totalPartitions;
    volatile long partitions;

    Job(
        UUID id,
        LaneEngine lane,
        LaneTable table,
        List<TableFile> sources,
        long purgeBeforeTimestamp,
        boolean major) {
      this.id = id;
      this.lane = lane;
      this.table = table;
      this.sources = sources;
      this.epoch = table.epoch();
      this.purgeBeforeTimestamp = purgeBeforeTimestamp;
      this.major = major;
      this.totalBytes = sources.stream().mapToLong(TableFile::bytes).sum();
      this.totalPartitions = sources.stream().mapToLong(TableFile::partitions).sum();
    }

    CompactionProgress progress() {
      long done = totalPartitions == 0 ? 0 : totalBytes * partitions / totalPartitions;
      return new CompactionProgress(
          id,
          table.options().id(),
          major ? "major compaction" : "compaction",
          Math.min(done, totalBytes),
          totalBytes,
          sources.size());
    }
  }

  List<CompactionProgress> progress() {
    return running.values().stream().map(Job::progress).toList();
  }

  void beginPurging() {
    purging = true;
  }

  void close() {
    closed = true;
  }

  /** Looks whether a table should be compacted; on its lane. */
  void consider(LaneEngine lane, LaneTable table) {
    if (closed || table.isCompacting()) {
      return;
    }
    List<TableFile> own = own(table);
    CompletableFuture<Void> major = table.nextMajor();
    if (major != null) {
      if (own.isEmpty()) {
        table.majorDone(null);
        consider(lane, table);
      } else {
        begin(lane, table, own, true);
      }
      return;
    }
    List<TableFile> picked = CompactionPicker.pick(own, table.options());
    if (picked.size() > 1) {
      begin(lane, table, picked, false);
    }
  }

  /** The files that this lane alone has. */
  private List<TableFile> own(LaneTable table) {
    return Arrays.stream(table.files()).filter(f -> !flusher.isForeign(f)).toList();
  }

  /** Compacts all files of a table on a lane; on the lane. */
  CompletableFuture<Void> compactAll(LaneEngine lane, LaneTable table) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    table.addMajor(done);
    consider(lane, table);
    return done;
  }

  private void begin(LaneEngine lane, LaneTable table, List<TableFile> sources, boolean major) {
    long oldestElsewhere = purging ? table.active().minTimestamp() : Long.MIN_VALUE;
    for (Memtable memtable : table.frozen()) {
      oldestElsewhere = Math.min(oldestElsewhere, memtable.minTimestamp());
    }
    for (TableFile file : table.files()) {
      if (!sources.contains(file)) {
        oldestElsewhere = Math.min(oldestElsewhere, file.minTimestamp());
      }
    }
    sources.forEach(TableFile::retain);
    table.setCompacting(true);
    UUID id = new UUID(run, jobs.incrementAndGet());
    start(new Job(id, lane, table, List.copyOf(sources), oldestElsewhere, major));
  }

  private void start(Job job) {
    synchronized (queue) {
      if (active >= config.compactors()) {
        queue.add(job);
        return;
      }
      active++;
    }
    runtime.scheduler().background().execute(() -> compact(job));
  }

  private void compact(Job job) {
    TableFile result = null;
    Exception failure = null;
    boolean replaced = false;
    running.put(job.id, job);
    try {
      if (!closed && job.table.epoch() == job.epoch) {
        result = write(job);
        replaced = replace(job, result);
      }
    } catch (IOException | RuntimeException e) {
      failure = e;
      LOG.error("compaction of {} failed", job.table.options().directoryName(), e);
    }
    running.remove(job.id);
    if (!replaced && result != null) {
      result.markObsolete();
      result.release();
    }
    TableFile installed = replaced ? result : null;
    boolean install = replaced;
    Exception cause = failure;
    job.lane.lane().execute(() -> end(job, install, installed, cause));
    Job next;
    synchronized (queue) {
      next = queue.poll();
      if (next == null) {
        active--;
      }
    }
    if (next != null) {
      runtime.scheduler().background().execute(() -> compact(next));
    }
  }

  private TableFile write(Job job) throws IOException {
    List<PartitionCursor> cursors = new ArrayList<>();
    for (TableFile file : job.sources) {
      cursors.add(file.scan(PartitionRange.ALL, Slices.ALL, null));
    }
    long purgeBeforeSeconds = runtime.clock().wallSeconds() - job.table.options().gcGraceSeconds();
    try (MergeCursor merged = new MergeCursor(cursors, true)) {
      PurgingCursor purged =
          new PurgingCursor(merged, purgeBeforeSeconds, job.purgeBeforeTimestamp);
      return format.write(
          flusher.directory(job.table),
          flusher.nextGeneration(),
          job.table.options(),
          new Paced(job, merged, purged));
    }
  }

  private boolean replace(Job job, TableFile result) throws IOException {
    UUID id = job.table.options().id();
    List<ManifestEdit> edits = new ArrayList<>();
    for (TableFile file : job.sources) {
      edits.add(new ManifestEdit.RemoveFile(id, file.generation()));
    }
    if (result != null) {
      edits.add(
          new ManifestEdit.AddFile(
              id, result.generation(), job.lane.index(), runtime.scheduler().laneCount()));
    }
    return manifest.edit(edits, () -> job.table.epoch() == job.epoch);
  }

  /** Puts the result in its place; on the lane. */
  private void end(Job job, boolean install, TableFile result, Exception failure) {
    LaneTable table = job.table;
    table.setCompacting(false);
    if (install && table.epoch() == job.epoch) {
      table.replaceFiles(job.sources, result);
      for (TableFile file : job.sources) {
        file.markObsolete();
        file.release();
      }
    } else if (result != null) {
      result.markObsolete();
      result.release();
    }
    job.sources.forEach(TableFile::release);
    if (job.major || failure != null) {
      table.majorDone(failure);
    }
    if (failure == null || table.nextMajor() != null) {
      consider(job.lane, table);
    }
  }

  /** Counts partitions, and waits where a compaction is ahead of the limit. */
  private void pace(Job job, long partitions) {
    job.partitions = partitions;
    long limit = config.compactionBytesPerSecond();
    if (limit == 0 || job.totalPartitions == 0) {
      return;
    }
    long bytes = Math.max(1, job.totalBytes / job.totalPartitions);
    long now = runtime.clock().nanoTime();
    long cost = (long) (bytes * 1e9 / limit);
    long until = paidUntilNanos.updateAndGet(paid -> Math.max(paid, now) + cost);
    if (until - now > MIN_WAIT_NANOS) {
      CountDownLatch latch = new CountDownLatch(1);
      Runnable wake = latch::countDown;
      job.lane.lane().schedule(until - now, wake);
      try {
        latch.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("the node stops", e);
      }
    }
  }

  /** The source of a compaction as its writer sees it. */
  private final class Paced implements PartitionCursor {
    private final Job job;
    private final MergeCursor merged;
    private final PartitionCursor source;
    private long seen;

    Paced(Job job, MergeCursor merged, PartitionCursor source) {
      this.job = job;
      this.merged = merged;
      this.source = source;
    }

    @Override
    public Step next() {
      if (closed || job.table.epoch() != job.epoch) {
        throw new IllegalStateException("the table was truncated or the node stops");
      }
      Step step = source.next();
      if (step == Step.PARTITION) {
        int sources = merged.sourcesOfPartition();
        for (int i = 0; i < sources; i++) {
          pace(job, ++seen);
        }
      }
      return step;
    }

    @Override
    public void awaitBlock(Runnable resume) {
      source.awaitBlock(resume);
    }

    @Override
    public long token() {
      return source.token();
    }

    @Override
    public byte[] partitionKey() {
      return source.partitionKey();
    }

    @Override
    public Deletion partitionDeletion() {
      return source.partitionDeletion();
    }

    @Override
    public byte[] staticRow() {
      return source.staticRow();
    }

    @Override
    public RowCursor rows(Slices slices, boolean reversed) {
      return source.rows(slices, reversed);
    }

    @Override
    public void close() {
      source.close();
    }
  }
}
