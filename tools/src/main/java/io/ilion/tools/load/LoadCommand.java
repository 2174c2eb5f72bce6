package io.ilion.tools.load;

import io.ilion.driver.Session;
import io.ilion.tools.console.ConnectionOptions;
import io.ilion.tools.console.Progress;
import io.ilion.tools.console.Style;
import io.ilion.tools.console.ToolException;
import io.ilion.tools.load.mapping.Mapping;
import java.io.IOException;
import java.nio.file.Path;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ilion load}: files of records into a table. */
@Command(
    name = "load",
    description = "Loads CSV or JSON into a table of Ilion or Cassandra.",
    sortOptions = false,
    mixinStandardHelpOptions = true,
    preprocessor = DsbulkAdvice.class,
    footerHeading = "%nExamples:%n",
    footer = {
      "  ilion load shop.book books.csv",
      "  ilion load shop.book 'exports/*.json.gz' --host 10.0.0.1 --cl LOCAL_QUORUM",
      "  ilion load shop.book --no-header --columns id,title,price books.csv",
      "  ilion load shop.book books.csv --ttl 86400 \\",
      "    --map 'isbn=id, name=title, added=now(), *=*'",
      "  ilion load books.csv \\",
      "    --query \"UPDATE shop.book SET tags = tags + :tags WHERE id = :id\"",
      "  ilion load shop.book books.csv --offline /fast --stream",
      "  zcat books.gz | ilion load shop.book - --dry-run",
      "",
      "Exit codes: 0 all is loaded; 3 all but bad records; 1 it was stopped; 2 wrong use.",
      "A load that was stopped goes on where it was with the same command and --dir DIR."
    })
public final class LoadCommand implements Callable<Integer> {
  static final int WITH_ERRORS = 3;
  private static final DateTimeFormatter STAMP = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss");

  @Spec private CommandSpec spec;

  @Parameters(
      arity = "0..*",
      paramLabel = "TABLE FILE",
      description =
          "KEYSPACE.TABLE (not with --query), then files, folders, 'patterns*' or - for the"
              + " standard input")
  private List<String> arguments = List.of();

  @Option(
      names = {"-m", "--map"},
      paramLabel = "MAPPING",
      description =
          "which field is which column: 'FIELD=COLUMN, 2=COLUMN, COLUMN=now(), FIELD=__ttl,"
              + " FIELD=__timestamp, *=*, *=-COLUMN'")
  private String map;

  @Option(
      names = "--query",
      paramLabel = "STATEMENT",
      description = "an own statement; its markers :NAME are filled from the fields of their names")
  private String query;

  @Mixin private RecordFlags records = new RecordFlags();

  @Option(
      names = "--nulls",
      paramLabel = "unset|null",
      description = "null leaves a column as it is (default), or deletes it")
  private String nulls = "unset";

  @Option(names = "--trim", description = "leave blanks around fields out")
  private boolean trim;

  @Option(names = "--allow-extra-fields", description = "leave fields out that are no columns")
  private boolean allowExtra;

  @Option(names = "--allow-missing-fields", description = "take fields that are missing for null")
  private boolean allowMissing;

  @Option(names = "--ttl", paramLabel = "SECONDS", description = "the time to live of all rows")
  private int ttl;

  @Option(
      names = "--timestamp",
      paramLabel = "MICROS",
      description = "the time of all writes (default: now)")
  private Long timestamp;

  @Option(names = "--skip", paramLabel = "N", description = "leave the first records of files out")
  private long skip;

  @Option(names = "--limit", paramLabel = "N", description = "load so many records at most")
  private long limit = Long.MAX_VALUE;

  @Option(
      names = "--batch",
      paramLabel = "replicas|partition|off",
      description = "which rows go into one request (default: those of the same replicas)")
  private String batch = "replicas";

  @Option(names = "--batch-rows", paramLabel = "N", description = "of a request (default: 32)")
  private int batchRows = 32;

  @Option(
      names = "--batch-bytes",
      paramLabel = "N",
      description = "of a request (default: 5000; Cassandra warns above 5 KiB)")
  private int batchBytes = 5_000;

  @Option(
      names = "--in-flight",
      paramLabel = "N",
      description = "requests at once at most; adapts to the cluster below (default: 256)")
  private int inFlight = 256;

  @Option(names = "--rate", paramLabel = "ROWS", description = "rows a second at most")
  private double rate;

  @Option(
      names = "--attempts",
      paramLabel = "N",
      description = "how often a request is tried (default: 10)")
  private int attempts = 10;

  @Option(
      names = "--max-errors",
      paramLabel = "N",
      description = "more bad records end the load; -1 for any number (default: 100)")
  private long maxErrors = 100;

  @Option(
      names = "--dir",
      paramLabel = "DIR",
      description =
          "checkpoint, bad records, their reasons, summary; given again, the load goes on"
              + " (default: ./ilion-load-TABLE-TIME)")
  private Path directory;

  @Option(names = "--restart", description = "begin anew though DIR has a checkpoint")
  private boolean restart;

  @Option(names = "--dry-run", description = "read and check everything, write nothing")
  private boolean dryRun;

  @Option(
      names = "--offline",
      paramLabel = "DIR",
      description =
          "build SSTables of Ilion in DIR/KEYSPACE.TABLE instead of sending rows; then --stream,"
              + " 'ilion sstable load' or, on each node, 'ilion admin import'")
  private Path offline;

  @Option(
      names = "--layout",
      paramLabel = "FILE",
      description =
          "with --offline: what 'ilion admin --format json layout KEYSPACE' said (default: the node"
              + " is asked by its HTTP port)")
  private Path layout;

  @Option(
      names = "--stream",
      description = "with --offline: then send each node its part by HTTP, and have it imported")
  private boolean stream;

  @Mixin private StreamFlags streaming = new StreamFlags();

  @Option(names = "--threads", paramLabel = "N", description = "that read (default: processors)")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--json",
      description = "print the summary as JSON (--format is that of the records)")
  private boolean json;

  @Option(names = "--quiet", description = "show no progress")
  private boolean quiet;

  @Mixin private ConnectionOptions connection = new ConnectionOptions();

  @Override
  public Integer call() throws IOException, InterruptedException {
    LoadOptions options = new LoadOptions();
    int files = 1;
    String name = "query";
    if (query != null) {
      options.query(query);
      files = 0;
    } else {
      if (arguments.isEmpty()) {
        throw ToolException.wrongUse("which table?").hint("ilion load KEYSPACE.TABLE FILE...");
      }
      List<String> names = Tables.names(arguments.get(0));
      options.table(names.get(0) == null ? connection.keyspace() : names.get(0), names.get(1));
      name = arguments.get(0).replaceAll("[^A-Za-z0-9_.-]", "");
    }
    if (arguments.size() <= files) {
      throw ToolException.wrongUse("which files?").hint("- is the standard input");
    }
    if (ttl < 0) {
      throw ToolException.wrongUse("--ttl is 0 or more");
    }
    Path kept =
        directory != null || dryRun
            ? directory
            : Path.of(
                "ilion-load-" + name + "-" + OffsetDateTime.now(ZoneOffset.UTC).format(STAMP));
    Set<String> nullTexts = records.nulls() == null ? Set.of("") : new HashSet<>(records.nulls());
    options
        .inputs(arguments.subList(files, arguments.size()))
        .format(records.format())
        .compression(records.compression())
        .charset(records.charset())
        .csv(records.csv(trim, options.inputs), records.header())
        .columns(records.columns())
        .mapping(Mapping.parse(map))
        .formats(records.formats())
        .nulls(nullTexts, false, isUnset())
        .fieldCount(allowExtra, allowMissing)
        .ttl(ttl)
        .timestamp(timestamp)
        .records(skip, limit)
        .batching(batching(), batchRows, batchBytes)
        .requests(inFlight, attempts)
        .rate(rate)
        .maxErrors(maxErrors, -1)
        .directory(kept, restart)
        .dryRun(dryRun)
        .threads(threads);
    if (stream && offline == null) {
      throw ToolException.wrongUse("--stream is for what --offline builds");
    }
    if (offline != null) {
      if (query != null) {
        throw ToolException.wrongUse("--offline is for a table, not for --query");
      }
      options.offline(
          offline,
          layout != null
              ? KeyspaceLayout.read(layout)
              : streaming.layout(connection, options.keyspace));
    }
    Style style = Style.of(Style.Stream.ERR, System.getenv(), null);
    try (Session session = connection.connect();
        Progress progress = quiet ? Progress.none() : Progress.on(System.err, style)) {
      options.sentWhenBuilt(stream);
      LoadSummary summary = new BulkLoad(session, options, progress).run();
      if (!stream || dryRun || !summary.complete()) {
        progress.close();
        return Summaries.print(summary, json, quiet, spec.commandLine());
      }
      Path built = offline.resolve(options.keyspace + "." + options.table);
      int sent =
          streaming.send(
              session,
              built,
              options.layout,
              options.table,
              progress,
              spec.commandLine().getErr(),
              null);
      int loaded = Summaries.print(summary, json, quiet, spec.commandLine());
      return sent == 0 ? loaded : sent;
    }
  }

  private boolean isUnset() {
    return switch (nulls) {
      case "unset" -> true;
      case "null" -> false;
      default -> throw ToolException.wrongUse("--nulls is unset or null");
    };
  }

  private LoadOptions.Batching batching() {
    try {
      return LoadOptions.Batching.valueOf(batch.toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw ToolException.wrongUse("--batch is replicas, partition or off").causedBy(e);
    }
  }
}
