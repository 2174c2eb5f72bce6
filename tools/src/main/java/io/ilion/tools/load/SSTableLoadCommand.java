package io.ilion.tools.load;

import io.ilion.driver.Session;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.tools.console.ConnectionOptions;
import io.ilion.tools.console.JsonFlags;
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

/** {@code ilion sstable load}: SSTables into a cluster that runs. */
@Command(
    name = "load",
    description = {
      "Sends SSTables to the nodes that have copies of their rows, by HTTP, and has them imported.",
      "Again after a failure it goes on with the nodes that are left.",
      ""
    },
    sortOptions = false,
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  ilion sstable load /fast/shop.book --host 10.0.0.1",
      "  ilion sstable load --table shop.book monday/ --throttle 50",
      "  ilion sstable load shop.book --json | jq '.nodes[] | select(.failure)'",
      "",
      "Exit codes: 0 all nodes have imported their rows; 1 not all; 2 wrong use."
    })
public final class SSTableLoadCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "DIRECTORY",
      description = "with SSTables of one table, such as 'ilion load --offline' makes")
  private Path directory;

  @Option(
      names = "--table",
      paramLabel = "KEYSPACE.TABLE",
      description = "into which table (default: the name of the directory)")
  private String table;

  @Mixin private StreamFlags flags = new StreamFlags();

  @Option(names = "--quiet", description = "show no progress")
  private boolean quiet;

  @Mixin private JsonFlags shown = new JsonFlags();

  @Mixin private ConnectionOptions connection = new ConnectionOptions();

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (!Files.isDirectory(directory)) {
      throw ToolException.wrongUse(directory + ": there is no such directory");
    }
    List<String> names =
        table != null ? Tables.names(table) : Tables.directory(directory.toAbsolutePath());
    String keyspace = names.get(0) == null ? connection.keyspace() : names.get(0);
    if (keyspace == null) {
      throw ToolException.wrongUse(directory + " is not named KEYSPACE.TABLE")
          .hint("--table KEYSPACE.TABLE says which table its rows are for");
    }
    KeyspaceDefinition layout = flags.layout(connection, keyspace);
    Style style = Style.of(Style.Stream.ERR, System.getenv(), null);
    try (Session session = connection.connect();
        Progress progress = quiet ? Progress.none() : Progress.on(System.err, style)) {
      return flags.send(
          session,
          directory,
          layout,
          names.get(1),
          progress,
          spec.commandLine().getErr(),
          shown.isJson() ? spec.commandLine().getOut() : null);
    }
  }
}
