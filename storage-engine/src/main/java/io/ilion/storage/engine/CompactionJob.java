package io.ilion.storage.engine;

import io.ilion.model.data.CorruptDataException;
import io.ilion.storage.MergeCursor;
import io.ilion.storage.NeedlessCells;
import io.ilion.storage.PartitionCursor;
import io.ilion.storage.PurgeHorizon;
import io.ilion.storage.ReadCommand.PartitionRange;
import io.ilion.storage.Slices;
import io.ilion.storage.StorageEngine.CompactionProgress;
import io.ilion.storage.TableFile;
import io.ilion.storage.TableFormat;
import io.ilion.storage.TableWriter;
import io.ilion.storage.compaction.CompactionPlan;
import io.ilion.storage.compaction.PurgeLimits;
import io.ilion.storage.compaction.PurgingCursor;
import io.ilion.storage.compaction.SplitCursor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One compaction: what the lane knew when it picked the files, and how far it is. A lane makes it,
 * background threads run it, one at a time, and anybody may ask for its progress.
 */
final class CompactionJob {
  private static final Logger LOG = LoggerFactory.getLogger(CompactionJob.class);

  /**
   * Between pieces of so many bytes a compaction pauses, stops, and lets others have its thread.
   */
  private static final long PIECE_BYTES = 128 << 10;

  private final UUID id;
  private final LaneEngine lane;
  private final LaneTable table;
  private final CompactionPlan planned;
  private final List<TableFile> all;
  private final long epoch;
  private final long discards;
  private final long oldestInMemory;
  private final long purgeBeforeSeconds;
  private final PurgeHorizon horizon;
  private final NeedlessCells needless;
  private final String directory;
  private final BooleanSupplier closed;
  private final AtomicLong steps = new AtomicLong();
  private final List<TableFile> results = new ArrayList<>();
  private MergeCursor merged;
  private SplitCursor split;
  private TableWriter writer;
  private long writtenBytes;
  private volatile CompactionPlan plan;
  private volatile TableFile damaged;
  private volatile boolean stopped;

  /**
   * A compaction of some of a table's files; retains them.
   *
   * @param oldestInMemory the least timestamp of what is in no file; Long.MIN_VALUE to purge
   *     nothing
   * @param purgeBeforeSeconds deletions of this second or later stay. It is of the same moment as
   *     what is in no file: what comes later may be older than what is not to be purged yet
   * @param horizon which deletions are everywhere
   * @param needless which cells nobody needs; null for none
   */
  CompactionJob(
      UUID id,
      LaneEngine lane,
      LaneTable table,
      CompactionPlan plan,
      long oldestInMemory,
      long purgeBeforeSeconds,
      PurgeHorizon horizon,
      NeedlessCells needless,
      String directory,
      BooleanSupplier closed) {
    this.id = id;
    this.lane = lane;
    this.table = table;
    this.planned = plan;
    this.plan = plan;
    this.all = List.of(table.files());
    this.epoch = table.epoch();
    this.discards = table.discards();
    this.oldestInMemory = oldestInMemory;
    this.purgeBeforeSeconds = purgeBeforeSeconds;
    this.horizon = horizon;
    this.needless = needless;
    this.directory = directory;
    this.closed = closed;
    plan.sources().forEach(TableFile::retain);
  }

  /** Thrown within a compaction that was stopped, whose table has gone, or whose node stops. */
  static final class StoppedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    StoppedException() {
      super(
          "somebody stopped it, the table was truncated, cleaned or dropped, or the node stops",
          null,
          false,
          false);
    }
  }

  UUID id() {
    return id;
  }

  LaneEngine lane() {
    return lane;
  }

  LaneTable table() {
    return table;
  }

  long epoch() {
    return epoch;
  }

  /** Whether the table is as it was when the files were picked, but for further files. */
  boolean isValid() {
    return table.epoch() == epoch && table.discards() == discards;
  }

  String directory() {
    return directory;
  }

  /** What it does, maybe with fewer sources than were picked. */
  CompactionPlan plan() {
    return plan;
  }

  /** The files that were picked, whether or not it does with fewer. */
  List<TableFile> picked() {
    return planned.sources();
  }

  /** Does with fewer sources. */
  void narrow(List<TableFile> sources) {
    plan = plan.withSources(sources);
  }

  boolean isNarrowed() {
    return plan.sources().size() < planned.sources().size();
  }

  /** The source that could not be read, or null. */
  TableFile damaged() {
    return damaged;
  }

  long sourceBytes() {
    return bytes(plan.sources());
  }

  static long bytes(List<TableFile> files) {
    return files.stream().mapToLong(TableFile::bytes).sum();
  }

  /** Has it end soon without having done anything. */
  void stop() {
    stopped = true;
  }

  /** Whether somebody wanted it to end. */
  boolean isStopped() {
    return stopped;
  }

  /** Throws if it is not worth going on. */
  void checkStopped() {
    if (closed.getAsBoolean() || stopped || !isValid()) {
      throw new StoppedException();
    }
  }

  CompactionProgress progress() {
    long total = sourceBytes();
    long allSteps = 1;
    for (TableFile file : plan.sources()) {
      allSteps += file.partitions() + file.rows();
    }
    double done = Math.min(1, (double) steps.get() / allSteps);
    return new CompactionProgress(
        id,
        table.options().id(),
        plan.kind().text(),
        (long) (done * total),
        total,
        plan.sources().size(),
        directory);
  }

  /** Begins to merge the sources into files. */
  void beginWriting() {
    Set<TableFile> sources = new HashSet<>(plan.sources());
    List<TableFile> others = all.stream().filter(f -> !sources.contains(f)).toList();
    merged = new MergeCursor(cursors(), true);
    split =
        new SplitCursor(
            new PurgingCursor(
                merged,
                purgeBeforeSeconds,
                PurgeLimits.of(oldestInMemory, others),
                horizon,
                needless),
            plan.split());
  }

  /**
   * Writes a piece of the files, and makes each durable when it is whole.
   *
   * @return whether there may be more
   */
  boolean writeMore(TableFormat format, LongSupplier generations) throws IOException {
    checkStopped();
    if (writer == null) {
      if (!split.nextFile()) {
        return false;
      }
      writer = format.begin(directory, generations.getAsLong(), table.options());
    }
    long before = writer.bytes();
    boolean more = writer.write(split, PIECE_BYTES);
    split.setBytes(writer.bytes());
    writtenBytes += writer.bytes() - before;
    if (!more) {
      TableFile file = writer.finish();
      writer = null;
      if (file != null) {
        results.add(file);
      }
    }
    return true;
  }

  /** How much was written so far, of all files. */
  long writtenBytes() {
    return writtenBytes;
  }

  /** The files that are whole. */
  List<TableFile> results() {
    return List.copyOf(results);
  }

  /** The results are in the manifest: whatever happens from now on, they stay. */
  void keepResults() {
    results.clear();
  }

  /** Lets go of the sources. */
  void endWriting() {
    if (merged != null) {
      merged.close();
      merged = null;
    }
  }

  /** Lets go of the sources, and of what was written in the way that is given. */
  void discardResults(Consumer<TableFile> unwanted) {
    endWriting();
    try {
      if (writer != null) {
        writer.abandon();
      }
    } catch (IOException e) {
      LOG.warn("a file in {} that nobody needs stays until the next start", directory, e);
    } finally {
      writer = null;
      results.forEach(unwanted);
      results.clear();
    }
  }

  private List<PartitionCursor> cursors() {
    List<PartitionCursor> cursors = new ArrayList<>();
    for (TableFile file : plan.sources()) {
      PartitionCursor cursor = file.scan(PartitionRange.ALL, Slices.ALL, null);
      if (cursor != null) {
        cursors.add(new WatchedCursor(cursor, this::stepped, e -> note(file, e)));
      }
    }
    return cursors;
  }

  private void stepped(long count) {
    steps.addAndGet(count);
    checkStopped();
  }

  private void note(TableFile file, CorruptDataException cause) {
    if (cause != null) {
      damaged = file;
    }
  }
}
