package io.ilion.tools.load;

import io.ilion.driver.Columns;
import io.ilion.driver.ServerException;
import io.ilion.driver.Session;
import io.ilion.driver.metadata.TableMetadata;
import io.ilion.model.type.ListType;
import io.ilion.tools.console.FileErrors;
import io.ilion.tools.console.Progress;
import io.ilion.tools.console.ToolException;
import io.ilion.tools.load.format.FileCompression;
import io.ilion.tools.load.format.Source;
import io.ilion.tools.load.offline.OfflineBuild;
import io.ilion.tools.load.run.BadRecords;
import io.ilion.tools.load.run.Checkpoint;
import io.ilion.tools.load.run.LoadRun;
import io.ilion.tools.load.run.LoadWorkers;
import io.ilion.tools.load.run.RateLimit;
import io.ilion.tools.load.run.RowSender;
import io.ilion.tools.load.run.Window;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;

/**
 * Loads records of files into a table.
 *
 * <pre>{@code
 * LoadSummary summary =
 *     new BulkLoad(
 *             session,
 *             new LoadOptions().table("shop", "book").inputs(List.of("books.csv")),
 *             Progress.none())
 *         .run();
 * }</pre>
 *
 * <p>A thread for each file, up to four, cuts it into chunks of whole records; workers make rows of
 * a chunk, sort them by the nodes that have them, and send them as batches. All waits for the
 * cluster: at most so many requests are on their way, and so many chunks in memory.
 */
public final class BulkLoad {
  private static final Pattern CONDITION = Pattern.compile("\\bIF\\b", Pattern.CASE_INSENSITIVE);
  private static final Pattern UNREPEATABLE =
      Pattern.compile(
          "\\b(now|uuid|current\\w*)\\s*\\(|=\\s*\"?\\w+\"?\\s*[+-]|\\+\\s*\\w+\\s*WHERE",
          Pattern.CASE_INSENSITIVE);
  private static final Pattern OWN_TIME =
      Pattern.compile("\\bUSING\\b.*\\bTIMESTAMP\\b", Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

  /** The ends of the names of files in folders. */
  private static final List<String> CSV = List.of(".csv", ".tsv", ".txt");

  private static final List<String> JSON = List.of(".json", ".jsonl", ".ndjson");

  /** Of files in memory. */
  private static final long MOST_BYTES = 1 << 28;

  private static final int FIRST_REQUESTS = 32;

  /** So many bytes tell one standard input from another. */
  private static final int TELLING = 1 << 12;

  private final Session session;
  private final LoadOptions options;
  private final Progress progress;
  private final AtomicLong lastMicros = new AtomicLong();

  private InputStream standardInput;
  private List<Source> sources;
  private LoadOptions.Format kind;
  private LoadRun run;

  /** A load that is done by {@link #run}, once. */
  public BulkLoad(Session session, LoadOptions options, Progress progress) {
    this.session = session;
    this.options = options;
    this.progress = progress;
  }

  /**
   * Loads, until all is done or it cannot go on.
   *
   * @throws ToolException if it cannot begin: wrong options, no such table or file
   */
  public LoadSummary run() throws IOException, InterruptedException {
    long start = System.nanoTime();
    long processor = processorNanos();
    kind = kind();
    sources = Source.of(options.inputs, kind == LoadOptions.Format.JSON ? JSON : CSV);
    standardInput = new BufferedInputStream(options.standardInput, SourceReaders.PEEKED);
    TableMetadata table = table();
    Path directory = options.directory;
    boolean json = kind == LoadOptions.Format.JSON;
    Path badFile =
        options.badFile != null
            ? options.badFile
            : directory == null ? null : directory.resolve(json ? "bad.json" : "bad.csv");
    Path reasons = directory == null ? null : directory.resolve("errors.jsonl");
    refuseToRead(badFile);
    Checkpoint checkpoint = checkpoint(directory);
    if (checkpoint.isFinished()) {
      checkpoint.close();
      return summary(start, processor, checkpoint, "completed", List.of("all was loaded before"));
    }
    if (directory != null && !options.dryRun && options.offlineDirectory == null) {
      progress.ifInterrupted("interrupted: " + resumption(directory));
    }
    if (checkpoint.isResumed()) {
      progress.say(
          "going on behind "
              + Progress.count(checkpoint.loadedBefore())
              + " rows of an earlier run");
    }
    long bytesAtOnce = options.chunkBytes * (2L * options.threads + 2);
    try (checkpoint;
        BadRecords bad = new BadRecords(badFile, reasons, json);
        ScheduledExecutorService timer =
            Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().name("ilion-load-timer").daemon().factory())) {
      if (directory != null && (checkpoints() || !Files.exists(checkpointOf(directory)))) {
        bad.cut(checkpoint.badLengths());
      }
      run =
          new LoadRun(
              session,
              new Window(
                  Math.min(FIRST_REQUESTS, options.inFlight), options.inFlight, System::nanoTime),
              new RateLimit(options.rate, System::nanoTime),
              checkpoint,
              bad,
              (int) Math.min(MOST_BYTES, bytesAtOnce),
              options.maxErrors,
              options.maxParseErrors);
      TableMetadata target = table != null ? table : tableOfQuery();
      boolean counters = isCounter(target);
      boolean lists = hasLists(target);
      String text = options.query == null ? options.mapping.calls() : options.query;
      boolean conditional = options.query != null && CONDITION.matcher(options.query).find();
      // The same list at the same time twice is there twice.
      boolean repeatable =
          !counters && !UNREPEATABLE.matcher(text).find() && !(lists && hasTimesOfItsOwn());
      RowSender sender =
          new RowSender(
              run, timer, this::nextMicros, options.attempts, counters, repeatable, lists);
      OfflineBuild offline = offline(table);
      LoadWorkers workers =
          new LoadWorkers(
              run,
              new LoadWorkers.Settings(
                  options.nullTexts,
                  options.nullTextsInQuotes,
                  options.unsetNulls,
                  options.allowExtraFields,
                  options.allowMissingFields,
                  conditional ? "OFF" : options.batching.name(),
                  options.batchRows,
                  options.batchBytes,
                  options.dryRun),
              sender,
              offline,
              options.threads);
      workers.start();
      SourceReaders readers =
          new SourceReaders(
              session, options, kind, sources, standardInput, table, checkpoint, run, workers);
      LoadProgress shown =
          new LoadProgress(run, readers.totalBytes(), readers.storedBytes(), start);
      Runnable look = () -> progress.update(shown);
      ToolException wrong = readers.readAll(look);
      workers.finish(look);
      run.awaitChunks(look);
      OfflineBuild.Built built = built(offline);
      if (wrong != null) {
        throw wrong;
      }
      List<String> notes = new ArrayList<>();
      bad.first().forEach(each -> notes.add("  " + each.oneLine()));
      if (run.bad.get() > notes.size()) {
        notes.add("  ...");
      }
      if (run.bad.get() > 0 && badFile != null) {
        notes.add("bad records: " + badFile + (reasons == null ? "" : ", reasons: " + reasons));
      }
      if (run.slowedDown() != null) {
        notes.add(run.slowedDown());
      }
      if (run.lastRetry() != null) {
        notes.add("the last that was tried again: " + run.lastRetry());
      }
      if (built != null) {
        notes.add(
            "built %s: %s rows of %s partitions in %d files, %s"
                .formatted(
                    built.directory(),
                    Progress.count(built.rows()),
                    Progress.count(built.partitions()),
                    built.files(),
                    LoadSummary.megabytes(built.bytes())));
        if (!options.isSentWhenBuilt) {
          notes.add(
              "to bring it into the cluster: ilion sstable load %s, or on each node: ilion admin import"
                      .formatted(built.directory())
                  + " %s %s %s".formatted(table.keyspace(), table.name(), built.directory()));
        }
      }
      String status = status();
      if (run.goesOn() && !options.dryRun && options.maxRecords == Long.MAX_VALUE) {
        checkpoint.done();
      }
      if (!run.goesOn() && directory != null && !options.dryRun && offline == null) {
        notes.add(resumption(directory));
      }
      if (options.dryRun) {
        notes.add("nothing was written: --dry-run");
      }
      LoadSummary summary = summary(start, processor, checkpoint, status, notes);
      if (directory != null) {
        Path file = directory.resolve("summary.json");
        try {
          Files.writeString(file, summary.json() + "\n");
        } catch (IOException e) {
          // What was done is shown all the same.
          notes.add(file + " could not be written: " + FileErrors.reason(e));
        }
      }
      return summary;
    }
  }

  private static String resumption(Path directory) {
    return "the same command with --dir " + directory + " goes on from here";
  }

  private OfflineBuild offline(TableMetadata table) throws IOException {
    if (options.offlineDirectory == null || options.dryRun) {
      return null;
    }
    if (table == null) {
      throw ToolException.wrongUse("--offline is for a table, not for --query");
    }
    return OfflineBuild.begin(
        options.offlineDirectory, options.layout, table.name(), () -> nextMicros(1));
  }

  private OfflineBuild.Built built(OfflineBuild offline) throws IOException {
    if (offline == null) {
      return null;
    }
    if (run.goesOn()) {
      return offline.finish(progress);
    }
    offline.abandon();
    return null;
  }

  private String status() {
    Throwable failure = run.failure();
    if (failure == null) {
      return run.bad.get() == 0 ? "completed" : "completed with errors";
    }
    return LoadSummary.stopped(failure);
  }

  private LoadSummary summary(
      long start, long processor, Checkpoint checkpoint, String status, List<String> notes) {
    return new LoadSummary(
        options.dryRun ? "check" : "load",
        target(),
        status,
        run == null || run.goesOn(),
        run == null ? 0 : run.loaded.get(),
        checkpoint.loadedBefore(),
        (run == null ? 0 : run.bad.get()) + checkpoint.badBefore(),
        run == null ? 0 : run.bytes.get(),
        sources.size(),
        run == null ? 0 : run.requests.get(),
        run == null ? 0 : run.retries.get(),
        Duration.ofNanos(System.nanoTime() - start),
        Duration.ofNanos(processorNanos() - processor),
        notes);
  }

  private String target() {
    return options.query != null ? options.query : options.keyspace + "." + options.table;
  }

  static long processorNanos() {
    return java.lang.management.ManagementFactory.getOperatingSystemMXBean()
            instanceof com.sun.management.OperatingSystemMXBean system
        ? system.getProcessCpuTime()
        : 0;
  }

  // ---- what is loaded into what

  private LoadOptions.Format kind() throws IOException {
    if (options.format != null) {
      return options.format;
    }
    for (String input : options.inputs) {
      String name = input;
      FileCompression compression = FileCompression.ofName(name);
      if (compression != FileCompression.NONE) {
        name = name.substring(0, name.lastIndexOf('.'));
      }
      if (JSON.stream().anyMatch(name::endsWith)) {
        return LoadOptions.Format.JSON;
      }
    }
    // The name of a folder does not tell, but those of the files in it do.
    for (String input : options.inputs) {
      if (!Source.isFolderWith(input, JSON) || Source.isFolderWith(input, CSV)) {
        return LoadOptions.Format.CSV;
      }
    }
    return LoadOptions.Format.JSON;
  }

  private TableMetadata table() {
    if (options.query != null) {
      return null;
    }
    return Tables.find(session, options.keyspace, options.table);
  }

  /** The table that the own statement writes, as far as its markers tell; else null. */
  private TableMetadata tableOfQuery() {
    Columns markers;
    try {
      markers = session.prepare(options.query).variables();
    } catch (ServerException e) {
      throw ToolException.wrongUse("--query: " + e.getMessage()).causedBy(e);
    }
    return markers.size() == 0
        ? null
        : session.metadata().table(markers.keyspace(0), markers.table(0)).orElse(null);
  }

  /** Whether a table has lists whose elements are cells. */
  private static boolean hasLists(TableMetadata table) {
    return table != null
        && table.columns().values().stream()
            .anyMatch(column -> column.type() instanceof ListType list && list.isMultiCell());
  }

  /** Whether records, or a statement, say when they were written. */
  private boolean hasTimesOfItsOwn() {
    return options.timestamp != null
        || options.mapping.hasTimestamp()
        || (options.query != null && OWN_TIME.matcher(options.query).find());
  }

  private static boolean isCounter(TableMetadata table) {
    return table != null && table.columns().values().stream().anyMatch(c -> c.type().isCounter());
  }

  /** What is mended is not read from the file that what is still wrong is written to. */
  private void refuseToRead(Path badFile) throws IOException {
    for (Source source : sources) {
      if (badFile != null
          && source.path() != null
          && Files.exists(badFile)
          && Files.isSameFile(source.path(), badFile)) {
        throw ToolException.wrongUse(badFile + " is read, and where bad records are written to")
            .hint("name another --dir, or none");
      }
    }
  }

  private static Path checkpointOf(Path directory) {
    return directory.resolve("checkpoint");
  }

  /** Whether this load notes how far it is. */
  private boolean checkpoints() {
    return options.directory != null && !options.dryRun && options.offlineDirectory == null;
  }

  private Checkpoint checkpoint(Path directory) throws IOException {
    if (directory != null) {
      Files.createDirectories(directory);
    }
    if (!checkpoints()) {
      return Checkpoint.none();
    }
    StringBuilder identity = new StringBuilder();
    identity.append(target()).append('\n').append(kind).append(options.csv).append(options.header);
    identity.append(options.columns).append(options.mapping.source()).append(options.skipRecords);
    identity.append(options.chunkBytes).append(options.compression).append(options.charset);
    for (Source source : sources) {
      identity.append('\n').append(source.name()).append(' ').append(source.size());
      identity.append(' ').append(source.modified());
      if (source.path() == null) {
        identity.append(' ').append(beginningOfStandardInput());
      }
    }
    return Checkpoint.open(
        checkpointOf(directory), Fingerprint.of(identity.toString()), options.restart);
  }

  /** It has no name that would tell it from another. */
  private String beginningOfStandardInput() throws IOException {
    standardInput.mark(SourceReaders.PEEKED);
    byte[] first = standardInput.readNBytes(TELLING);
    standardInput.reset();
    return Fingerprint.of(new String(first, StandardCharsets.ISO_8859_1));
  }

  /** The first of so many timestamps that nobody else gets. */
  private long nextMicros(long count) {
    long now = TimeUnit.MILLISECONDS.toMicros(System.currentTimeMillis());
    return lastMicros.updateAndGet(last -> Math.max(last + 1, now) + count - 1) - count + 1;
  }
}
