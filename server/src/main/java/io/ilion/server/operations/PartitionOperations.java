package io.ilion.server.operations;

import static io.ilion.server.operations.Json.object;

import io.ilion.model.ring.Murmur3;
import io.ilion.model.schema.TableDefinition;
import io.ilion.runtime.Clock;
import io.ilion.runtime.Lane;
import io.ilion.storage.engine.Engine;
import io.ilion.storage.engine.PartitionFile;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;

/** Which partitions are busy, and where one is. */
public final class PartitionOperations {
  private static final long LOOK_NANOS = 100_000_000L;
  private static final Duration LONGEST = Duration.ofMinutes(10);

  private static final Parameter<String> ONE_KEYSPACE =
      Parameter.required("keyspace", ParameterType.TEXT, "a keyspace").positional();
  private static final Parameter<String> ONE_TABLE =
      Parameter.required("table", ParameterType.TEXT, "a table of it").positional();
  private static final Parameter<String> KEY =
      Parameter.required(
              "key", ParameterType.TEXT, "a partition key: components separated by colons")
          .positional();
  private static final Parameter<String> TABLE =
      Parameter.optional("table", ParameterType.TEXT, "a table of it; all if it is left out")
          .positional();
  private static final Parameter<Duration> FOR =
      Parameter.optional("duration", ParameterType.MILLIS_TEXT, "milliseconds, or such as 30s")
          .orElse(Duration.ofSeconds(10))
          .positional();
  private static final Parameter<Long> TOP =
      Parameter.optional("top", ParameterType.INTEGER, "how many are told").orElse(10L);
  private static final Parameter<Long> CAPACITY =
      Parameter.optional(
              "capacity", ParameterType.INTEGER, "how many are counted at a time, on each lane")
          .orElse(256L);

  private final TableNames names;
  private final Engine engine;
  private final Clock clock;
  private final Lane lane;
  private final int laneCount;
  private final AtomicBoolean counting = new AtomicBoolean();

  /**
   * Operations of an engine.
   *
   * @param lane on which it looks whether the time is over
   */
  public PartitionOperations(
      TableNames names, Engine engine, Clock clock, Lane lane, int laneCount) {
    this.names = names;
    this.engine = engine;
    this.clock = clock;
    this.lane = lane;
    this.laneCount = laneCount;
  }

  /** The operations. */
  public List<Operation> operations() {
    return List.of(
        Operation.query(
            "getsstables",
            "the files of this node that have something of a partition",
            List.of(ONE_KEYSPACE, ONE_TABLE, KEY),
            this::files),
        new Operation(
            "toppartitions",
            "counts for a while which partitions this node reads and writes most, as a replica",
            List.of(TableNames.KEYSPACE, TABLE, FOR, TOP, CAPACITY),
            false,
            true,
            this::count));
  }

  private CompletionStage<Object> files(Arguments arguments, Progress progress) {
    TableDefinition table = names.table(arguments.get(ONE_KEYSPACE), arguments.get(ONE_TABLE));
    if (table.isVirtual()) {
      throw OperationException.badArgument("this table is computed, and has no files");
    }
    byte[] key = KeyText.encode(table, arguments.get(KEY));
    return engine
        .filesOf(table.id(), Murmur3.token(key), key)
        .thenApply(found -> found.stream().map(PartitionOperations::file).toList());
  }

  private static Map<String, Object> file(PartitionFile file) {
    return object(
        "file", file.path(),
        "level", file.level(),
        "size_bytes", file.bytes(),
        "partitions", file.partitions());
  }

  private CompletionStage<Object> count(Arguments arguments, Progress progress) {
    Request request = request(arguments);
    Map<UUID, TableDefinition> tables =
        request.tables.stream().collect(Collectors.toMap(TableDefinition::id, each -> each));
    int top = checked("top", arguments.get(TOP), 1000);
    int capacity = Math.max(top, checked("capacity", arguments.get(CAPACITY), 10_000));
    if (request.duration.isZero() || request.duration.compareTo(LONGEST) > 0) {
      throw OperationException.badArgument("a duration is from 1 ms to 10 minutes");
    }
    if (!counting.compareAndSet(false, true)) {
      throw new OperationException(
          OperationException.Reason.BUSY, "partitions are being counted already");
    }
    PartitionCounts counts = new PartitionCounts(tables.keySet(), capacity, laneCount);
    return engine
        .observe(counts)
        .thenCompose(begun -> await(request.duration, progress))
        .thenCompose(over -> engine.observe(null))
        .whenComplete((over, failure) -> counting.set(false))
        .thenApply(over -> result(request.duration, counts, tables, top));
  }

  /** What is counted, and for how long. */
  private record Request(List<TableDefinition> tables, Duration duration) {}

  /** The duration alone will do, as with nodetool, and it may follow on any name. */
  private Request request(Arguments arguments) {
    String keyspace = arguments.get(TableNames.KEYSPACE);
    String table = arguments.get(TABLE);
    Duration duration = arguments.get(FOR);
    if (keyspace != null && table == null && isDuration(keyspace)) {
      duration = FOR.type().read("duration", keyspace);
      keyspace = null;
    } else if (table != null && isDuration(table)) {
      duration = FOR.type().read("duration", table);
      table = null;
    }
    return new Request(names.of(keyspace, table == null ? null : List.of(table)), duration);
  }

  private static boolean isDuration(String word) {
    return word.matches("\\d+(ms|s|m)?");
  }

  private static int checked(String name, long value, int most) {
    if (value < 1 || value > most) {
      throw OperationException.badArgument(name + " is from 1 to " + most);
    }
    return (int) value;
  }

  private CompletionStage<Void> await(Duration duration, Progress progress) {
    CompletableFuture<Void> over = new CompletableFuture<>();
    long start = clock.nanoTime();
    lane.execute(() -> look(start, duration.toNanos(), progress, over));
    return over;
  }

  /** Whoever stops it gets what was counted until then. */
  private void look(long start, long nanos, Progress progress, CompletableFuture<Void> over) {
    long passed = clock.nanoTime() - start;
    progress.at(
        TimeUnit.NANOSECONDS.toMillis(Math.min(passed, nanos)),
        TimeUnit.NANOSECONDS.toMillis(nanos),
        "milliseconds");
    if (passed >= nanos || progress.isCancelled()) {
      over.complete(null);
    } else {
      lane.schedule(Math.min(LOOK_NANOS, nanos - passed), () -> look(start, nanos, progress, over));
    }
  }

  private static Object result(
      Duration duration, PartitionCounts counts, Map<UUID, TableDefinition> tables, int top) {
    return object(
        "for_ms",
        duration.toMillis(),
        "reads",
        counts.reads(),
        "writes",
        counts.writes(),
        "most_read",
        described(counts.mostRead(top), tables, false),
        "most_written",
        described(counts.mostWritten(top), tables, true));
  }

  private static List<Object> described(
      List<PartitionCounts.Count> counts, Map<UUID, TableDefinition> tables, boolean written) {
    List<Object> rows = new ArrayList<>();
    for (PartitionCounts.Count count : counts) {
      TableDefinition table = tables.get(count.partition().tableId());
      Map<String, Object> row =
          object(
              "keyspace", table.keyspace(),
              "table", table.name(),
              "partition", KeyText.decode(table, count.partition().key()),
              "count", count.count(),
              "too_high_by_at_most", count.error());
      if (written) {
        row.put("written_bytes", count.bytes());
      }
      rows.add(row);
    }
    return rows;
  }
}
