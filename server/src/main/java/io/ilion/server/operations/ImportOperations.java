package io.ilion.server.operations;

import static io.ilion.server.operations.Json.object;

import io.ilion.model.ring.TokenRange;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.model.schema.SchemaCodec;
import io.ilion.model.schema.TableDefinition;
import io.ilion.storage.engine.Engine;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

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

  private final TableNames names;
  private final Engine engine;
  private final Function<KeyspaceDefinition, List<TokenRange>> others;
  private final BooleanSupplier isRingChanging;

  /**
   * Operations of an engine.
   *
   * @param others the ranges of a keyspace that this node has no part in
   * @param isRingChanging whether a node is joining or leaving
   */
  public ImportOperations(
      TableNames names,
      Engine engine,
      Function<KeyspaceDefinition, List<TokenRange>> others,
      BooleanSupplier isRingChanging) {
    this.names = names;
    this.engine = engine;
    this.others = others;
    this.isRingChanging = isRingChanging;
  }

  /** The operations. */
  public List<Operation> operations() {
    return List.of(
        Operation.task(
            "import",
            "adds the rows of SSTables that others wrote (ilion load --offline) to a table",
            List.of(KEYSPACE, TABLE, DIRECTORIES, TRIM),
            (arguments, progress) -> importFiles(arguments)),
        Operation.query(
            "layout",
            "how a keyspace is stored, for ilion load --offline --layout",
            List.of(KEYSPACE),
            (arguments, progress) -> CompletableFuture.completedFuture(layout(arguments))));
  }

  private CompletionStage<Object> importFiles(Arguments arguments) {
    KeyspaceDefinition keyspace = names.keyspace(arguments.get(KEYSPACE));
    TableDefinition table = names.table(keyspace.name(), arguments.get(TABLE));
    if (table.isVirtual() || keyspace.name().startsWith("system")) {
      throw OperationException.refused(table + " is the node's own");
    }
    if (table.isCounter()) {
      throw OperationException.refused(
          "counters are the sums of what each node counted: they cannot be imported");
    }
    for (String directory : arguments.get(DIRECTORIES)) {
      if (!directory.startsWith("/")) {
        throw OperationException.badArgument(
            "a directory is named from the root, not '" + directory + "'");
      }
    }
    if (isRingChanging.getAsBoolean()) {
      throw OperationException.refused("a node is joining or leaving: import when it has");
    }
    return engine
        .importFiles(
            table.id(), arguments.get(DIRECTORIES), others.apply(keyspace), arguments.get(TRIM))
        .thenApply(
            imported ->
                object(
                    "rows", imported.rows(),
                    "partitions", imported.partitions(),
                    "left_out_partitions", imported.leftOut(),
                    "imported_files", imported.sources(),
                    "new_files", imported.files()));
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
