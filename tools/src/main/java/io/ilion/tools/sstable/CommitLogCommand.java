package io.ilion.tools.sstable;

import io.ilion.model.data.CorruptDataException;
import io.ilion.model.data.RowReader;
import io.ilion.model.data.UpdateReader;
import io.ilion.runtime.system.SystemFiles;
import io.ilion.storage.commitlog.CommitLogReplay;
import io.ilion.tools.console.JsonFlags;
import io.ilion.tools.console.ToolException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code ilion commitlog}: looks into the commit log of a node that does not run. */
@Command(
    name = "commitlog",
    description = {
      "Looks into the commit log of a node that does not run; nothing is changed.",
      ""
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  ilion commitlog dump data/commitlog",
      "  ilion commitlog dump --json data/commitlog | jq 'select(.table == \"shop.t\")'",
      "  ilion commitlog dump --table 0b6e1f3a-5a2c-11f0-8f4e-0242ac120002 DIR"
    })
public final class CommitLogCommand implements Callable<Integer> {
  @CommandLine.Spec private CommandSpec spec;

  /** Without a subcommand there is nothing to do but to say what there is. */
  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getErr());
    return ToolException.WRONG_USE;
  }

  @Command(
      name = "dump",
      mixinStandardHelpOptions = true,
      description =
          "shows the writes in it; as JSON one on each line, and behind them how much there is",
      footerHeading = "%nExamples:%n",
      footer = {
        "  ilion commitlog dump data/commitlog",
        "  ilion commitlog dump --json data/commitlog | jq .rows"
      })
  int dump(
      @Parameters(paramLabel = "DIRECTORY", description = "such as data/commitlog") Path directory,
      @Option(names = "--untyped", description = "show bytes as they are stored") boolean untyped,
      @Option(names = "--table", paramLabel = "UUID", description = "of this table alone")
          UUID table,
      @CommandLine.Mixin JsonFlags shown)
      throws IOException {
    if (!Files.isDirectory(directory)) {
      throw ToolException.wrongUse(directory + ": there is no such directory");
    }
    PrintWriter out = spec.commandLine().getOut();
    boolean asJson = shown.isJson();
    StoredSchema schema = untyped ? StoredSchema.none() : StoredSchema.above(directory);
    Map<UUID, DataText> texts = new HashMap<>();
    try {
      CommitLogReplay.Result result =
          CommitLogReplay.read(
              new ReadOnlyFiles(SystemFiles.ofWorkingDirectory()),
              directory.toString(),
              (run, lane, number, update) -> {
                UpdateReader reader = new UpdateReader().wrap(update);
                if (table != null && !table.equals(reader.tableId())) {
                  return;
                }
                DataText text =
                    texts.computeIfAbsent(reader.tableId(), id -> new DataText(schema.table(id)));
                if (asJson) {
                  Map<String, Object> of = new LinkedHashMap<>();
                  of.put("run", run);
                  of.put("lane", lane);
                  of.put("record", number);
                  of.put("table", table(reader, text));
                  out.println(new DataJson(text).write(of, reader));
                } else {
                  out.println("run " + run + " lane " + lane + " record " + number);
                  show(reader, text, out);
                }
              });
      out.println(asJson ? jsonSummary(result) : summary(result));
    } catch (CorruptDataException e) {
      out.flush();
      throw ToolException.failed(e.getMessage()).causedBy(e);
    }
    out.flush();
    return 0;
  }

  private static String summary(CommitLogReplay.Result result) {
    return result.records()
        + " records in "
        + result.segmentIds().size()
        + " segments of "
        + result.bytes()
        + " bytes"
        + (result.tornTail() == null ? "" : "; " + result.tornTail());
  }

  private static String jsonSummary(CommitLogReplay.Result result) {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("records", result.records());
    values.put("segments", result.segmentIds().size());
    values.put("bytes", result.bytes());
    values.put("torn_tail", result.tornTail());
    return DataJson.line(values);
  }

  private static String table(UpdateReader update, DataText text) {
    return (text.table() == null ? update.tableId() : text.table()).toString();
  }

  private static void show(UpdateReader update, DataText text, PrintWriter out) {
    out.println(
        "  table "
            + table(update, text)
            + " partition "
            + text.partitionKey(update.partitionKey())
            + (update.partitionDeletion().isNone()
                ? ""
                : " deletion " + DataText.deletion(update.partitionDeletion())));
    RowReader row = new RowReader();
    if (update.hasStaticRow()) {
      row.wrap(update.array(), update.staticRowOffset(), update.staticRowLength());
      out.println("  static" + text.row(row));
    }
    while (update.nextEntry()) {
      String key = text.clusteringKey(update.array(), update.keyOffset(), update.keyLength());
      if (update.isRow()) {
        row.wrap(update.array(), update.imageOffset(), update.imageLength());
        out.println("  row " + key + text.row(row));
      } else {
        out.println(
            "  range from "
                + key
                + " to "
                + text.clusteringKey(
                    update.array(), update.rangeEndOffset(), update.rangeEndLength())
                + " deletion "
                + DataText.deletion(update.rangeDeletion()));
      }
    }
  }
}
