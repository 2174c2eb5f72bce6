package io.ilion.tools.sstable;

import io.ilion.model.data.CorruptDataException;
import io.ilion.model.ring.Murmur3;
import io.ilion.model.schema.TableDefinition;
import io.ilion.server.operations.KeyText;
import io.ilion.server.operations.OperationException;
import io.ilion.storage.TableFile;
import io.ilion.tools.console.JsonFlags;
import io.ilion.tools.console.ToolException;
import io.ilion.tools.load.SSTableLoadCommand;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code ilion sstable}: looks into files of tables, without a node. */
@Command(
    name = "sstable",
    description = {
      "Looks into files of tables without a node, or sends them to a cluster.",
      "They stay as they are.",
      "Names and types come from the data directory above the file, or that of --schema;",
      "where there is none, bytes are shown as they are stored.",
      ""
    },
    mixinStandardHelpOptions = true,
    subcommands = SSTableLoadCommand.class,
    footerHeading = "%nExamples:%n",
    footer = {
      "  ilion sstable statistics data/data/shop-orders-*/sstable-*.v1",
      "  ilion sstable verify data/data/shop-orders-*/snapshots/monday/*.v1",
      "  ilion sstable dump --limit 10 data/data/shop-orders-*/sstable-17.v1",
      "  ilion sstable query --key 'order 5' data/data/shop-orders-*/sstable-17.v1",
      "  ilion sstable dump --json data/data/shop-orders-*/sstable-17.v1 | jq .rows",
      "  ilion sstable load /fast/shop.orders --host 10.0.0.1",
      "  ilion sstable query --key eu:2026-11-21 ...     a key of two columns",
      "  ilion sstable dump --schema data elsewhere/shop-orders-*/sstable-17.v1",
      "  ilion sstable query --key 0x00000005 data/data/shop-orders-*/sstable-17.v1"
    })
public final class SSTableCommand implements Callable<Integer> {
  @CommandLine.Spec private CommandSpec spec;

  /** Without a subcommand there is nothing to do but to say what there is. */
  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getErr());
    return ToolException.WRONG_USE;
  }

  /** What each subcommand does with an open file. */
  private interface Action {
    void with(SSTableFile file, Path path, PrintWriter out);
  }

  /** What all take. */
  static final class Source {
    @CommandLine.Spec(CommandLine.Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
        names = "--table-id",
        paramLabel = "UUID",
        description = "the id of the table; otherwise the directory tells it")
    private UUID table;

    @Option(
        names = "--schema",
        paramLabel = "PATH",
        description =
            "who knows the tables: the data directory of a node, such as ./data; what 'ilion admin"
                + " --format json layout KEYSPACE' said; or CREATE and ALTER statements in a file"
                + " NAME.cql, in the order in which they were executed")
    private Path schema;

    @Option(names = "--untyped", description = "show bytes as they are stored")
    private boolean untyped;

    @Parameters(arity = "1..*", paramLabel = "FILE", description = "such as sstable-17.v1")
    private List<Path> paths = new ArrayList<>();

    private StoredSchema schemaOf(Path path) throws IOException {
      return untyped
          ? StoredSchema.none()
          : schema == null ? StoredSchema.above(path) : StoredSchema.at(schema);
    }

    private int each(Action action) throws IOException {
      return each(action, false);
    }

    /** Does something with each file; what is damaged is also told of as JSON if that is wanted. */
    private int each(Action action, boolean json) throws IOException {
      PrintWriter out = spec.commandLine().getOut();
      int damaged = 0;
      for (Path path : paths) {
        try (SSTableFile file = SSTableFile.open(path, table, schemaOf(path))) {
          if (!file.isSure()) {
            spec.commandLine()
                .getErr()
                .println(
                    "ilion: "
                        + path
                        + ": its table has another id than the directory says, as after TRUNCATE;"
                        + " whether it is the file of its name, --schema DATA-DIRECTORY can tell");
          }
          action.with(file, path, out);
        } catch (CorruptDataException e) {
          damaged++;
          spec.commandLine().getErr().println("ilion: " + path + ": " + e.getMessage());
          if (json) {
            Map<String, Object> values = new LinkedHashMap<>();
            values.put("file", path.toString());
            values.put("sound", false);
            values.put("error", e.getMessage());
            out.println(DataJson.line(values));
          }
        }
      }
      out.flush();
      return damaged == 0 ? 0 : ToolException.FAILED;
    }
  }

  @Command(
      name = "dump",
      mixinStandardHelpOptions = true,
      description = {
        "shows everything, in the order of tokens; as JSON a partition on each line, much as",
        "sstabledump -l -t writes it"
      },
      footerHeading = "%nExamples:%n",
      footer = {
        "  ilion sstable dump --limit 10 data/data/shop-orders-*/sstable-17.v1",
        "  ilion sstable dump --json data/data/shop-orders-*/sstable-17.v1 | jq .rows",
        "  ilion sstable dump --schema data elsewhere/shop-orders-*/sstable-17.v1"
      })
  int dump(
      @CommandLine.Mixin Source source,
      @Option(names = "--limit", paramLabel = "N", description = "so many partitions at most")
          Long limit,
      @CommandLine.Mixin JsonFlags shown)
      throws IOException {
    long most = limit == null ? Long.MAX_VALUE : limit;
    boolean asJson = shown.isJson();
    return source.each(
        (file, path, out) -> {
          if (asJson) {
            file.dumpJson(out::println, most);
          } else {
            file.dump(out::println, most);
          }
        });
  }

  @Command(
      name = "verify",
      mixinStandardHelpOptions = true,
      description = {
        "reads everything, and compares it with checksums, index and statistics; as JSON an object",
        "on each line, also for what is damaged"
      },
      footerHeading = "%nExamples:%n",
      footer = {
        "  ilion sstable verify data/data/shop-orders-*/sstable-*.v1",
        "  ilion sstable verify --json data/data/*/*.v1 | jq 'select(.sound | not)'",
        "",
        "Exit codes: 0 all are sound; 1 one is damaged; 2 wrong use."
      })
  int verify(@CommandLine.Mixin Source source, @CommandLine.Mixin JsonFlags shown)
      throws IOException {
    boolean asJson = shown.isJson();
    return source.each(
        (file, path, out) -> {
          long[] found = file.verify();
          if (asJson) {
            Map<String, Object> values = new LinkedHashMap<>();
            values.put("file", path.toString());
            values.put("sound", true);
            values.put("partitions", found[0]);
            values.put("rows", found[1]);
            out.println(DataJson.line(values));
          } else {
            out.println(path + ": sound, " + found[0] + " partitions, " + found[1] + " rows");
          }
        },
        asJson);
  }

  @Command(
      name = "statistics",
      mixinStandardHelpOptions = true,
      description = {
        "shows what files say of themselves; as JSON an object on each line, with timestamps in",
        "microseconds and times in seconds"
      },
      footerHeading = "%nExamples:%n",
      footer = {
        "  ilion sstable statistics data/data/shop-orders-*/sstable-*.v1",
        "  ilion sstable statistics --json data/data/*/*.v1 | jq -s 'map(.bytes) | add'"
      })
  int statistics(@CommandLine.Mixin Source source, @CommandLine.Mixin JsonFlags shown)
      throws IOException {
    boolean asJson = shown.isJson();
    return source.each(
        (file, path, out) -> {
          Map<String, Object> values = statistics(file.file());
          if (asJson) {
            Map<String, Object> named = new LinkedHashMap<>();
            named.put("file", path.toString());
            values.forEach((name, value) -> named.put(name.replace(' ', '_'), value));
            out.println(DataJson.line(named));
          } else {
            out.println(path);
            values.forEach((name, value) -> out.printf("  %-17s %s%n", name, shown(name, value)));
          }
        });
  }

  private static Map<String, Object> statistics(TableFile of) {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("bytes", of.bytes());
    values.put("uncompressed", of.rawBytes());
    values.put("partitions", of.partitions());
    values.put("rows", of.rows());
    values.put("cells", of.cells());
    values.put("tombstones", of.tombstones());
    values.put("static rows", of.hasStaticRows());
    values.put("first token", of.firstToken());
    values.put("last token", of.lastToken());
    values.put("oldest timestamp", of.minTimestamp());
    values.put("newest timestamp", of.maxTimestamp());
    values.put("first deletion", orNone(of.minLocalDeletion()));
    values.put("last deletion", orNone(of.maxLocalDeletion()));
    return values;
  }

  private static Long orNone(long time) {
    return time == Long.MAX_VALUE ? null : time;
  }

  private static String shown(String name, Object value) {
    if (name.endsWith("timestamp")) {
      return micros((long) value);
    }
    if (name.endsWith("deletion")) {
      return value == null ? "none" : Instant.ofEpochSecond((long) value).toString();
    }
    return value instanceof Boolean is ? is ? "yes" : "no" : value.toString();
  }

  private static String micros(long timestamp) {
    return timestamp + " (" + Instant.ofEpochSecond(Math.floorDiv(timestamp, 1_000_000L)) + ")";
  }

  @Command(
      name = "query",
      mixinStandardHelpOptions = true,
      description = "shows one partition",
      footerHeading = "%nExamples:%n",
      footer = {
        "  ilion sstable query --key 'order 5' data/data/shop-orders-*/sstable-17.v1",
        "  ilion sstable query --key eu:2026-11-21 ...     a key of two columns",
        "  ilion sstable query --key 0x00000005 data/data/shop-orders-*/sstable-17.v1"
      })
  int query(
      @CommandLine.Mixin Source source,
      @Option(
              names = "--key",
              required = true,
              paramLabel = "KEY",
              description =
                  "the partition key: the text of its value (of several columns, with colons"
                      + " between them), or 0x and hexadecimal digits")
          String key)
      throws IOException {
    int[] found = new int[1];
    int code =
        source.each(
            (file, path, out) -> {
              byte[] bytes = key(key, file.text().table());
              if (file.query(Murmur3.token(bytes), bytes, out::println)) {
                found[0]++;
              }
            });
    if (code == 0 && found[0] == 0) {
      throw ToolException.failed("no file has the partition " + key);
    }
    return code;
  }

  private static byte[] key(String text, TableDefinition table) {
    if (!text.startsWith("0x")) {
      try {
        return table == null ? text.getBytes(StandardCharsets.UTF_8) : KeyText.encode(table, text);
      } catch (OperationException e) {
        throw ToolException.wrongUse(e.getMessage())
            .hint(
                "it has "
                    + table.partitionKey().stream()
                        .map(column -> column.name() + " " + column.type())
                        .collect(Collectors.joining(", ")))
            .causedBy(e);
      }
    }
    try {
      return HexFormat.of().parseHex(text.substring(2));
    } catch (IllegalArgumentException e) {
      throw ToolException.wrongUse(text + " is not 0x and pairs of hexadecimal digits").causedBy(e);
    }
  }
}
