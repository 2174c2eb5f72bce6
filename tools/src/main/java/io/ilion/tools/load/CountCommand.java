package io.ilion.tools.load;

import io.ilion.driver.Session;
import io.ilion.tools.console.ConnectionOptions;
import io.ilion.tools.console.JsonFlags;
import io.ilion.tools.console.Progress;
import io.ilion.tools.console.Style;
import io.ilion.tools.console.TableText;
import io.ilion.tools.console.ToolException;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;

/** {@code ilion count}: how many rows a table has, without a request that takes long. */
@Command(
    name = "count",
    description = "Counts the rows of a table of Ilion or Cassandra, by ranges of tokens.",
    sortOptions = false,
    mixinStandardHelpOptions = true,
    preprocessor = DsbulkAdvice.class,
    footerHeading = "%nExamples:%n",
    footer = {
      "  ilion count shop.book",
      "  ilion count shop.book --by node",
      "  ilion count shop.book --format json | jq .rows",
      "  ilion count shop.book --partitions 10",
    })
public final class CountCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "TABLE", description = "KEYSPACE.TABLE")
  private String table;

  @Option(
      names = "--by",
      paramLabel = "node|range",
      description = "rows by the nodes that have them, or by the ranges of the ring")
  private String by;

  @Option(
      names = "--partitions",
      paramLabel = "N",
      description = "how many partitions there are, and the N largest; reads all keys")
  private int partitions;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "ranges of tokens that are counted at once (default: twice the processors)")
  private int threads = 2 * Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--attempts",
      paramLabel = "N",
      description = "how often a request is tried (default: 10)")
  private int attempts = 10;

  @Mixin private JsonFlags shown = new JsonFlags();

  @Option(names = "--quiet", description = "show no progress")
  private boolean quiet;

  @Mixin private ConnectionOptions connection = new ConnectionOptions();

  @Override
  public Integer call() throws InterruptedException {
    if (by != null && !by.equals("node") && !by.equals("range")) {
      throw ToolException.wrongUse("--by is node or range");
    }
    List<String> names = Tables.names(table);
    String keyspace = names.get(0) == null ? connection.keyspace() : names.get(0);
    Style style = Style.of(Style.Stream.ERR, System.getenv(), null);
    BulkCount.Counts counts;
    try (Session session = connection.connect();
        Progress progress = quiet ? Progress.none() : Progress.on(System.err, style)) {
      counts =
          new BulkCount(
                  session,
                  new BulkCount.Options(
                      keyspace, names.get(1), Math.max(1, threads), partitions, attempts),
                  progress)
              .run();
    }
    LoadSummary summary = counts.summary();
    PrintWriter out = spec.commandLine().getOut();
    if (shown.isJson()) {
      out.println(json(counts));
    } else if (summary.complete()) {
      out.println(summary.rows());
      print(counts, out);
    } else {
      spec.commandLine().getErr().println("ilion: " + summary.status());
    }
    out.flush();
    return summary.complete() ? 0 : 1;
  }

  private void print(BulkCount.Counts counts, PrintWriter out) {
    Style style = Style.of(Style.Stream.OUT, System.getenv(), null);
    TableText text = new TableText(style);
    if ("node".equals(by)) {
      text.column("node").column("rows", TableText.Align.RIGHT);
      counts.byNode().forEach((node, rows) -> text.row(node, Progress.count(rows)));
    } else if ("range".equals(by)) {
      text.column("from token", TableText.Align.RIGHT)
          .column("to token", TableText.Align.RIGHT)
          .column("rows", TableText.Align.RIGHT);
      counts
          .byRange()
          .forEach((range, rows) -> text.row(range.start(), range.end(), Progress.count(rows)));
    } else if (partitions > 0) {
      out.println(Progress.count(counts.partitionCount()) + " partitions; the largest:");
      text.column("partition").column("rows", TableText.Align.RIGHT);
      counts.largest().forEach((key, rows) -> text.row(key, Progress.count(rows)));
    }
    if (text.size() > 0) {
      text.lines().forEach(out::println);
    }
  }

  private static String json(BulkCount.Counts counts) {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("table", counts.summary().target());
    values.put("complete", counts.summary().complete());
    values.put("rows", counts.summary().rows());
    values.put("by_node", counts.byNode());
    Map<String, Long> ranges = new LinkedHashMap<>();
    counts.byRange().forEach((range, rows) -> ranges.put(range.toString(), rows));
    values.put("by_range", ranges);
    if (counts.partitionCount() >= 0) {
      values.put("partitions", counts.partitionCount());
      values.put("largest", counts.largest());
    }
    return JsonMapper.shared().writeValueAsString(values);
  }
}
