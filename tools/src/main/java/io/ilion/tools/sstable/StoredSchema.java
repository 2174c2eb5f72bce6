package io.ilion.tools.sstable;

import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.model.schema.Schema;
import io.ilion.model.schema.TableDefinition;
import io.ilion.runtime.system.SystemFiles;
import io.ilion.server.system.StoredMetadata;
import io.ilion.server.system.SystemSchema;
import io.ilion.tools.console.ToolException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.UUID;

/** The names and types of tables, as the data directory of a node has them. */
final class StoredSchema {
  private static final String DIRECTORY = "metadata";
  private static final String FILE = "metadata.log";

  private final Schema schema;

  private StoredSchema(Schema schema) {
    this.schema = schema;
  }

  /**
   * The schema of a data directory.
   *
   * @throws ToolException if it has none that can be read
   */
  static StoredSchema of(Path dataDirectory) {
    Path directory = dataDirectory.resolve(DIRECTORY);
    if (!Files.isRegularFile(directory.resolve(FILE))) {
      throw ToolException.wrongUse(
              dataDirectory
                  + " is no data directory of a node: it has no "
                  + DIRECTORY
                  + "/"
                  + FILE)
          .hint("name the directory that a node is started with, such as ./data");
    }
    try {
      return new StoredSchema(
          StoredMetadata.schema(
              new ReadOnlyFiles(SystemFiles.ofWorkingDirectory()), directory.toString()));
    } catch (IOException e) {
      throw ToolException.failed("the names and types of tables cannot be read: " + e.getMessage())
          .hint("--untyped shows what is stored without them")
          .causedBy(e);
    }
  }

  /**
   * The schema of the data directory that a file or directory is in; of no tables if it is none.
   */
  static StoredSchema above(Path path) {
    for (Path at = path.toAbsolutePath().normalize(); at != null; at = at.getParent()) {
      if (Files.isRegularFile(at.resolve(DIRECTORY).resolve(FILE))) {
        return of(at);
      }
    }
    return none();
  }

  /** Knows nothing, not even the tables that every node has. */
  static StoredSchema none() {
    return new StoredSchema(null);
  }

  /** The table of an id, or null. */
  TableDefinition table(UUID id) {
    if (schema == null) {
      return null;
    }
    Map<String, KeyspaceDefinition> own = SystemSchema.keyspaces();
    for (TableDefinition table : SystemSchema.storedTables(own)) {
      if (table.id().equals(id)) {
        return table;
      }
    }
    return schema.table(id);
  }
}
