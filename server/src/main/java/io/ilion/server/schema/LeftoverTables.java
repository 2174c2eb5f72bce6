package io.ilion.server.schema;

import io.ilion.cql.schema.SchemaTransformer;
import io.ilion.model.data.CorruptDataException;
import io.ilion.model.schema.Schema;
import io.ilion.storage.StorageEngine;
import io.ilion.storage.TableOptions;
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
 * <p>Tables of the system, which a later release may have made, stay and are named in the log. A node
 * that has tables and never had a schema has lost its metadata: it does not start, for as a new
 * member it would hide its rows, or forget them when there is a schema again.
 */
final class LeftoverTables {
  private static final Logger LOGGER = LoggerFactory.getLogger(LeftoverTables.class);

  private final StorageEngine engine;
  private final AutoSnapshots snapshots;

  LeftoverTables(StorageEngine engine, AutoSnapshots snapshots) {
    this.engine = engine;
    this.snapshots = snapshots;
  }

  /**
   * Begins to forget them, one after another.
   *
   * @param agreed the schema that was agreed on
   * @param known the ids of all tables that are not left over
   * @return completes when they are gone, or cannot go: then the next start tries again; fails if
   *     the metadata were lost
   */
  CompletionStage<Void> forget(Schema agreed, Set<UUID> known) {
    CompletionStage<Void> done = CompletableFuture.completedFuture(null);
    for (TableOptions table : engine.tables()) {
      // As SchemaStore.storageOptions writes it.
      String[] names = table.directoryName().split("-");
      if (known.contains(table.id())) {
        continue;
      }
      if (names.length != 3 || SchemaTransformer.isSystem(names[0])) {
        LOGGER.warn("the schema does not know {}, which stays where it is", table.directoryName());
      } else if (agreed.epoch() == 0) {
        return CompletableFuture.failedFuture(
            new CorruptDataException(
                "this node has data of the table %s.%s but no metadata: put its directory 'metadata'"
                        .formatted(names[0], names[1])
                    + " back, or begin with a data directory that is empty"));
      } else {
        done = done.thenCompose(before -> forget(table, names[1]));
      }
    }
    return done;
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
