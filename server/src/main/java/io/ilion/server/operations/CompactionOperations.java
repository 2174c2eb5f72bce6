package io.ilion.server.operations;

import static io.ilion.server.operations.Json.object;

import io.ilion.model.schema.TableDefinition;
import io.ilion.storage.StorageEngine.CompactionProgress;
import io.ilion.storage.engine.EndedCompaction;
import io.ilion.storage.engine.Engine;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** What an operator can do about compactions that a node begins by itself. */
public final class CompactionOperations {
  private static final Parameter<String> KIND =
      Parameter.optional("kind", ParameterType.TEXT, "compaction (all of them) or cleanup")
          .orElse("compaction")
          .positional();
  private static final Parameter<UUID> ID =
      Parameter.optional("id", ParameterType.UUID, "only the compaction of this id");

  /** The kinds that nodetool knows, and that are compactions here. */
  private static final Set<String> KINDS = Set.of("compaction", "cleanup");

  private final TableNames names;
  private final Engine engine;

  /** Operations of an engine. */
  public CompactionOperations(TableNames names, Engine engine) {
    this.names = names;
    this.engine = engine;
  }

  /** The operations. */
  public List<Operation> operations() {
    List<Parameter<?>> tables = List.of(TableNames.KEYSPACE, TableNames.TABLES);
    return List.of(
        Operation.query(
            "compactionhistory",
            "the last compactions since the start, the newest first",
            List.of(),
            (arguments, progress) -> CompletableFuture.completedFuture(history())),
        Operation.change(
            "stop",
            "ends compactions that run; they are tried again after a minute"
                + " (a number ends a task)",
            List.of(KIND, ID),
            this::stop),
        Operation.query(
            "statusautocompaction",
            "whether tables are compacted by themselves",
            tables,
            (arguments, progress) -> CompletableFuture.completedFuture(automatic(arguments))),
        Operation.change(
            "enableautocompaction",
            "has tables be compacted by themselves again",
            tables,
            (arguments, progress) -> setAutomatic(arguments, true)),
        Operation.change(
            "disableautocompaction",
            "compacts tables only when asked to, until enableautocompaction or the next start",
            tables,
            (arguments, progress) -> setAutomatic(arguments, false)));
  }

  private List<Object> history() {
    List<Object> rows = new ArrayList<>();
    for (EndedCompaction compaction : engine.compactionControl().history()) {
      TableDefinition table = names.schema().table(compaction.tableId());
      rows.add(
          object(
              "ended_millis", compaction.endedMillis(),
              "keyspace", table == null ? null : table.keyspace(),
              "table", table == null ? null : table.name(),
              "kind", compaction.kind(),
              "read_bytes", compaction.sourceBytes(),
              "written_bytes", compaction.resultBytes(),
              "sstables_read", compaction.sources(),
              "sstables_written", compaction.results(),
              "id", compaction.id().toString()));
    }
    return rows;
  }

  private CompletionStage<Object> stop(Arguments arguments, Progress progress) {
    String kind = arguments.get(KIND).toLowerCase(Locale.ROOT);
    UUID id = arguments.get(ID);
    if (!KINDS.contains(kind)) {
      throw OperationException.badArgument(
          "compaction and cleanup can be stopped, not '"
              + arguments.get(KIND)
              + "'; a repair, scrub or verify is a task, which its number stops");
    }
    int stopped = engine.compactionControl().stop(compaction -> fits(compaction, kind, id));
    if (stopped == 0 && id != null) {
      throw OperationException.notFound("no compaction of this id runs");
    }
    return CompletableFuture.completedFuture(object("stopped", stopped));
  }

  private static boolean fits(CompactionProgress compaction, String kind, UUID id) {
    return id != null
        ? id.equals(compaction.id())
        : kind.equals("compaction") || compaction.kind().equalsIgnoreCase(kind);
  }

  private List<Object> automatic(Arguments arguments) {
    List<Object> rows = new ArrayList<>();
    for (TableDefinition table : names.of(arguments)) {
      boolean enabled =
          !"false".equalsIgnoreCase(table.properties().compaction().get("enabled"))
              && engine.compactionControl().isAutomatic(table.id());
      rows.add(
          object("keyspace", table.keyspace(), "table", table.name(), "autocompaction", enabled));
    }
    return rows;
  }

  private CompletionStage<Object> setAutomatic(Arguments arguments, boolean isAutomatic) {
    for (TableDefinition table : names.of(arguments)) {
      engine.compactionControl().setAutomatic(table.id(), isAutomatic);
    }
    return CompletableFuture.completedFuture(automatic(arguments));
  }
}
