package io.ilion.server.operations;

import static io.ilion.server.operations.Json.object;

import io.ilion.model.ring.TokenRange;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.model.schema.SchemaCodec;
import io.ilion.model.schema.TableDefinition;
import io.ilion.storage.engine.Engine;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.LongSupplier;

/** Takes SSTables that were written elsewhere, and says what whoever writes them has to know. */
public final class ImportOperations {
  private static final Parameter<String> KEYSPACE =
      Parameter.required("keyspace", ParameterType.TEXT, "the keyspace").positional();
  private static final Parameter<String> TABLE =
      Parameter.required("table", ParameterType.TEXT, "the table").positional();
  private static final Parameter<List<String>> DIRECTORIES =
      Parameter.required(
              "directories",
              ParameterType.TEXTS,
              "directories on the node's machine that have the SSTables")
          .positional();
  private static final Parameter<Boolean> TRIM =
      Parameter.flag(
          "trim", "leave out what the node does not own; without it such rows fail the import");

  private static final Parameter<UUID> TABLE_ID =
      Parameter.required("table-id", ParameterType.UUID, "the id for which they were written");
  private static final Parameter<String> UPLOAD =
      Parameter.required("upload", ParameterType.TEXT, "the name of the upload").positional();
  private static final Parameter<Long> BYTES =
      Parameter.required("bytes", ParameterType.INTEGER, "how much will be sent");
  private static final Parameter<Long> FILES =
      Parameter.required("files", ParameterType.INTEGER, "how many files were sent");

  private final TableNames names;
  private final Engine engine;
  private final ImportUploads uploads;
  private final Function<KeyspaceDefinition, List<TokenRange>> others;
  private final BooleanSupplier isRingChanging;
  private final LongSupplier ringEpoch;

  /**
   * Operations of an engine.
   *
   * @param uploads has what others send
   * @param others the ranges of a keyspace that this node has no part in
   * @param isRingChanging whether a node is joining or leaving
   * @param ringEpoch grows when one begins to, or ends it
   */
  public ImportOperations(
      TableNames names,
      Engine engine,
      ImportUploads uploads,
      Function<KeyspaceDefinition, List<TokenRange>> others,
      BooleanSupplier isRingChanging,
      LongSupplier ringEpoch) {
    this.names = names;
    this.engine = engine;
    this.uploads = uploads;
    this.others = others;
    this.isRingChanging = isRingChanging;
    this.ringEpoch = ringEpoch;
  }

  /** The operations. */
  public List<Operation> operations() {
    return List.of(
        Operation.task(
            "import",
            "adds the rows of SSTables that others wrote (ilion load --offline) to a table",
            List.of(KEYSPACE, TABLE, DIRECTORIES, TRIM),
            (arguments, progress) -> importFiles(arguments)),
        Operation.change(
            "import-begin",
            "makes room for SSTables that are sent by HTTP (ilion sstable load)",
            List.of(UPLOAD, KEYSPACE, TABLE, TABLE_ID, BYTES),
            (arguments, progress) -> begin(arguments)),
        Operation.task(
            "import-finish",
            "adds the rows of SSTables that were sent by HTTP to a table",
            List.of(UPLOAD, KEYSPACE, TABLE, TABLE_ID, FILES),
            (arguments, progress) -> finish(arguments)),
        Operation.change(
            "import-drop",
            "deletes SSTables that were sent by HTTP and not imported",
            List.of(UPLOAD),
            (arguments, progress) ->
                uploads
                    .drop(arguments.get(UPLOAD))
                    .thenApply(dropped -> object("dropped", dropped))),
        Operation.query(
            "import-list",
            "SSTables that were sent by HTTP and not imported yet",
            List.of(),
            (arguments, progress) -> uploads.list().thenApply(all -> object("uploads", all))),
        Operation.query(
            "layout",
            "how a keyspace is stored, for ilion load --offline --layout",
            List.of(KEYSPACE),
            (arguments, progress) -> CompletableFuture.completedFuture(layout(arguments))));
  }

  /** The table that is meant, if it can take rows now. */
  private TableDefinition table(Arguments arguments) {
    TableDefinition table = names.table(arguments.get(KEYSPACE), arguments.get(TABLE));
    if (table.isVirtual() || table.keyspace().startsWith("system")) {
      throw OperationException.refused(table + " is the node's own");
    }
    if (table.isCounter()) {
      throw OperationException.refused(
          "counters are the sums of what each node counted: they cannot be imported");
    }
    if (isRingChanging.getAsBoolean()) {
      throw OperationException.refused("a node is joining or leaving: import when it has");
    }
    return table;
  }

  private TableDefinition tableOfId(Arguments arguments) {
    TableDefinition table = table(arguments);
    UUID id = arguments.get(TABLE_ID);
    if (!table.id().equals(id)) {
      throw OperationException.refused(
          "%s has the id %s, and these SSTables were written for %s: it was dropped, created anew or truncated since"
              .formatted(table, table.id(), id));
    }
    return table;
  }

  private CompletionStage<Object> begin(Arguments arguments) {
    tableOfId(arguments);
    return uploads
        .begin(arguments.get(UPLOAD), arguments.get(BYTES))
        .thenApply(whole -> object("files", whole));
  }

  private CompletionStage<Object> finish(Arguments arguments) {
    TableDefinition table = tableOfId(arguments);
    String upload = arguments.get(UPLOAD);
    return uploads
        .take(upload, arguments.get(FILES))
        .thenCompose(
            directory ->
                importFiles(table, List.of(directory), false)
                    .handle(
                        (imported, failure) ->
                            uploads
                                .ended(upload, failure == null)
                                .thenCompose(
                                    ended ->
                                        failure == null
                                            ? CompletableFuture.completedFuture(imported)
                                            : CompletableFuture.<Object>failedFuture(failure)))
                    .thenCompose(Function.identity()));
  }

  private CompletionStage<Object> importFiles(Arguments arguments) {
    TableDefinition table = table(arguments);
    for (String directory : arguments.get(DIRECTORIES)) {
      if (!directory.startsWith("/")) {
        throw OperationException.badArgument(
            "a directory is named from the root, not '" + directory + "'");
      }
    }
    return importFiles(table, arguments.get(DIRECTORIES), arguments.get(TRIM));
  }

  private CompletionStage<Object> importFiles(
      TableDefinition table, List<String> directories, boolean trim) {
    long epoch = ringEpoch.getAsLong();
    List<TokenRange> foreign = others.apply(names.keyspace(table.keyspace()));
    return engine
        .importFiles(table.id(), directories, foreign, trim)
        .thenApply(
            imported -> {
              checkUnmoved(table, epoch, foreign);
              return object(
                  "rows", imported.rows(),
                  "partitions", imported.partitions(),
                  "left_out_partitions", imported.leftOut(),
                  "imported_files", imported.sources(),
                  "new_files", imported.files());
            });
  }

  /** Who fetched ranges of this node before the rows were here to be seen has none of them. */
  private void checkUnmoved(TableDefinition table, long epoch, List<TokenRange> foreign) {
    KeyspaceDefinition keyspace = names.schema().keyspace(table.keyspace());
    if (ringEpoch.getAsLong() != epoch
        || keyspace == null
        || !others.apply(keyspace).equals(foreign)) {
      throw OperationException.refused(
          "replicas moved meanwhile, and may miss what was imported: import once more when they"
              + " have, on all nodes");
    }
  }

  private Object layout(Arguments arguments) {
    KeyspaceDefinition keyspace = names.keyspace(arguments.get(KEYSPACE));
    return object(
        "keyspace",
        keyspace.name(),
        "layout",
        Base64.getEncoder().encodeToString(SchemaCodec.encode(keyspace)));
  }
}
