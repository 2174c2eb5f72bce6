package io.ilion.storage.engine;

import io.ilion.runtime.DiskFullException;
import io.ilion.runtime.Files;
import io.ilion.storage.StorageEngine.Snapshot;
import io.ilion.storage.TableFormat;
import io.ilion.storage.UnknownTableException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The snapshots of tables: hard links to their files, and what of them is hidden, in directories
 * below those of the tables. The manifest does not know them, so they outlive their tables. What a
 * crash leaves of one that was being made or deleted, as its directory says, is none: a start
 * deletes it. Methods block.
 */
final class Snapshots {
  static final String DIRECTORY = "snapshots";

  /** A file that stands in the directory of a snapshot until all of it is there, or gone. */
  static final String UNFINISHED = "unfinished";

  private static final Logger LOG = LoggerFactory.getLogger(Snapshots.class);

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

  /** Links the files that a table has, and notes what they hide; returns their bytes. */
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
                return link(tableId, table, name);
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

  private long link(UUID tableId, ManifestState.Table table, String name) throws IOException {
    String from = dataDirectory + "/" + table.options.directoryName();
    String to = directory(table.options.directoryName(), name);
    if (isWhole(to)) {
      throw new IOException("there is a snapshot named " + name + " already: " + to);
    }
    if (table.files.isEmpty()) {
      return 0;
    }
    clear(table.options.directoryName(), name);
    files.createDirectories(to);
    mark(to);
    HiddenParts.of(tableId, table).write(files, to);
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
    files.delete(to + "/" + UNFINISHED);
    files.syncDirectory(to);
    return bytes;
  }

  /** From now on what is there is no snapshot. */
  private void mark(String path) throws IOException {
    files.create(path + "/" + UNFINISHED).close();
    files.syncDirectory(path);
  }

  /** To delete a snapshot may be what makes room. */
  private void markIfThereIsRoom(String path) throws IOException {
    try {
      mark(path);
    } catch (DiskFullException e) {
      LOG.warn("{} is deleted while the disk is full: a crash may leave a part of it", path, e);
    }
  }

  private boolean isWhole(String path) throws IOException {
    List<String> there = files.list(path);
    return !there.isEmpty() && !there.contains(UNFINISHED);
  }

  /** Deletes what a crash has left of snapshots. */
  void clearUnfinished() throws IOException {
    for (String tableDirectory : files.list(dataDirectory)) {
      for (String name : files.list(parent(tableDirectory))) {
        String path = directory(tableDirectory, name);
        if (files.isDirectory(path) && !isWhole(path)) {
          clear(tableDirectory, name);
        }
      }
    }
  }

  /** Deletes a snapshot, if there is one of this name, or what there is of one. */
  void clear(String tableDirectory, String name) throws IOException {
    String path = directory(tableDirectory, name);
    if (isWhole(path)) {
      markIfThereIsRoom(path);
    }
    for (String file : files.list(path)) {
      if (!file.equals(UNFINISHED)) {
        files.delete(path + "/" + file);
      }
    }
    if (files.exists(path)) {
      files.syncDirectory(path);
      if (files.exists(path + "/" + UNFINISHED)) {
        files.delete(path + "/" + UNFINISHED);
      }
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
          if (isWhole(directory(tableDirectory, name))) {
            found.add(found(tableDirectory, name));
          }
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
