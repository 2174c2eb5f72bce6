package io.ilion.tools.shell;

import io.ilion.driver.Session;
import io.ilion.driver.metadata.TableMetadata;
import io.ilion.tools.console.FileErrors;
import io.ilion.tools.console.IniFile;
import io.ilion.tools.console.Progress;
import io.ilion.tools.console.Style;
import io.ilion.tools.console.ToolException;
import io.ilion.tools.load.BulkLoad;
import io.ilion.tools.load.BulkUnload;
import io.ilion.tools.load.LoadOptions;
import io.ilion.tools.load.LoadSummary;
import io.ilion.tools.load.UnloadOptions;
import io.ilion.tools.load.codec.FieldFormats;
import io.ilion.tools.load.format.CsvFormat;
import io.ilion.tools.load.mapping.Mapping;
import io.ilion.tools.shell.Lexer.Kind;
import io.ilion.tools.shell.Lexer.Token;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.StandardCharsets;
import java.nio.charset.UnsupportedCharsetException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;

/**
 * COPY, with cqlsh's words and options, done by the bulk loader. What cqlsh needs to be fast, such
 * as the number of its processes, is taken and has no meaning here.
 */
final class CopyCommand {
  private static final Set<String> BOTH =
      Set.of(
          "BOOLSTYLE",
          "CONFIGFILE",
          "DATETIMEFORMAT",
          "DECIMALSEP",
          "DELIMITER",
          "ENCODING",
          "ESCAPE",
          "HEADER",
          "MAXATTEMPTS",
          "NULL",
          "NULLVAL",
          "NUMPROCESSES",
          "QUOTE",
          "RATEFILE",
          "REPORTFREQUENCY",
          "THOUSANDSSEP");
  private static final Set<String> FROM =
      Set.of(
          "CHUNKSIZE",
          "ERRFILE",
          "INGESTRATE",
          "MAXBATCHSIZE",
          "MAXINSERTERRORS",
          "MAXPARSEERRORS",
          "MAXROWS",
          "MINBATCHSIZE",
          "PREPAREDSTATEMENTS",
          "SKIPCOLS",
          "SKIPROWS",
          "TTL");
  private static final Set<String> TO =
      Set.of(
          "BEGINTOKEN",
          "DOUBLEPRECISION",
          "ENDTOKEN",
          "FLOATPRECISION",
          "MAXOUTPUTSIZE",
          "MAXREQUESTS",
          "PAGESIZE",
          "PAGETIMEOUT");

  private static final int BATCH_BYTES = 5_000;
  private static final int IN_FLIGHT = 512;

  private final Shell shell;
  private final Output output;
  private final String text;
  private final List<Token> tokens;
  private int at = 1;

  private String keyspace;
  private String table;
  private List<String> columns;
  private boolean from;
  private List<String> files;
  private Map<String, String> given = new HashMap<>();
  private CopiedRows rows;

  CopyCommand(Shell shell, Output output, String text) {
    this.shell = shell;
    this.output = output;
    this.text = text;
    this.tokens = Lexer.significant(text);
  }

  void run() {
    try {
      parse();
      configure();
      copy();
    } finally {
      skipRows();
    }
  }

  /** The rows that stand behind a COPY are never taken for statements, whatever becomes of it. */
  private void skipRows() {
    if (from && files == null && shell.script() != null) {
      try {
        (rows == null ? new CopiedRows(shell.script()) : rows).skip();
      } catch (IOException e) {
        throw ToolException.failed("COPY: " + FileErrors.message(e)).causedBy(e);
      }
    }
  }

  private void copy() {
    if (from && files == null) {
      rows = rows();
    }
    Style style = output.screenStyle();
    // Neither what is typed nor what is printed shares the screen with a line of progress.
    boolean shown = style.isTerminal() && (files != null || (from && rows == null));
    try (Session session = shell.settings().bulk().get();
        Progress progress = shown ? Progress.on(System.err, style) : Progress.none()) {
      LoadSummary summary = from ? load(session, progress) : unload(session, progress);
      progress.close();
      if (rows != null && rows.givenUp()) {
        throw new CancellationException();
      }
      if (files != null || from) {
        say(summary);
      }
      if (summary.bad() > 0 || !summary.complete()) {
        List<String> notes = summary.notes();
        throw ToolException.failed("COPY " + keyspace + "." + table + ": " + summary.status())
            .hint(notes.isEmpty() ? null : String.join("\n", notes).strip());
      }
    } catch (IOException e) {
      throw ToolException.failed("COPY: " + FileErrors.message(e)).causedBy(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancellationException();
    }
  }

  /** The last line of cqlsh's. */
  private void say(LoadSummary summary) {
    output.say(
        String.format(
            Locale.ROOT,
            "%d rows %s %d files in %.3f seconds%s.",
            summary.rows(),
            from ? "imported from" : "exported to",
            summary.files(),
            summary.elapsed().toMillis() / 1e3,
            from ? " (" + summary.bad() + " skipped)" : ""));
  }

  // ---- what was written

  private void parse() {
    keyspace = shell.keyspace();
    table = Names.internal(name());
    if (isSymbol(".")) {
      at++;
      keyspace = table;
      table = Names.internal(name());
    }
    if (keyspace == null) {
      throw ToolException.wrongUse("COPY: Not in any keyspace.").hint("write KEYSPACE.TABLE");
    }
    if (isSymbol("(")) {
      columns = new ArrayList<>();
      do {
        at++;
        columns.add(Names.internal(name()));
      } while (isSymbol(","));
      expect(isSymbol(")"));
      at++;
    }
    from = isWord("FROM");
    expect(from || isWord("TO"));
    at++;
    if (isWord(from ? "STDIN" : "STDOUT")) {
      at++;
    } else {
      expect(at < tokens.size() && tokens.get(at).kind() == Kind.STRING);
      files =
          Arrays.stream(Names.text(tokens.get(at++).in(text)).split(","))
              .map(file -> ShellCommands.path(file.strip()).toString())
              .toList();
    }
    if (at < tokens.size()) {
      expect(isWord("WITH"));
      do {
        at++;
        String option = name().toUpperCase(Locale.ROOT);
        expect(isSymbol("="));
        at++;
        expect(at < tokens.size());
        int start = at++;
        // A number may have a sign before it.
        if (tokens.get(start).in(text).equals("-") && at < tokens.size()) {
          at++;
        }
        String value = text.substring(tokens.get(start).start(), tokens.get(at - 1).end());
        given.put(option, Names.text(value));
      } while (isWord("AND"));
      expect(at == tokens.size());
    }
    check();
  }

  private void check() {
    for (String option : given.keySet()) {
      if (!BOTH.contains(option) && !(from ? FROM : TO).contains(option)) {
        throw ToolException.wrongUse("COPY: there is no option " + option)
            .hint("HELP COPY lists them");
      }
    }
  }

  private String name() {
    expect(
        at < tokens.size()
            && (tokens.get(at).kind() == Kind.WORD || tokens.get(at).kind() == Kind.NAME));
    return tokens.get(at++).in(text);
  }

  private boolean isSymbol(String symbol) {
    return at < tokens.size() && tokens.get(at).in(text).equals(symbol);
  }

  private boolean isWord(String word) {
    return at < tokens.size() && tokens.get(at).is(text, word);
  }

  private void expect(boolean right) {
    if (!right) {
      String problem = at < tokens.size() ? " (problem at '" + tokens.get(at).in(text) + "')" : "";
      throw ToolException.wrongUse("Improper COPY command" + problem + ".").hint("see HELP COPY;");
    }
  }

  /** Options of CONFIGFILE, or else of cqlshrc, below those that were written here. */
  private void configure() {
    IniFile file =
        given.containsKey("CONFIGFILE")
            ? IniFile.read(ShellCommands.path(given.get("CONFIGFILE")))
            : shell.settings().configuration();
    String way = from ? "copy-from" : "copy-to";
    Map<String, String> all = new HashMap<>();
    for (String section :
        List.of(
            "copy", way, "copy:" + keyspace + "." + table, way + ":" + keyspace + "." + table)) {
      file.section(section)
          .forEach(
              (name, value) -> {
                String option = name.toUpperCase(Locale.ROOT);
                // What is for both ways may have options of the other one.
                if (!section.startsWith("copy-") && (from ? TO : FROM).contains(option)) {
                  return;
                }
                all.put(option, value);
              });
    }
    all.putAll(given);
    given = all;
    check();
  }

  private String option(String name, String otherwise) {
    return given.getOrDefault(name, otherwise);
  }

  private long number(String name, long otherwise) {
    String value = given.get(name);
    try {
      return value == null || value.isEmpty() ? otherwise : Long.parseLong(value);
    } catch (NumberFormatException e) {
      throw ToolException.wrongUse("COPY: " + name + " is '" + value + "'; expected a number")
          .causedBy(e);
    }
  }

  private boolean flag(String name) {
    return switch (option(name, "false").toLowerCase(Locale.ROOT)) {
      case "true", "yes", "on", "1" -> true;
      default -> false;
    };
  }

  /** A number for which cqlsh says -1 when there is no limit. */
  private long limit(String name) {
    long number = number(name, -1);
    return number < 0 ? Long.MAX_VALUE : number;
  }

  // ---- what is done

  /** Where rows come from that are in no file; null for the standard input. */
  private CopiedRows rows() {
    if (shell.script() != null) {
      return new CopiedRows(shell.script());
    }
    if (shell.typedRows() != null) {
      output.say("[Use . on a line by itself to end input]");
      return new CopiedRows(shell.typedRows());
    }
    return null;
  }

  private CsvFormat csv() {
    return CsvFormat.of(
        option("DELIMITER", ","), option("QUOTE", "\""), option("ESCAPE", "\\"), false);
  }

  private Charset charset() {
    String name = option("ENCODING", "utf8");
    try {
      return Charset.forName(name);
    } catch (IllegalCharsetNameException | UnsupportedCharsetException e) {
      throw ToolException.wrongUse("COPY: there is no encoding " + name).causedBy(e);
    }
  }

  private FieldFormats formats() {
    String thousands = option("THOUSANDSSEP", "");
    String decimal = option("DECIMALSEP", ".");
    if (thousands.length() > 1 || decimal.length() != 1) {
      throw ToolException.wrongUse("COPY: DECIMALSEP is one character, THOUSANDSSEP one or none");
    }
    return FieldFormats.STANDARD
        .times(
            given.containsKey("DATETIMEFORMAT")
                ? given.get("DATETIMEFORMAT")
                : from ? null : "uuuu-MM-dd HH:mm:ss.SSSxx",
            null,
            null,
            shell.settings().values().zone())
        .numbers(decimal.charAt(0), thousands.isEmpty() ? 0 : thousands.charAt(0))
        .booleans(option("BOOLSTYLE", "True,False"))
        .literals(true, (int) number("FLOATPRECISION", 5), (int) number("DOUBLEPRECISION", 12));
  }

  private String nullText() {
    return option("NULL", option("NULLVAL", ""));
  }

  private LoadSummary load(Session session, Progress progress)
      throws IOException, InterruptedException {
    Charset charset = charset();
    LoadOptions options =
        new LoadOptions()
            .table(keyspace, table)
            .inputs(files == null ? List.of("-") : files)
            .format(LoadOptions.Format.CSV)
            .charset(rows == null ? charset : StandardCharsets.UTF_8)
            .csv(csv(), flag("HEADER"))
            .columns(flag("HEADER") && columns == null ? null : columns)
            .mapping(withoutSkipped(session))
            .formats(formats())
            .nulls(Set.of(nullText()), true, false)
            .ttl((int) number("TTL", 0))
            .records(number("SKIPROWS", 0), limit("MAXROWS"))
            .batching(LoadOptions.Batching.REPLICAS, (int) number("MAXBATCHSIZE", 20), BATCH_BYTES)
            .requests(IN_FLIGHT, (int) number("MAXATTEMPTS", 5))
            .rate(number("INGESTRATE", 0))
            .maxErrors(number("MAXINSERTERRORS", 1000), number("MAXPARSEERRORS", -1));
    if (rows != null) {
      options.standardInput(rows);
    }
    if (given.containsKey("ERRFILE")) {
      options.badFile(ShellCommands.path(given.get("ERRFILE")));
    }
    return new BulkLoad(session, options, progress).run();
  }

  /** All fields but those of SKIPCOLS, which are in the file and are not loaded. */
  private Mapping withoutSkipped(Session session) {
    StringBuilder mapping = new StringBuilder("*=*");
    TableMetadata known = session.metadata().table(keyspace, table).orElse(null);
    for (String each : option("SKIPCOLS", "").split(",")) {
      String name = each.isBlank() ? "" : Names.internal(each.strip());
      if (known != null && !name.isEmpty() && !known.columns().containsKey(name)) {
        throw ToolException.wrongUse(
                "COPY: SKIPCOLS names " + each.strip() + ", which is no column of " + known.name())
            .hint("there are " + String.join(", ", known.columns().keySet()));
      }
      if (known != null && !name.isEmpty() && known.columns().get(name).position() >= 0) {
        throw ToolException.wrongUse(
            "COPY: SKIPCOLS names " + each.strip() + ", which is of the key of " + known.name());
      }
      if (!name.isEmpty()) {
        mapping.append(", *=-\"").append(name.replace("\"", "\"\"")).append('"');
      }
    }
    return mapping.length() == 3 ? Mapping.NONE : Mapping.parse(mapping.toString());
  }

  private LoadSummary unload(Session session, Progress progress)
      throws IOException, InterruptedException {
    boolean split = limit("MAXOUTPUTSIZE") != Long.MAX_VALUE;
    if (split && (files == null || limit("MAXOUTPUTSIZE") == 0)) {
      throw ToolException.wrongUse("COPY: MAXOUTPUTSIZE is how many rows a file may have")
          .hint(files == null ? "STDOUT is no file" : "1 or more; -1 for any number");
    }
    UnloadOptions options =
        new UnloadOptions()
            .table(keyspace, table)
            .columns(columns == null ? null : columns.stream().map(Names::written).toList())
            .output(files == null ? null : Path.of(files.getFirst()), false)
            .successive(split)
            .format(LoadOptions.Format.CSV, false)
            .charset(charset())
            .csv(csv(), flag("HEADER"), false)
            .formats(formats(), nullText())
            .rows(Long.MAX_VALUE, limit("MAXOUTPUTSIZE"))
            .tokens(
                option("BEGINTOKEN", "").isEmpty() ? null : number("BEGINTOKEN", 0),
                option("ENDTOKEN", "").isEmpty() ? null : number("ENDTOKEN", 0))
            .requests(
                (int) number("MAXREQUESTS", 6),
                (int) number("PAGESIZE", 1000),
                (int) number("MAXATTEMPTS", 5));
    options.standardOutput(output.screenBytes());
    output.flush();
    return new BulkUnload(session, options, progress).run();
  }
}
