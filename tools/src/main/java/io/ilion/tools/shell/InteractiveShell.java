package io.ilion.tools.shell;

import io.ilion.tools.console.Style;
import io.ilion.tools.console.ToolException;
import io.ilion.tools.shell.StatementSplitter.Statement;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import org.jline.builtins.Less;
import org.jline.builtins.Source;
import org.jline.reader.EndOfFileException;
import org.jline.reader.History;
import org.jline.reader.LineReader;
import org.jline.reader.LineReader.Option;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;

/** A shell for a person at a terminal: history, editing of many lines, completion, pages. */
final class InteractiveShell {
  private static final int STATEMENT_FAILED = 2;

  /** What the last line of the pager says at first. */
  private static final String PAGER_PROMPT = "space and arrows scroll, / searches, h helps, q ends";

  private final Shell.Connecting connecting;
  private final Shell.Settings settings;
  private final Path historyFile;
  private final Map<String, String> environment;
  private final Boolean coloured;
  private final boolean paged;
  private final Charset charset;

  /**
   * A shell that has not begun.
   *
   * @param historyFile where what is typed is remembered, or null
   * @param coloured null if nobody said so
   * @param paged whether results longer than the screen are shown page by page
   */
  InteractiveShell(
      Shell.Connecting connecting,
      Shell.Settings settings,
      Path historyFile,
      Map<String, String> environment,
      Boolean coloured,
      boolean paged,
      Charset charset) {
    this.connecting = connecting;
    this.settings = settings;
    this.historyFile = historyFile;
    this.environment = environment;
    this.coloured = coloured;
    this.paged = paged;
    this.charset = charset;
  }

  /** Runs until the person leaves; returns the exit code. */
  int run(int pageSize) throws IOException {
    try (Terminal terminal =
        TerminalBuilder.builder()
            .name("ilion shell")
            .encoding(charset)
            .dumb(true)
            // Asking the terminal what it can do would swallow what is typed ahead.
            .graphemeCluster(false)
            .build()) {
      boolean colours =
          coloured != null ? coloured : Style.of(Style.Stream.OUT, environment, null).isColoured();
      int width = terminal.getWidth() > 0 ? terminal.getWidth() : 80;
      boolean dumb = Style.isDumb(environment);
      Style style = Style.of(!dumb, colours, width);
      PrintWriter writer = terminal.writer();
      Output output = new Output(writer, terminal.output(), writer, style, style, charset);
      try (Shell shell = new Shell(connecting, settings, output, pageSize)) {
        if (paged && !dumb && terminal.getHeight() > 2) {
          output.page(
              (lines, wrapped) -> page(terminal, lines, wrapped),
              terminal::getHeight,
              terminal::getWidth);
        }
        terminal.handle(Terminal.Signal.INT, signal -> shell.cancel());
        LineReader reader = reader(terminal, shell, colours);
        shell.commands().history(() -> history(reader.getHistory()));
        shell.commands().passwords(user -> password(terminal, user));
        shell.typedRows(rows(terminal));
        shell.commands().host();
        shell.commands().version();
        output.say("Use HELP for help.");
        type(reader, shell, output);
        return shell.failed() && settings.stopOnError() ? STATEMENT_FAILED : 0;
      }
    }
  }

  /** Asks for a password, which is not shown; a reader of its own remembers nothing. */
  private static String password(Terminal terminal, String user) {
    try {
      return LineReaderBuilder.builder()
          .terminal(terminal)
          .option(Option.DISABLE_EVENT_EXPANSION, true)
          .build()
          .readLine("Password for " + user + ": ", '\0');
    } catch (UserInterruptException | EndOfFileException e) {
      throw ToolException.failed("There was no password, so nobody logged in.").causedBy(e);
    }
  }

  /** Asks for the rows of COPY, which are remembered nowhere. */
  private static CopiedRows.Lines rows(Terminal terminal) {
    LineReader reader =
        LineReaderBuilder.builder()
            .terminal(terminal)
            .variable(LineReader.DISABLE_HISTORY, true)
            .option(Option.DISABLE_EVENT_EXPANSION, true)
            .option(Option.INSERT_TAB, true)
            .build();
    return () -> {
      try {
        return reader.readLine("[copy] ") + "\n";
      } catch (EndOfFileException e) {
        return null;
      } catch (UserInterruptException e) {
        throw new CancellationException();
      }
    };
  }

  private void type(LineReader reader, Shell shell, Output output) {
    while (!shell.ended()) {
      shell.begin();
      String text;
      try {
        text = reader.readLine(prompt(shell));
      } catch (UserInterruptException e) {
        // Ctrl-C gives up what was typed so far, and no more.
        continue;
      } catch (EndOfFileException e) {
        output.say("");
        return;
      }
      StatementSplitter splitter = new StatementSplitter();
      List<Statement> statements = new ArrayList<>(splitter.add(text + "\n"));
      statements.addAll(splitter.end());
      for (Statement statement : statements) {
        if (!shell.ended() && !shell.cancelled()) {
          shell.run(statement);
        }
      }
    }
  }

  private String prompt(Shell shell) {
    String user = shell.user() == null ? "" : shell.user() + "@";
    String keyspace = shell.keyspace() == null ? "" : ":" + Names.written(shell.keyspace());
    return user + "ilion" + keyspace + "> ";
  }

  private LineReader reader(Terminal terminal, Shell shell, boolean colours) {
    LineReader reader =
        LineReaderBuilder.builder()
            .terminal(terminal)
            .appName("ilion")
            .parser(new CqlParser())
            .completer(new CqlCompleter(shell))
            .highlighter(new CqlHighlighter())
            .history(new StatementHistory())
            .variable(LineReader.SECONDARY_PROMPT_PATTERN, "%P   ... ")
            .variable(LineReader.HISTORY_SIZE, 10_000)
            .variable(LineReader.LIST_MAX, 200)
            .option(Option.DISABLE_EVENT_EXPANSION, true)
            .option(Option.DISABLE_HIGHLIGHTER, !colours)
            .option(Option.CASE_INSENSITIVE, true)
            .option(Option.HISTORY_TIMESTAMPED, false)
            .option(Option.AUTO_FRESH_LINE, false)
            .build();
    if (historyFile != null) {
      reader.setVariable(LineReader.HISTORY_FILE, historyFile);
    }
    return reader;
  }

  /** Where statements are remembered, readable for nobody else; null when that cannot be. */
  static Path historyFile(Map<String, String> environment) {
    String named = environment.get("CQL_HISTORY");
    Path file =
        named != null && !named.isEmpty()
            ? Path.of(named)
            : Path.of(environment.getOrDefault("HOME", "."), ".ilion", "history");
    try {
      if (file.getParent() != null) {
        Files.createDirectories(file.getParent());
      }
      if (!Files.exists(file)) {
        Files.createFile(file);
        if (file.toFile().setReadable(false, false)) {
          file.toFile().setReadable(true, true);
        }
      }
      return file;
    } catch (IOException e) {
      // A home that cannot be written to: the shell works, and forgets.
      return null;
    }
  }

  private static List<String> history(History history) {
    List<String> lines = new ArrayList<>();
    history.forEach(entry -> lines.add(entry.line()));
    return lines;
  }

  private static void page(Terminal terminal, Iterator<String> lines, boolean wrapped) {
    Less less = new Less(terminal, Path.of(""));
    less.chopLongLines = !wrapped;
    less.quitAtSecondEof = false;
    try {
      less.run(new LazyLines(lines));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Lines that are made when the pager comes to them. */
  private record LazyLines(Iterator<String> iterator) implements Source {
    @Override
    public String getName() {
      return PAGER_PROMPT;
    }

    @Override
    public InputStream read() {
      return new LineStream(iterator);
    }

    @Override
    public Long lines() {
      return null;
    }
  }

  /** Gives one line at a time to whoever reads, and makes none before it is asked for. */
  private static final class LineStream extends InputStream {
    private final Iterator<String> lines;
    private byte[] line = new byte[0];
    private int at;

    LineStream(Iterator<String> lines) {
      this.lines = lines;
    }

    @Override
    public int read() {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] target, int offset, int length) {
      if (at == line.length) {
        if (!lines.hasNext()) {
          return -1;
        }
        line = (lines.next() + "\n").getBytes(StandardCharsets.UTF_8);
        at = 0;
      }
      int count = Math.min(length, line.length - at);
      System.arraycopy(line, at, target, offset, count);
      at += count;
      return count;
    }
  }
}
