package io.ilion.tools.load.offline;

import io.ilion.model.CqlException;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.model.schema.TableDefinition;
import io.ilion.runtime.Files;
import io.ilion.runtime.system.SystemFiles;
import io.ilion.server.cql.DetachedWrites;
import io.ilion.server.schema.StorageOptions;
import io.ilion.storage.MergeCursor;
import io.ilion.storage.PartitionCursor;
import io.ilion.storage.ReadCommand.PartitionRange;
import io.ilion.storage.Slices;
import io.ilion.storage.TableFile;
import io.ilion.storage.TableOptions;
import io.ilion.storage.memtable.Memtable;
import io.ilion.storage.sstable.BlockCache;
import io.ilion.storage.sstable.SSTableFormat;
import io.ilion.tools.console.Progress;
import io.ilion.tools.console.ToolException;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Builds the SSTables of a table from rows in any order, with little memory: each thread sorts what
 * fits and writes it as a run, and runs are merged in the end. What is built appears under its name
 * only when it is whole and durable.
 */
public final class OfflineBuild {
  /** So many runs are merged at once. */
  private static final int MOST_RUNS = 64;

  /** How long a file becomes, about. */
  private static final long FILE_BYTES = 1L << 30;

  private static final long CACHE_BYTES = 16L << 20;
  private static final String UNFINISHED = ".unfinished";

  private final TableOptions options;
  private final LongSupplier micros;
  private final DetachedWrites writes;
  private final Files files = SystemFiles.ofWorkingDirectory();
  private final SSTableFormat format =
      new SSTableFormat(files, Runnable::run, new BlockCache(CACHE_BYTES));
  private final Path parent;
  private final Path target;
  private final Path unfinished;
  private final Map<String, DetachedWrites.Statement> statements = new ConcurrentHashMap<>();
  private final AtomicLong generations = new AtomicLong();
  private final List<TableFile> runs = new ArrayList<>();

  /**
   * What was built.
   *
   * @param directory that has the files and nothing else
   * @param bytes of all files
   */
  public record Built(Path directory, int files, long partitions, long rows, long bytes) {}

  private OfflineBuild(
      Path parent, KeyspaceDefinition keyspace, TableDefinition table, LongSupplier micros) {
    this.parent = parent.toAbsolutePath();
    this.options = StorageOptions.of(table);
    this.micros = micros;
    this.writes = new DetachedWrites(keyspace, new SplittableRandom(new SecureRandom().nextLong()));
    this.target = this.parent.resolve(keyspace.name() + "." + table.name());
    this.unfinished = this.parent.resolve(keyspace.name() + "." + table.name() + UNFINISHED);
  }

  /**
   * Begins a build; what an earlier one left that was stopped is deleted.
   *
   * @param parent in which the directory KEYSPACE.TABLE is made
   * @param keyspace as its nodes know it
   * @param micros timestamps of rows that have none of their own, each later than the last
   * @throws ToolException if there is no such table, or the directory is there already
   */
  public static OfflineBuild begin(
      Path parent, KeyspaceDefinition keyspace, String table, LongSupplier micros)
      throws IOException {
    TableDefinition definition = keyspace.tables().get(table);
    if (definition == null) {
      throw ToolException.wrongUse("the layout has no table " + keyspace.name() + "." + table);
    }
    OfflineBuild build = new OfflineBuild(parent, keyspace, definition, micros);
    if (java.nio.file.Files.exists(build.target)) {
      throw ToolException.wrongUse(build.target + " is there already")
          .hint(
              "'ilion sstable load "
                  + build.target
                  + "' sends it to the nodes that have not taken it; delete it to build anew");
    }
    build.abandon();
    build.files.createDirectories(build.unfinished.toString());
    return build;
  }

  /**
   * Plans a statement.
   *
   * @throws ToolException if it cannot be done without a node
   */
  public DetachedWrites.Statement statement(String cql) {
    try {
      return statements.computeIfAbsent(cql, writes::statement);
    } catch (CqlException e) {
      throw ToolException.wrongUse(e.getMessage()).causedBy(e);
    }
  }

  /** What one thread writes with, using so much memory. */
  public OfflineWriter writer(long mostBytes) {
    return new OfflineWriter(this, mostBytes);
  }

  long nextMicros() {
    return micros.getAsLong();
  }

  void writeRun(Memtable memtable) throws IOException {
    try (MergeCursor source = new MergeCursor(List.of(memtable.scan(PartitionRange.ALL)), true)) {
      add(format.write(unfinished.toString(), generations.incrementAndGet(), options, source));
    }
  }

  private synchronized void add(TableFile run) {
    if (run != null) {
      runs.add(run);
    }
  }

  /**
   * Merges all that was written, and gives it its name.
   *
   * @param progress shows how far the merge is, which may take as long as the reading
   */
  public synchronized Built finish(Progress progress) throws IOException {
    while (runs.size() > MOST_RUNS) {
      List<TableFile> some = new ArrayList<>(runs.subList(0, MOST_RUNS));
      runs.subList(0, MOST_RUNS).clear();
      add(merge(unfinished, generations.incrementAndGet(), some, PartitionRange.ALL, progress));
      delete(some);
    }
    long bytes = runs.stream().mapToLong(TableFile::bytes).sum();
    int parts = (int) Math.max(1, (bytes + FILE_BYTES - 1) / FILE_BYTES);
    Path whole = unfinished.resolve("whole");
    files.createDirectories(whole.toString());
    int count = 0;
    long partitions = 0;
    long rows = 0;
    long written = 0;
    for (int part = 0; part < parts; part++) {
      TableFile file = merge(whole, part + 1L, runs, range(part, parts), progress);
      if (file != null) {
        count++;
        partitions += file.partitions();
        rows += file.rows();
        written += file.bytes();
        file.release();
      }
    }
    delete(runs);
    runs.clear();
    files.rename(whole.toString(), target.toString());
    files.syncDirectory(parent.toString());
    files.delete(unfinished.toString());
    return new Built(target, count, partitions, rows, written);
  }

  /** One of as many equal parts of the ring. */
  private static PartitionRange range(int part, int parts) {
    long width = Long.divideUnsigned(-1L, parts);
    long first = Long.MIN_VALUE + part * width;
    long last = part == parts - 1 ? Long.MAX_VALUE : first + width - 1;
    return new PartitionRange(first, null, true, last);
  }

  private TableFile merge(
      Path directory,
      long generation,
      List<TableFile> sources,
      PartitionRange range,
      Progress progress)
      throws IOException {
    List<PartitionCursor> cursors = new ArrayList<>();
    for (TableFile source : sources) {
      PartitionCursor cursor = source.scan(range, Slices.ALL, null);
      if (cursor != null) {
        cursors.add(cursor);
      }
    }
    try (WatchedCursor merged =
        new WatchedCursor(
            new MergeCursor(cursors, true),
            token -> progress.update(() -> merging(sources.size(), token)))) {
      return format.write(directory.toString(), generation, options, merged);
    }
  }

  /** Partitions come in the order of their tokens, which are spread evenly. */
  private static String merging(int files, long token) {
    double share = token / 0x1p64 + 0.5;
    return "%s%3.0f%%  merging what was sorted, %d files"
        .formatted(Progress.bar(share, 20), share * 100, files);
  }

  private static void delete(List<TableFile> unneeded) {
    for (TableFile file : unneeded) {
      file.markObsolete();
      file.release();
    }
  }

  /** Deletes what was written. */
  public synchronized void abandon() throws IOException {
    delete(runs);
    runs.clear();
    Path whole = unfinished.resolve("whole");
    for (Path directory : List.of(whole, unfinished)) {
      for (String name : files.list(directory.toString())) {
        files.delete(directory.resolve(name).toString());
      }
      if (files.exists(directory.toString())) {
        files.delete(directory.toString());
      }
    }
  }
}
