package io.ilion.server.operations;

import static io.ilion.server.operations.Json.object;

import io.ilion.model.schema.TableDefinition;
import io.ilion.runtime.Clock;
import io.ilion.server.metrics.Distribution;
import io.ilion.server.metrics.RequestMetrics;
import io.ilion.server.metrics.RequestMetrics.Kind;
import io.ilion.storage.StorageEngine.CompactionProgress;
import io.ilion.storage.StorageEngine.Snapshot;
import io.ilion.storage.StorageEngine.TableStatistics;
import io.ilion.storage.engine.Engine;
import io.ilion.storage.engine.EngineActivity;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/** What a node does with its files. */
public final class StorageOperations {
  private static final long MIB = 1L << 20;

  private static final Parameter<String> TAG =
      Parameter.optional(
          "tag", ParameterType.TEXT, "the name of the snapshot; the time if left out");
  private static final Parameter<String> TAG_TO_CLEAR =
      Parameter.optional("tag", ParameterType.TEXT, "the snapshot's name");
  private static final Parameter<String> TAG_TO_RESTORE =
      Parameter.required("tag", ParameterType.TEXT, "the snapshot's name");
  private static final Parameter<Boolean> ALL = Parameter.flag("all", "every snapshot");
  private static final Parameter<Long> RATE =
      Parameter.required(
              "rate", ParameterType.INTEGER, "MiB a second, of all compactions; 0 for no limit")
          .positional();

  private final TableNames names;
  private final Engine engine;
  private final RequestMetrics metrics;
  private final Clock clock;

  /** Operations of an engine. */
  public StorageOperations(TableNames names, Engine engine, RequestMetrics metrics, Clock clock) {
    this.names = names;
    this.engine = engine;
    this.metrics = metrics;
    this.clock = clock;
  }

  /** The operations. */
  public List<Operation> operations() {
    List<Parameter<?>> tables = List.of(TableNames.KEYSPACE, TableNames.TABLES);
    return List.of(
        new FlushOperation(names, engine).operation(),
        Operation.task(
            "compact",
            "compacts all files of tables into as few as their strategies allow",
            tables,
            (arguments, progress) -> each(arguments, progress, this::compacted)),
        Operation.task(
            "garbagecollect",
            "rewrites all files of tables without what is shadowed or may be purged",
            tables,
            (arguments, progress) -> each(arguments, progress, this::compacted)),
        Operation.query(
            "tablestats",
            "what tables hold, in memory and on disk, and what was asked of them",
            tables,
            (arguments, progress) -> CompletableFuture.completedFuture(statistics(arguments))),
        Operation.query(
            "compactionstats",
            "compactions that run, and what they did so far",
            List.of(),
            (arguments, progress) -> CompletableFuture.completedFuture(compactions())),
        Operation.query(
            "getcompactionthroughput",
            "how fast all compactions together may write",
            List.of(),
            (arguments, progress) -> CompletableFuture.completedFuture(throughput())),
        Operation.change(
            "setcompactionthroughput",
            "changes how fast all compactions together may write, until the next start",
            List.of(RATE),
            this::setThroughput),
        Operation.task(
            "snapshot",
            "keeps the files of tables as they are now, under a name",
            List.of(TableNames.KEYSPACE, TableNames.TABLES, TAG),
            this::snapshot),
        Operation.query(
            "listsnapshots",
            "the snapshots of this node",
            List.of(),
            (arguments, progress) -> CompletableFuture.completedFuture(snapshots())),
        Operation.change(
            "clearsnapshot",
            "deletes snapshots",
            List.of(TableNames.KEYSPACE, TableNames.TABLES, TAG_TO_CLEAR, ALL),
            this::clear),
        Operation.task(
            "restore",
            "adds what a snapshot has to tables; what was written since stays (TRUNCATE first)",
            List.of(TableNames.KEYSPACE, TableNames.TABLES, TAG_TO_RESTORE),
            this::restore));
  }

  private CompletionStage<Object> each(
      Arguments arguments, Progress progress, Function<UUID, CompletionStage<?>> action) {
    return inTurn(names.of(arguments), progress, table -> action.apply(table.id()))
        .thenApply(count -> object("tables", count));
  }

  private CompletionStage<Void> compacted(UUID table) {
    return engine.compact(table);
  }

  /** Does something with each table, one after another; completes with how many there were. */
  private static CompletionStage<Integer> inTurn(
      List<TableDefinition> tables,
      Progress progress,
      Function<TableDefinition, CompletionStage<?>> action) {
    CompletionStage<Integer> done = CompletableFuture.completedFuture(0);
    AtomicInteger ended = new AtomicInteger();
    for (TableDefinition table : tables) {
      done =
          done.thenCompose(
                  before -> {
                    if (progress.isCancelled()) {
                      throw new OperationException(
                          OperationException.Reason.CANCELLED, "stopped before " + name(table));
                    }
                    progress.say(name(table));
                    progress.at(ended.get(), tables.size(), "tables");
                    return action.apply(table);
                  })
              .thenApply(result -> ended.incrementAndGet());
    }
    return done.thenApply(
        last -> {
          progress.at(tables.size(), tables.size(), "tables");
          return tables.size();
        });
  }

  private static String name(TableDefinition table) {
    return table.keyspace() + "." + table.name();
  }

  private List<Object> statistics(Arguments arguments) {
    Map<UUID, TableStatistics> byId = new HashMap<>();
    engine.statistics().forEach(of -> byId.put(of.tableId(), of));
    List<Object> tables = new ArrayList<>();
    for (TableDefinition table : names.of(arguments)) {
      TableStatistics of = byId.get(table.id());
      if (of == null) {
        continue;
      }
      Distribution reads = metrics.of(table.schemaId(), Kind.READ);
      Distribution ranges = metrics.of(table.schemaId(), Kind.SCAN);
      Distribution writes = metrics.of(table.schemaId(), Kind.WRITE);
      tables.add(
          object(
              "keyspace", table.keyspace(),
              "table", table.name(),
              "sstables", of.sstables(),
              "disk_bytes", of.liveSstableBytes(),
              "largest_sstable_bytes", of.largestSstableBytes(),
              "memtable_bytes", of.memtableBytes(),
              "uncompressed_bytes", of.rawBytes(),
              "compression_ratio", Json.finite((double) of.liveSstableBytes() / of.rawBytes()),
              "partitions_estimate", of.partitionEstimate(),
              "rows_estimate", of.rows(),
              "tombstones", of.tombstones(),
              "local_reads", of.requests().reads(),
              "local_ranges", of.requests().scans(),
              "local_writes", of.requests().writes(),
              "reads", reads.count(),
              "read_p99_micros", Math.round(reads.p99()),
              "ranges", ranges.count(),
              "range_p99_micros", Math.round(ranges.p99()),
              "writes", writes.count(),
              "write_p99_micros", Math.round(writes.p99()),
              "tombstones_per_read_p99",
                  Math.round(metrics.of(table.schemaId(), Kind.TOMBSTONES).p99())));
    }
    return tables;
  }

  private Map<String, Object> compactions() {
    List<Object> running = new ArrayList<>();
    for (CompactionProgress compaction : engine.compactions()) {
      TableDefinition table = names.schema().table(compaction.tableId());
      running.add(
          object(
              "id", compaction.id().toString(),
              "keyspace", table == null ? null : table.keyspace(),
              "table", table == null ? null : table.name(),
              "kind", compaction.kind(),
              "completed_bytes", compaction.completedBytes(),
              "total_bytes", compaction.totalBytes(),
              "sstables", compaction.sources()));
    }
    EngineActivity activity = engine.activity();
    return object(
        "running", running,
        "waiting_tables", activity.waitingCompactions(),
        "compactions", activity.compactions(),
        "read_bytes", activity.compactionReadBytes(),
        "written_bytes", activity.compactionWrittenBytes(),
        "flushes", activity.flushes(),
        "flushed_bytes", activity.flushedBytes(),
        "throughput_mib_per_second", engine.compactionControl().bytesPerSecond() / MIB);
  }

  private Map<String, Object> throughput() {
    return object("mib_per_second", engine.compactionControl().bytesPerSecond() / MIB);
  }

  private CompletionStage<Object> setThroughput(Arguments arguments, Progress progress) {
    long rate = arguments.get(RATE);
    if (rate < 0 || rate > 1 << 20) {
      throw OperationException.badArgument("the rate is from 0 to 1048576 MiB a second");
    }
    engine.compactionControl().setBytesPerSecond(rate * MIB);
    return CompletableFuture.completedFuture(throughput());
  }

  private CompletionStage<Object> snapshot(Arguments arguments, Progress progress) {
    String tag = arguments.get(TAG);
    String named = tag == null ? Long.toString(clock.wallMillis()) : checked(tag);
    List<TableDefinition> tables = names.of(arguments);
    long[] bytes = new long[1];
    return inTurn(
            tables,
            progress,
            table ->
                engine
                    .snapshot(table.id(), named)
                    .thenAccept(
                        more -> {
                          synchronized (bytes) {
                            bytes[0] += more;
                          }
                        }))
        .thenApply(count -> object("tag", named, "tables", count, "bytes", bytes[0]));
  }

  private static String checked(String tag) {
    if (tag.startsWith(".") || !tag.matches("[\\w.:+-]{1,200}")) {
      throw OperationException.badArgument(
          "a snapshot is named with letters, digits and _ . : + -, not '" + tag + "'");
    }
    return tag;
  }

  private List<Object> snapshots() {
    List<Object> snapshots = new ArrayList<>();
    for (Snapshot snapshot : engine.snapshots()) {
      // The directory of a table is named after its keyspace and itself.
      String[] parts = snapshot.directoryName().split("-");
      snapshots.add(
          object(
              "tag", snapshot.name(),
              "keyspace", parts[0],
              "table", parts.length > 1 ? parts[1] : "",
              "size_bytes", snapshot.bytes(),
              "own_bytes", snapshot.ownBytes(),
              "directory", snapshot.directoryName()));
    }
    return snapshots;
  }

  private CompletionStage<Object> clear(Arguments arguments, Progress progress) {
    String tag = arguments.get(TAG_TO_CLEAR);
    if ((tag == null) != arguments.get(ALL)) {
      throw OperationException.badArgument("say which with 'tag', or 'all'");
    }
    List<CompletableFuture<Void>> cleared = new ArrayList<>();
    for (Snapshot snapshot : engine.snapshots()) {
      String[] parts = snapshot.directoryName().split("-");
      // Tables that were dropped have snapshots, and names that nothing else has any more.
      if (TableNames.means(arguments, parts[0], parts.length > 1 ? parts[1] : "")
          && (tag == null || tag.equals(snapshot.name()))) {
        cleared.add(
            engine.clearSnapshot(snapshot.directoryName(), snapshot.name()).toCompletableFuture());
      }
    }
    if (cleared.isEmpty()) {
      names.of(arguments);
    }
    if (cleared.isEmpty() && tag != null) {
      throw OperationException.notFound("there is no snapshot named '" + tag + "' of these tables");
    }
    return CompletableFuture.allOf(cleared.toArray(CompletableFuture<?>[]::new))
        .thenApply(done -> object("snapshots", cleared.size()));
  }

  private CompletionStage<Object> restore(Arguments arguments, Progress progress) {
    String tag = checked(arguments.get(TAG_TO_RESTORE));
    Map<String, TableDefinition> byDirectory = new HashMap<>();
    for (TableDefinition table : names.of(arguments)) {
      engine.directoryName(table.id()).ifPresent(name -> byDirectory.put(name, table));
    }
    List<TableDefinition> tables =
        engine.snapshots().stream()
            .filter(snapshot -> snapshot.name().equals(tag))
            .map(snapshot -> byDirectory.get(snapshot.directoryName()))
            .filter(table -> table != null)
            .toList();
    if (tables.isEmpty()) {
      throw OperationException.notFound("there is no snapshot named '" + tag + "' of these tables");
    }
    AtomicInteger files = new AtomicInteger();
    return inTurn(
            tables,
            progress,
            table ->
                engine
                    .restore(table.id(), table.formerIds().reversed(), tag)
                    .thenAccept(files::addAndGet))
        .thenApply(count -> object("tag", tag, "tables", count, "sstables", files.get()));
  }
}
