package io.ilion.storage.engine;

import io.ilion.runtime.Files;
import io.ilion.storage.StorageEngine.Snapshot;
import io.ilion.storage.TableFormat;
import io.ilion.storage.UnknownTableException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * The snapshots of tables: hard links to their files, in directories below those of the tables. The
 * manifest does not know them, so they outlive their tables. Methods block.
 */
final class Snapshots {
  static final String DIRECTORY = "snapshots";

  private final Files files;
  private final String dataDirectory;
  private final TableFormat format;
  private final Manifest manifest;

  Snapshots(Files files, String dataDirectory, TableFormat format, Manifest manifest) {
    this.files = files;
    this.dataDirectory = dataDirectory;
    this.format = format;
    this.manifest = manifest;
  }

  /** Refuses what cannot be a name. */
  static void checkName(String name) {
    if (name.isEmpty() || name.startsWith(".") || name.contains("/")) {
      throw new IllegalArgumentException("a snapshot cannot be named '" + name + "'");
    }
  }

  /** Where a snapshot stands, or would stand, by the name of its table's directory. */
  String directory(String tableDirectory, String name) {
    return parent(tableDirectory) + "/" + name;
  }

  private String parent(String tableDirectory) {
    return dataDirectory + "/" + tableDirectory + "/" + DIRECTORY;
  }

  /** Links the files that a table has; returns their bytes. */
  long take(UUID tableId, String name) throws IOException {
    // While the manifest is being read no file can leave it, and so none is deleted.
    Object result =
        manifest.read(
            state -> {
              ManifestState.Table table = state.tables.get(tableId);
              if (table == null) {
                return new UnknownTableException(tableId);
              }
              try {
                return link(table, name);
              } catch (IOException e) {
                return e;
              }
            });
    if (result instanceof IOException e) {
      throw e;
    }
    if (result instanceof RuntimeException e) {
      throw e;
    }
    return (Long) result;
  }

  private long link(ManifestState.Table table, String name) throws IOException {
    String from = dataDirectory + "/" + table.options.directoryName();
    String to = directory(table.options.directoryName(), name);
    if (!files.list(to).isEmpty()) {
      throw new IOException("there is a snapshot named " + name + " already: " + to);
    }
    if (table.files.isEmpty()) {
      return 0;
    }
    files.createDirectories(to);
    long bytes = 0;
    for (long generation : table.files.keySet()) {
      for (String file : format.fileNames(generation)) {
        if (files.exists(from + "/" + file)) {
          files.link(from + "/" + file, to + "/" + file);
          bytes += files.size(to + "/" + file);
        }
      }
    }
    files.syncDirectory(to);
    return bytes;
  }

  /** Deletes a snapshot, if there is one of this name. */
  void clear(String tableDirectory, String name) throws IOException {
    String path = directory(tableDirectory, name);
    for (String file : files.list(path)) {
      files.delete(path + "/" + file);
    }
    if (files.exists(path)) {
      files.delete(path);
    }
  }

  /**
   * Those of all tables, also of dropped ones.
   *
   * @throws UncheckedIOException if the directories cannot be read
   */
  List<Snapshot> all() {
    List<Snapshot> found = new ArrayList<>();
    try {
      for (String tableDirectory : files.list(dataDirectory)) {
        for (String name : files.list(parent(tableDirectory))) {
          found.add(found(tableDirectory, name));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return found;
  }

  private Snapshot found(String tableDirectory, String name) throws IOException {
    String path = directory(tableDirectory, name);
    long bytes = 0;
    long own = 0;
    for (String file : files.list(path)) {
      long size = files.size(path + "/" + file);
      bytes += size;
      own += files.exists(dataDirectory + "/" + tableDirectory + "/" + file) ? 0 : size;
    }
    return new Snapshot(tableDirectory, name, bytes, own);
  }
}
