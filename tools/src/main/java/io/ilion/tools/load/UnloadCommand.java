package io.ilion.tools.load;

import io.ilion.driver.Session;
import io.ilion.tools.console.ConnectionOptions;
import io.ilion.tools.console.Progress;
import io.ilion.tools.console.Style;
import io.ilion.tools.console.ToolException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ilion unload}: the rows of a table into files. */
@Command(
    name = "unload",
    description = "Writes the rows of a table of Ilion or Cassandra as CSV or JSON.",
    sortOptions = false,
    mixinStandardHelpOptions = true,
    preprocessor = DsbulkAdvice.class,
    footerHeading = "%nExamples:%n",
    footer = {
      "  ilion unload shop.book > books.csv",
      "  ilion unload shop.book books.json.gz --columns 'id,title,writetime(title)'",
      "  ilion unload shop.book exports/ --compress zstd --rows-per-file 1000000",
      "  ilion unload all.csv --query 'SELECT id FROM shop.book WHERE",
      "    token(id) > :start AND token(id) <= :end AND price > 10 ALLOW FILTERING'"
    })
public final class UnloadCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      arity = "0..2",
      paramLabel = "TABLE FILE",
      description =
          "KEYSPACE.TABLE (not with --query), then a file, a folder/ for several, or nothing or -"
              + " for the standard output")
  private List<String> arguments = List.of();

  @Option(
      names = "--query",
      paramLabel = "SELECT",
      description =
          "an own statement; with token(...) > :start AND token(...) <= :end it is read in"
              + " parallel")
  private String query;

  @Mixin private RecordFlags records = new RecordFlags();

  @Option(names = "--array", description = "JSON as one array, not as lines")
  private boolean array;

  @Option(names = "--quote-all", description = "all fields of CSV in quotes")
  private boolean quoteAll;

  @Option(
      names = "--cql-literals",
      description = "collections as CQL writes them, as in cqlsh's COPY; not as JSON")
  private boolean literals;

  @Option(names = "--limit", paramLabel = "N", description = "so many rows at most")
  private long limit = Long.MAX_VALUE;

  @Option(names = "--rows-per-file", paramLabel = "N", description = "of files in a folder")
  private long rowsPerFile = Long.MAX_VALUE;

  @Option(names = "--rate", paramLabel = "ROWS", description = "rows a second at most")
  private double rate;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "ranges of tokens that are read at once (default: twice the processors)")
  private int threads = 2 * Runtime.getRuntime().availableProcessors();

  @Option(names = "--page-size", paramLabel = "ROWS", description = "of a page (default: 5000)")
  private int pageSize = 5_000;

  @Option(
      names = "--attempts",
      paramLabel = "N",
      description = "how often a request is tried (default: 10)")
  private int attempts = 10;

  @Option(
      names = "--json",
      description =
          "print the summary as JSON, to the standard error (--format is that of the records)")
  private boolean json;

  @Option(names = "--quiet", description = "show neither progress nor summary")
  private boolean quiet;

  @Mixin private ConnectionOptions connection = new ConnectionOptions();

  @Override
  public Integer call() throws IOException, InterruptedException {
    UnloadOptions options = new UnloadOptions();
    int files = 0;
    if (query != null) {
      options.query(query);
    } else {
      if (arguments.isEmpty()) {
        throw ToolException.wrongUse("which table?").hint("ilion unload KEYSPACE.TABLE [FILE]");
      }
      List<String> names = Tables.names(arguments.get(0));
      options.table(names.get(0) == null ? connection.keyspace() : names.get(0), names.get(1));
      files = 1;
    }
    String target = arguments.size() > files ? arguments.get(files) : "-";
    boolean standard = target.equals("-");
    boolean folder = !standard && (target.endsWith("/") || Files.isDirectory(Path.of(target)));
    LoadOptions.Format format = records.format();
    if (format == null) {
      String lower = target.toLowerCase(java.util.Locale.ROOT);
      format =
          lower.contains(".json") || lower.contains(".ndjson")
              ? LoadOptions.Format.JSON
              : LoadOptions.Format.CSV;
    }
    String nullText = records.nulls() == null ? "" : records.nulls().get(0);
    options
        .columns(records.columns())
        .output(standard ? null : Path.of(target), folder)
        .format(format, array)
        .compression(records.compression())
        .charset(records.charset())
        .csv(records.csv(false, List.of(target)), records.header(), quoteAll)
        .formats(records.formats().literals(literals, -1, -1), nullText)
        .rows(limit, rowsPerFile)
        .requests(threads, pageSize, attempts)
        .rate(rate);
    Style style = Style.of(Style.Stream.ERR, System.getenv(), null);
    try (Session session = connection.connect();
        Progress progress = quiet ? Progress.none() : Progress.on(System.err, style)) {
      LoadSummary summary = new BulkUnload(session, options, progress).run();
      progress.close();
      if (json) {
        spec.commandLine().getErr().println(summary.json());
        return summary.complete() ? 0 : 1;
      }
      return Summaries.print(summary, false, quiet, spec.commandLine());
    }
  }
}
