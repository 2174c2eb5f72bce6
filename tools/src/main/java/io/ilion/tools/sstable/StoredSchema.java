package io.ilion.tools.sstable;

import io.ilion.model.CqlException;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.model.schema.Schema;
import io.ilion.model.schema.TableDefinition;
import io.ilion.runtime.system.SystemFiles;
import io.ilion.server.cql.DetachedSchema;
import io.ilion.server.system.StoredMetadata;
import io.ilion.server.system.SystemSchema;
import io.ilion.tools.console.ToolException;
import io.ilion.tools.load.KeyspaceLayout;
import io.ilion.tools.shell.StatementSplitter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** The names and types of tables, as the data directory of a node has them. */
final class StoredSchema {
  private static final String DIRECTORY = "metadata";
  private static final String FILE = "metadata.log";

  private static final String STATEMENTS = ".cql";

  private final Schema schema;
  private final boolean hasIds;

  private StoredSchema(Schema schema, boolean hasIds) {
    this.schema = schema;
    this.hasIds = hasIds;
  }

  /**
   * The schema that stands at a path: of a data directory, of what an operation {@code layout}
   * answered, or of statements.
   *
   * @throws ToolException if there is none that can be read
   */
  static StoredSchema at(Path path) throws IOException {
    if (Files.isDirectory(path) || !Files.exists(path)) {
      return of(path);
    }
    if (path.toString().endsWith(STATEMENTS)) {
      return ofStatements(path);
    }
    KeyspaceDefinition keyspace = KeyspaceLayout.read(path);
    return new StoredSchema(Schema.EMPTY.with(keyspace), true);
  }

  private static StoredSchema ofStatements(Path path) throws IOException {
    StatementSplitter splitter = new StatementSplitter();
    List<StatementSplitter.Statement> statements =
        new ArrayList<>(splitter.add(Files.readString(path)));
    statements.addAll(splitter.end());
    DetachedSchema schema = new DetachedSchema(UUID::randomUUID);
    for (StatementSplitter.Statement each : statements) {
      try {
        schema.execute(each.text());
      } catch (CqlException e) {
        throw ToolException.wrongUse("%s, line %d: %s".formatted(path, each.line(), e.getMessage()))
            .causedBy(e);
      }
    }
    return new StoredSchema(schema.schema(), false);
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
              new ReadOnlyFiles(SystemFiles.ofWorkingDirectory()), directory.toString()),
          true);
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
    return new StoredSchema(null, true);
  }

  /**
   * The table of an id, or null. Statements have no ids: then it is the one that a directory above
   * the file is named after, or the only one.
   */
  TableDefinition table(UUID id, Path file) {
    TableDefinition known = table(id);
    if (known != null || hasIds) {
      return known;
    }
    List<TableDefinition> all =
        schema.keyspaces().values().stream()
            .flatMap(keyspace -> keyspace.tables().values().stream())
            .toList();
    for (Path at = file.toAbsolutePath().getParent(); at != null; at = at.getParent()) {
      for (TableDefinition table : all) {
        if (isNamedAfter(at, table)) {
          return table;
        }
      }
    }
    return all.size() == 1 ? all.get(0) : null;
  }

  private static boolean isNamedAfter(Path directory, TableDefinition table) {
    Path last = directory.getFileName();
    String name = last == null ? "" : last.toString();
    return name.equals(table.keyspace() + "." + table.name())
        || name.startsWith(table.keyspace() + "-" + table.name() + "-");
  }

  /** The id of the table that a directory such as {@code shop.book} is named after, or null. */
  UUID idOfDirectory(Path directory) {
    if (schema != null && hasIds) {
      for (KeyspaceDefinition keyspace : schema.keyspaces().values()) {
        for (TableDefinition table : keyspace.tables().values()) {
          if (directory.endsWith(table.keyspace() + "." + table.name())) {
            return table.id();
          }
        }
      }
    }
    return null;
  }

  /**
   * The ids that the data of a table may have whose directory is named after one. A truncation
   * gives data another id; the directory stays, and snapshots in it may be older.
   */
  List<UUID> idsOfData(UUID named) {
    TableDefinition table = table(named);
    if (table == null && schema != null) {
      table = schema.truncated(named);
    }
    if (table == null) {
      return List.of(named);
    }
    List<UUID> ids = new ArrayList<>(List.of(table.id()));
    ids.addAll(table.formerIds().reversed());
    return ids;
  }

  /** Whether it knows all ids that the data of a table may have whose directory has this one. */
  boolean knowsData(UUID named) {
    return hasIds && schema != null && (table(named) != null || schema.truncated(named) != null);
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
