package io.ilion.server.schema;

import io.ilion.cql.schema.SchemaTransformer;
import io.ilion.model.data.CorruptDataException;
import io.ilion.model.schema.Schema;
import io.ilion.runtime.Files;
import io.ilion.storage.StorageEngine;
import io.ilion.storage.TableOptions;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tables that the storage engine has at a start and the schema has not: they were dropped, and the
 * node ended before the engine forgot them. What is agreed on is on disk before the engine hears of
 * a table, so it cannot be that the schema does not have them yet. They go now as they would have
 * gone then, with a snapshot first.
 *
 * <p>Tables of the system, which a later release may have made, stay and are named in the log.
 */
public final class LeftoverTables {
  private static final Logger LOGGER = LoggerFactory.getLogger(LeftoverTables.class);

  private final StorageEngine engine;
  private final AutoSnapshots snapshots;

  LeftoverTables(StorageEngine engine, AutoSnapshots snapshots) {
    this.engine = engine;
    this.snapshots = snapshots;
  }

  /**
   * Refuses a node that has tables and never had a schema: it has lost its metadata. As a new
   * member it would hide its rows, or forget them when there is a schema again.
   *
   * @param dataDirectory where the storage engine keeps its tables
   * @throws CorruptDataException if the node has data of a table
   */
  public static void expectNone(Files files, String dataDirectory, Schema agreed)
      throws IOException {
    if (agreed.epoch() > 0 || !files.exists(dataDirectory)) {
      return;
    }
    for (String directory : files.list(dataDirectory)) {
      String[] names = names(directory);
      if (names != null
          && !SchemaTransformer.isSystem(names[0])
          && files.isDirectory(dataDirectory + "/" + directory)
          // The snapshots of a table that was dropped are no data of the node.
          && !files.list(dataDirectory + "/" + directory).equals(List.of("snapshots"))) {
        throw new CorruptDataException(
            "this node has data of the table %s.%s but no metadata: put its directory 'metadata'"
                    .formatted(names[0], names[1])
                + " back, or begin with a data directory that is empty");
      }
    }
  }

  /**
   * Begins to forget them, one after another.
   *
   * @param known the ids of all tables that are not left over
   * @return completes when they are gone, or cannot go: then the next start tries again
   */
  CompletionStage<Void> forget(Set<UUID> known) {
    CompletionStage<Void> done = CompletableFuture.completedFuture(null);
    for (TableOptions table : engine.tables()) {
      if (known.contains(table.id())) {
        continue;
      }
      String[] names = names(table.directoryName());
      if (names == null || SchemaTransformer.isSystem(names[0])) {
        LOGGER.warn("the schema does not know {}, which stays where it is", table.directoryName());
      } else {
        done = done.thenCompose(before -> forget(table, names[1]));
      }
    }
    return done;
  }

  /** Keyspace, table and id, as StorageOptions.of writes them; null if it is none. */
  private static String[] names(String directory) {
    String[] names = directory.split("-");
    return names.length == 3 ? names : null;
  }

  private CompletionStage<Void> forget(TableOptions table, String name) {
    LOGGER.info("forgetting {}, which was dropped before this start", table.directoryName());
    return snapshots
        .beforeForgetting(table.id(), name)
        .thenCompose(kept -> engine.dropTable(table.id()))
        .exceptionally(
            failure -> {
              LOGGER.warn("{} stays until the next start", table.directoryName(), failure);
              return null;
            });
  }
}
