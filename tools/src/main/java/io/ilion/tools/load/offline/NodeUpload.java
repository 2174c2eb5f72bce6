package io.ilion.tools.load.offline;

import io.ilion.runtime.Files;
import io.ilion.runtime.ReadFile;
import io.ilion.storage.TableFile;
import io.ilion.storage.TableOptions;
import io.ilion.storage.sstable.SSTableFormat;
import io.ilion.tools.admin.AdminClient;
import io.ilion.tools.console.ToolException;
import io.ilion.tools.load.run.RateLimit;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32C;
import tools.jackson.databind.JsonNode;

/**
 * Gives one node its share of a directory of SSTables: writes a file with what is the node's, sends
 * it, deletes it, and so on; in the end the node imports them all. Files that the node has of an
 * earlier attempt are not sent again.
 */
final class NodeUpload {
  private static final int PIECE_BYTES = 240 << 10;
  private static final int ATTEMPTS = 4;
  private static final long PAUSE_MILLIS = 500;
  private static final long POLL_MILLIS = 100;

  private final String id;
  private final NodeShare share;
  private final List<TableFile> sources;
  private final TableOptions options;
  private final Map<String, Object> table;
  private final AdminClient node;
  private final Files files;
  private final SSTableFormat format;
  private final Path scratch;
  private final RateLimit rate;
  private final AtomicLong sent;
  private final AtomicInteger importing;

  /**
   * An upload.
   *
   * @param id by which the node knows it, the same when it is tried again
   * @param table the names and the id of the table, as arguments of operations
   * @param scratch a directory for one file, of this upload alone
   * @param sent counts bytes
   * @param importing counts nodes that import now
   */
  NodeUpload(
      String id,
      NodeShare share,
      List<TableFile> sources,
      TableOptions options,
      Map<String, Object> table,
      AdminClient node,
      Files files,
      SSTableFormat format,
      Path scratch,
      RateLimit rate,
      AtomicLong sent,
      AtomicInteger importing) {
    this.id = id;
    this.share = share;
    this.sources = sources;
    this.options = options;
    this.table = table;
    this.node = node;
    this.files = files;
    this.format = format;
    this.scratch = scratch;
    this.rate = rate;
    this.sent = sent;
    this.importing = importing;
  }

  /**
   * Sends all, and has the node import it.
   *
   * @param bytes how much it will be, about
   * @return how many rows the node has taken
   * @throws ToolException if the node cannot be reached or refuses it
   */
  long run(long bytes) throws IOException, InterruptedException {
    files.createDirectories(scratch.toString());
    // A process that was killed leaves the file that it was sending, or a part of it.
    clear();
    try {
      Map<String, Long> whole = begin(bytes);
      int count = 0;
      for (int i = 0; i < share.files().size(); i++) {
        String name = format.fileNames(i + 1L).get(0);
        if (whole.containsKey(name) || build(i, bytes)) {
          count++;
        }
      }
      if (count == 0) {
        node.post("/operations/import-drop", Map.of("upload", id));
        return 0;
      }
      importing.incrementAndGet();
      try {
        return finish(count);
      } finally {
        importing.decrementAndGet();
      }
    } finally {
      clear();
      files.delete(scratch.toString());
    }
  }

  private void clear() throws IOException {
    for (String name : files.list(scratch.toString())) {
      files.delete(scratch.resolve(name).toString());
    }
  }

  private Map<String, Long> begin(long bytes) {
    JsonNode answer = node.post("/operations/import-begin", arguments("bytes", bytes));
    Map<String, Long> whole = new HashMap<>();
    answer
        .path("result")
        .path("files")
        .properties()
        .forEach(file -> whole.put(file.getKey(), file.getValue().asLong()));
    return whole;
  }

  private Map<String, Object> arguments(String name, Object value) {
    Map<String, Object> arguments = new HashMap<>(table);
    arguments.put("upload", id);
    arguments.put(name, value);
    return arguments;
  }

  /** Writes a file and sends it; false if there is nothing in it. */
  private boolean build(int index, long bytes) throws IOException, InterruptedException {
    long generation = index + 1L;
    TableFile file;
    try (RangesCursor rows = new RangesCursor(sources, share.files().get(index))) {
      file = format.write(scratch.toString(), generation, options, rows);
    }
    if (file == null) {
      return false;
    }
    String name = format.fileNames(generation).get(0);
    try {
      for (int attempt = 1; ; attempt++) {
        try {
          send(name);
          return true;
        } catch (ToolException e) {
          if (attempt == ATTEMPTS || e.exitCode() == ToolException.WRONG_USE) {
            throw e;
          }
          TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS << attempt);
          if (begin(bytes).containsKey(name)) {
            return true;
          }
        }
      }
    } finally {
      file.markObsolete();
      file.release();
    }
  }

  private void send(String name) throws IOException, InterruptedException {
    String path = scratch.resolve(name).toString();
    try (ReadFile file = files.open(path)) {
      long size = files.size(path);
      for (long at = 0; at < size; ) {
        byte[] piece = new byte[(int) Math.min(PIECE_BYTES, size - at)];
        file.readAt(at, ByteBuffer.wrap(piece));
        CRC32C checksum = new CRC32C();
        checksum.update(piece);
        rate.acquire(piece.length);
        node.put(
            "/imports/%s/%s?offset=%d&crc32c=%08x&last=%b"
                .formatted(id, name, at, checksum.getValue(), at + piece.length == size),
            piece);
        at += piece.length;
        sent.addAndGet(piece.length);
      }
    }
  }

  private long finish(int count) throws InterruptedException {
    JsonNode task = node.post("/operations/import-finish", arguments("files", count)).path("task");
    String path = "/tasks/" + task.path("id").asLong();
    while (task.path("state").asString("").equals("RUNNING")) {
      TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
      task = node.read(path).path("task");
    }
    if (!task.path("state").asString("").equals("DONE")) {
      throw ToolException.failed(task.path("error").asString("the import was stopped"));
    }
    return task.path("result").path("rows").asLong();
  }
}
