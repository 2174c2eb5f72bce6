package io.ilion.tools.load.offline;

import io.ilion.driver.Session;
import io.ilion.driver.metadata.Metadata;
import io.ilion.driver.metadata.Node;
import io.ilion.model.data.CorruptDataException;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.model.schema.TableDefinition;
import io.ilion.runtime.Files;
import io.ilion.runtime.system.SystemFiles;
import io.ilion.server.schema.StorageOptions;
import io.ilion.storage.TableFile;
import io.ilion.storage.TableOptions;
import io.ilion.storage.engine.HiddenParts;
import io.ilion.storage.sstable.BlockCache;
import io.ilion.storage.sstable.SSTableFormat;
import io.ilion.tools.admin.AdminClient;
import io.ilion.tools.console.Progress;
import io.ilion.tools.console.ToolException;
import io.ilion.tools.load.Fingerprint;
import io.ilion.tools.load.run.RateLimit;
import java.io.IOException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Brings a directory of SSTables into a cluster: sends each node, by its HTTP port, what it has a
 * copy of, and has it imported. Nodes are served at the same time; one that cannot be reached does
 * not hold up the others. Who has imported its share is noted beside the directory, so that a
 * second run goes on where the first one ended.
 */
public final class SSTableStream {
  private static final int MOST_AT_ONCE = 4;
  private static final long FILE_BYTES = 64L << 20;
  private static final long CACHE_BYTES = 32L << 20;
  private static final Duration TIMEOUT = Duration.ofSeconds(60);
  private static final long SHOWN_MILLIS = 100;

  private final Session session;
  private final Path directory;
  private final KeyspaceDefinition keyspace;
  private final TableDefinition table;
  private final Options options;
  private final Progress progress;
  private final Files files = SystemFiles.ofWorkingDirectory();
  private final SSTableFormat format =
      new SSTableFormat(files, Runnable::run, new BlockCache(CACHE_BYTES));
  private final AtomicLong sent = new AtomicLong();
  private final AtomicInteger importing = new AtomicInteger();

  /**
   * How to reach nodes.
   *
   * @param httpPort of all nodes, at the address where they serve CQL
   * @param places HOST:PORT of those whose HTTP is elsewhere, by the address where they serve CQL
   * @param bytesPerSecond at most, to all nodes together; 0 for no limit
   */
  public record Options(int httpPort, Map<String, String> places, long bytesPerSecond) {}

  /**
   * What became of a node's share.
   *
   * @param failure why it has not taken it, or null
   * @param rows that it has taken, 0 if an earlier run had sent them
   * @param wasDone whether an earlier run had done it
   */
  public record Outcome(Node node, String failure, long rows, boolean wasDone) {}

  /**
   * Rows for a table.
   *
   * @param directory that has SSTables of the table
   * @param keyspace as its nodes know it now
   * @throws ToolException if the keyspace has no such table
   */
  public SSTableStream(
      Session session,
      Path directory,
      KeyspaceDefinition keyspace,
      String table,
      Options options,
      Progress progress) {
    this.session = session;
    this.directory = directory.toAbsolutePath();
    this.keyspace = keyspace;
    this.table = keyspace.tables().get(table);
    this.options = options;
    this.progress = progress;
    if (this.table == null) {
      throw ToolException.wrongUse("there is no table " + keyspace.name() + "." + table);
    }
  }

  /** How many bytes were sent. */
  public long bytesSent() {
    return sent.get();
  }

  /**
   * Sends all.
   *
   * @return what became of each node's share
   * @throws ToolException if nothing can be sent: the files are of another table, damaged, or none
   */
  public List<Outcome> run() throws IOException, InterruptedException {
    TableOptions stored = StorageOptions.of(table);
    List<TableFile> sources = open(stored);
    try {
      long bytes = sources.stream().mapToLong(TableFile::bytes).sum();
      Metadata metadata = session.metadata();
      List<NodeShare> shares = NodeShare.of(metadata, keyspace.name(), bytes, FILE_BYTES);
      if (shares.isEmpty()) {
        throw ToolException.failed("no node has a copy of " + keyspace.name())
            .hint("what is the replication of the keyspace?");
      }
      return send(shares, sources, stored, bytes);
    } finally {
      sources.forEach(TableFile::release);
    }
  }

  private List<TableFile> open(TableOptions stored) throws IOException {
    TreeSet<Long> generations = new TreeSet<>();
    files.list(directory.toString()).forEach(name -> generations.add(format.generationOf(name)));
    generations.remove(-1L);
    if (generations.isEmpty()) {
      throw ToolException.wrongUse("there are no SSTables in " + directory);
    }
    HiddenParts hidden = HiddenParts.in(files, directory.toString());
    List<TableFile> sources = new ArrayList<>();
    try {
      for (long generation : generations) {
        TableFile source = format.open(directory.toString(), generation, stored);
        sources.add(hidden.hide(generation, source));
      }
    } catch (CorruptDataException e) {
      sources.forEach(TableFile::release);
      throw ToolException.failed(
              directory
                  + " cannot be sent to "
                  + table
                  + " ("
                  + stored.id()
                  + "): "
                  + e.getMessage())
          .hint(
              "SSTables are of one table; if it was dropped, created anew or truncated since, they"
                  + " have to be built again")
          .causedBy(e);
    }
    return sources;
  }

  private List<Outcome> send(
      List<NodeShare> shares, List<TableFile> sources, TableOptions stored, long bytes)
      throws IOException, InterruptedException {
    RateLimit rate = new RateLimit(options.bytesPerSecond(), System::nanoTime);
    Path scratch = directory.resolveSibling(directory.getFileName() + ".sending");
    Path notes = directory.resolveSibling(directory.getFileName() + ".sent");
    Set<String> done =
        java.nio.file.Files.exists(notes)
            ? new HashSet<>(java.nio.file.Files.readAllLines(notes))
            : new HashSet<>();
    List<Future<Outcome>> running = new ArrayList<>();
    long start = System.nanoTime();
    try (ExecutorService threads =
        Executors.newFixedThreadPool(
            Math.min(MOST_AT_ONCE, shares.size()),
            Thread.ofPlatform().name("ilion-stream-", 0).daemon().factory())) {
      for (NodeShare share : shares) {
        String id = identity(share);
        running.add(
            threads.submit(
                () ->
                    done.contains(id)
                        ? new Outcome(share.node(), null, 0, true)
                        : send(share, id, sources, stored, bytes, scratch, notes, rate)));
      }
      List<Outcome> outcomes = new ArrayList<>();
      for (Future<Outcome> each : running) {
        outcomes.add(await(each, start));
      }
      return outcomes;
    } finally {
      for (String left : files.list(scratch.toString())) {
        files.delete(scratch.resolve(left).toString());
      }
      if (files.exists(scratch.toString())) {
        files.delete(scratch.toString());
      }
    }
  }

  private Outcome await(Future<Outcome> outcome, long start)
      throws IOException, InterruptedException {
    while (true) {
      try {
        return outcome.get(SHOWN_MILLIS, TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        progress.update(
            () -> {
              double seconds = (System.nanoTime() - start) / 1e9;
              int imports = importing.get();
              return "%,.1f MB sent, %,.1f MB/s%s"
                  .formatted(
                      sent.get() / 1e6,
                      sent.get() / 1e6 / seconds,
                      imports == 0
                          ? ""
                          : imports == 1
                              ? ", one node imports what it has"
                              : ", %d nodes import what they have".formatted(imports));
            });
      } catch (ExecutionException e) {
        if (e.getCause() instanceof IOException broken) {
          // What kind of exception it is says what is wrong; its message has the file alone.
          throw broken;
        }
        throw new IllegalStateException(e.getCause());
      }
    }
  }

  /** The same as long as the files, the table and the ring are. */
  private String identity(NodeShare share) throws IOException {
    StringBuilder text = new StringBuilder();
    text.append(table.id()).append(share.node().hostId()).append(share.files());
    for (String name : files.list(directory.toString())) {
      Path path = directory.resolve(name);
      text.append('\n').append(name).append(' ').append(files.size(path.toString()));
      text.append(' ').append(java.nio.file.Files.getLastModifiedTime(path).toMillis());
    }
    return Fingerprint.of(text.toString());
  }

  private Outcome send(
      NodeShare share,
      String id,
      List<TableFile> sources,
      TableOptions stored,
      long bytes,
      Path scratch,
      Path notes,
      RateLimit rate)
      throws IOException, InterruptedException {
    String address = share.node().address().getHostString();
    String place = options.places().getOrDefault(address, address + ":" + options.httpPort());
    int colon = place.lastIndexOf(':');
    String host = place.substring(0, Math.max(0, colon)).replaceAll("^\\[|]$", "");
    try (AdminClient client = new AdminClient(host, port(place, colon), TIMEOUT)) {
      NodeUpload upload =
          new NodeUpload(
              id,
              share,
              sources,
              stored,
              Map.of(
                  "keyspace", keyspace.name(),
                  "table", table.name(),
                  "table-id", table.id().toString()),
              client,
              files,
              format,
              scratch.resolve(id),
              rate,
              sent,
              importing);
      long rows = upload.run(Math.round(bytes * owned(share)));
      note(notes, id);
      return new Outcome(share.node(), null, rows, false);
    } catch (ToolException e) {
      return new Outcome(share.node(), e.getMessage(), 0, false);
    } catch (CorruptDataException e) {
      return new Outcome(share.node(), directory + ": " + e.getMessage(), 0, false);
    }
  }

  private static int port(String place, int colon) {
    try {
      return Integer.parseInt(place.substring(colon + 1));
    } catch (NumberFormatException e) {
      throw ToolException.wrongUse("'" + place + "' is not HOST:PORT").causedBy(e);
    }
  }

  private static double owned(NodeShare share) {
    return share.files().stream()
        .flatMap(List::stream)
        .mapToDouble(range -> ((double) range.end() - (double) range.start()) / 0x1p64)
        .sum();
  }

  private static synchronized void note(Path notes, String id) throws IOException {
    java.nio.file.Files.writeString(
        notes, id + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }
}
