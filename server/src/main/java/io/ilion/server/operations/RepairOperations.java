package io.ilion.server.operations;

import io.ilion.coordinator.repair.RepairRun;
import io.ilion.coordinator.repair.RepairSchedule;
import io.ilion.coordinator.repair.Repairs;
import io.ilion.model.ring.TokenRange;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.model.schema.TableDefinition;
import io.ilion.runtime.Clock;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;

/** How an operator makes replicas equal, and sees how the cluster does it by itself. */
public final class RepairOperations {
  private static final Parameter<Long> START =
      Parameter.optional(
          "start-token", ParameterType.INTEGER, "only what lies behind this token; with end-token");
  private static final Parameter<Long> END =
      Parameter.optional("end-token", ParameterType.INTEGER, "only what lies up to this token");
  private static final Parameter<Boolean> PRIMARY =
      Parameter.flag("primary-range", "only ranges of which this node is the first replica");
  private static final Parameter<Boolean> ENABLED =
      Parameter.required(
              "enabled", ParameterType.BOOLEAN, "whether this node repairs its ranges by itself")
          .positional();

  private final TableNames names;
  private final Repairs repairs;
  private final RepairSchedule schedule;
  private final Clock clock;

  /**
   * Operations of a node.
   *
   * @param repairs null of a node that is alone
   * @param schedule null of a node that is alone
   */
  public RepairOperations(TableNames names, Repairs repairs, RepairSchedule schedule, Clock clock) {
    this.names = names;
    this.repairs = repairs;
    this.schedule = schedule;
    this.clock = clock;
  }

  /** The operations. */
  public List<Operation> operations() {
    return List.of(
        Operation.task(
            "repair",
            "makes the replicas of what this node replicates equal",
            List.of(TableNames.KEYSPACE, TableNames.TABLES, START, END, PRIMARY),
            this::repair),
        Operation.query(
            "repair-status",
            "what is repaired, what will be next, and which deletions may be purged",
            List.of(TableNames.KEYSPACE),
            (arguments, progress) -> status(arguments)),
        Operation.change(
            "auto-repair",
            "has this node repair its ranges by itself, or not, until it is restarted",
            List.of(ENABLED),
            this::enable));
  }

  private void expectCluster() {
    if (repairs == null) {
      throw OperationException.refused("the node is alone: there are no replicas to be repaired");
    }
  }

  private static List<TokenRange> within(Arguments arguments) {
    Long start = arguments.get(START);
    Long end = arguments.get(END);
    if (start == null && end == null) {
      return List.of();
    }
    if (start == null || end == null) {
      throw OperationException.badArgument("start-token and end-token belong together");
    }
    return List.of(new TokenRange(start, end));
  }

  private CompletionStage<Map<String, Object>> repair(Arguments arguments, Progress progress) {
    expectCluster();
    List<TokenRange> within = within(arguments);
    Map<String, List<TableDefinition>> tables = new LinkedHashMap<>();
    for (TableDefinition table : names.of(arguments)) {
      KeyspaceDefinition keyspace = names.keyspace(table.keyspace());
      if (schedule.concerns(keyspace)) {
        tables.computeIfAbsent(table.keyspace(), name -> new ArrayList<>()).add(table);
      } else if (arguments.get(TableNames.KEYSPACE) != null) {
        throw OperationException.refused(
            "keyspace " + keyspace.name() + " has one replica, which needs no repair");
      }
    }
    return new Sequence(new ArrayDeque<>(tables.entrySet()), within, arguments, progress).run();
  }

  /** Keyspaces, one after the other. */
  private final class Sequence {
    private final ArrayDeque<Map.Entry<String, List<TableDefinition>>> left;
    private final List<TokenRange> within;
    private final Arguments arguments;
    private final Progress progress;
    private final CompletableFuture<Map<String, Object>> done = new CompletableFuture<>();
    private int ranges;
    private int differing;
    private long bytes;
    private boolean certified = true;

    Sequence(
        ArrayDeque<Map.Entry<String, List<TableDefinition>>> left,
        List<TokenRange> within,
        Arguments arguments,
        Progress progress) {
      this.left = left;
      this.within = within;
      this.arguments = arguments;
      this.progress = progress;
    }

    CompletionStage<Map<String, Object>> run() {
      next();
      return done;
    }

    private void next() {
      Map.Entry<String, List<TableDefinition>> one = left.poll();
      if (one == null) {
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("ranges", ranges);
        result.put("differing_parts", differing);
        result.put("fetched_bytes", bytes);
        result.put("counts_for_purging", certified);
        done.complete(result);
        return;
      }
      RepairRun run;
      try {
        run =
            repairs.begin(
                new Repairs.Request(
                    names.keyspace(one.getKey()),
                    one.getValue(),
                    within,
                    arguments.get(PRIMARY),
                    false));
      } catch (RuntimeException e) {
        done.completeExceptionally(e);
        return;
      }
      progress.onCancel(run::cancel);
      run.onProgress(
          () -> {
            progress.at(run.rangesDone(), run.ranges(), "ranges");
            progress.say(run.step());
          });
      run.outcome().whenComplete((report, failure) -> ended(run, report, failure));
    }

    private void ended(RepairRun run, Repairs.Report report, Throwable failure) {
      if (failure != null) {
        Throwable cause =
            failure instanceof CompletionException && failure.getCause() != null
                ? failure.getCause()
                : failure;
        done.completeExceptionally(
            cause instanceof Repairs.RepairException
                ? new OperationException(
                    progress.isCancelled()
                        ? OperationException.Reason.CANCELLED
                        : OperationException.Reason.FAILED,
                    cause.getMessage())
                : cause);
        return;
      }
      ranges += report.ranges();
      differing += report.differing();
      bytes += report.bytesFetched();
      certified &= run.isCertified();
      next();
    }
  }

  private CompletionStage<Map<String, Object>> status(Arguments arguments) {
    expectCluster();
    String keyspace = arguments.get(TableNames.KEYSPACE);
    return schedule
        .askStandings()
        .thenApply(
            standings -> {
              Map<String, Object> result = new LinkedHashMap<>();
              result.put("auto_repair", schedule.isEnabled());
              List<Map<String, Object>> tables = new ArrayList<>();
              for (RepairSchedule.Standing standing : standings) {
                if (keyspace == null || keyspace.equals(standing.table().keyspace())) {
                  tables.add(table(standing));
                }
              }
              result.put("tables", tables);
              result.put("repairs", repairs.runs().reversed().stream().map(this::run).toList());
              return result;
            });
  }

  private Map<String, Object> table(RepairSchedule.Standing standing) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("table", standing.table().keyspace() + "." + standing.table().name());
    row.put("repaired_since", time(standing.sinceSeconds(), "never"));
    row.put("deletions_everywhere_before", time(standing.deletionsBefore(), "unknown"));
    row.put("due", time(standing.dueSeconds(), "never"));
    row.put("overdue_seconds", Math.max(0, clock.wallSeconds() - standing.dueSeconds()));
    if (!standing.failure().isEmpty()) {
      row.put("last_failure", standing.failure());
    }
    return row;
  }

  private static String time(long seconds, String none) {
    return seconds == Long.MIN_VALUE || seconds == Long.MAX_VALUE
        ? none
        : Instant.ofEpochSecond(seconds).toString();
  }

  private Map<String, Object> run(RepairRun run) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("keyspace", run.request().keyspace().name());
    row.put("tables", run.request().tables().stream().map(TableDefinition::name).toList());
    row.put("by", run.request().scheduled() ? "schedule" : "operator");
    row.put("started", Instant.ofEpochMilli(run.startedMillis()).toString());
    if (run.endedMillis() != 0) {
      row.put("ended", Instant.ofEpochMilli(run.endedMillis()).toString());
    }
    row.put("step", run.step());
    row.put("ranges_done", run.rangesDone());
    row.put("ranges", run.ranges());
    row.put("differing_parts", run.report().differing());
    row.put("fetched_bytes", run.report().bytesFetched());
    return row;
  }

  private CompletionStage<Map<String, Object>> enable(Arguments arguments, Progress progress) {
    expectCluster();
    schedule.enable(arguments.get(ENABLED));
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("auto_repair", schedule.isEnabled());
    return CompletableFuture.completedFuture(result);
  }
}
