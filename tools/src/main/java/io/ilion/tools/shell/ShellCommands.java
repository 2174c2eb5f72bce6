package io.ilion.tools.shell;

import io.ilion.driver.Page;
import io.ilion.driver.Row;
import io.ilion.driver.metadata.Node;
import io.ilion.model.Consistency;
import io.ilion.server.Release;
import io.ilion.tools.console.ConnectionOptions;
import io.ilion.tools.console.FileErrors;
import io.ilion.tools.console.Style.Tone;
import io.ilion.tools.console.ToolException;
import io.ilion.tools.shell.Lexer.Kind;
import io.ilion.tools.shell.Lexer.Token;
import io.ilion.tools.shell.StatementSplitter.Statement;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/** The commands of the shell, which are those of cqlsh: they say what it says. */
final class ShellCommands {
  private static final int DEFAULT_HISTORY = 50;

  private static final Set<String> COMMANDS =
      Set.of(
          "?",
          "CAPTURE",
          "CLEAR",
          "CLS",
          "CONSISTENCY",
          "COPY",
          "DESC",
          "DESCRIBE",
          "EXIT",
          "EXPAND",
          "HELP",
          "HISTORY",
          "LOGIN",
          "PAGING",
          "QUIT",
          "SERIAL",
          "SHOW",
          "SOURCE",
          "TRACING");

  private final Shell shell;
  private final Output output;
  private Supplier<List<String>> history = List::of;
  private UnaryOperator<String> passwords = ConnectionOptions::ask;
  private int sourceDepth;

  ShellCommands(Shell shell, Output output) {
    this.shell = shell;
    this.output = output;
  }

  /** The names of all commands. */
  static Set<String> names() {
    return COMMANDS;
  }

  /** Whether a text is a command that needs no semicolon. */
  static boolean isLineCommand(String text) {
    return endsWithItsLine(Lexer.significant(text).getFirst().in(text));
  }

  /** Whether a command with this first word needs no semicolon: all but COPY, as in cqlsh. */
  static boolean endsWithItsLine(String firstWord) {
    String word = firstWord.toUpperCase(Locale.ROOT);
    return COMMANDS.contains(word) && !word.equals("COPY");
  }

  /** What HISTORY shows, the oldest first. */
  void history(Supplier<List<String>> lines) {
    history = lines;
  }

  /** How LOGIN asks for the password of a user. */
  void passwords(UnaryOperator<String> asking) {
    passwords = asking;
  }

  /** Executes a command of the shell; false if the statement is none. */
  boolean run(Statement statement) {
    String text = statement.text();
    List<Token> tokens = Lexer.significant(text);
    List<String> words = new ArrayList<>();
    tokens.forEach(token -> words.add(token.in(text)));
    switch (words.getFirst().toUpperCase(Locale.ROOT)) {
      case "DESCRIBE", "DESC" -> new Describe(shell, output).run(text, words);
      case "CONSISTENCY" -> consistency(words);
      case "SERIAL" -> serialConsistency(words);
      case "TRACING" -> toggle(words, "TRACING", "Tracing", shell.tracing(), shell::tracing);
      case "EXPAND" -> toggle(words, "EXPAND", "Expanded output", shell.expand(), shell::expand);
      case "PAGING" -> paging(words);
      case "SHOW" -> show(words, text, tokens);
      case "SOURCE" -> source(argument(words, tokens, "SOURCE '<file>'"));
      case "CAPTURE" -> capture(words, tokens);
      case "LOGIN" -> login(words, tokens);
      case "COPY" -> shell.interruptibly(new CopyCommand(shell, output, text)::run);
      case "HELP", "?" -> Help.show(words.subList(1, words.size()), output);
      case "HISTORY" -> history(words);
      case "CLEAR", "CLS" -> {
        if (output.screenStyle().isTerminal()) {
          output.say("\u001b[H\u001b[2J\u001b[3J");
        }
      }
      case "EXIT", "QUIT" -> shell.end();
      default -> {
        return false;
      }
    }
    return true;
  }

  private static ToolException improper(List<String> words, int place) {
    String command = words.getFirst().toUpperCase(Locale.ROOT);
    String problem = place < words.size() ? " (problem at '" + words.get(place) + "')" : "";
    return ToolException.wrongUse("Improper " + command + " command" + problem + ".")
        .hint("see HELP " + command + ";");
  }

  // ---- settings

  private void consistency(List<String> words) {
    if (words.size() == 1) {
      output.say("Current consistency level is " + shell.consistency() + ".");
      return;
    }
    shell.consistency(level(words, 1));
    output.say("Consistency level set to " + shell.consistency() + ".");
  }

  private void serialConsistency(List<String> words) {
    if (words.size() < 2 || !words.get(1).equalsIgnoreCase("CONSISTENCY")) {
      throw improper(words, 1);
    }
    if (words.size() == 2) {
      output.say("Current serial consistency level is " + shell.serialConsistency() + ".");
      return;
    }
    Consistency level = level(words, 2);
    if (!level.isSerial()) {
      throw improper(words, 2);
    }
    shell.serialConsistency(level);
    output.say("Serial consistency level set to " + level + ".");
  }

  private static Consistency level(List<String> words, int place) {
    try {
      if (words.size() == place + 1) {
        return Consistency.valueOf(words.get(place).toUpperCase(Locale.ROOT));
      }
    } catch (IllegalArgumentException e) {
      throw improper(words, place).causedBy(e);
    }
    throw improper(words, place + 1);
  }

  private void toggle(
      List<String> words, String command, String what, boolean on, Consumer<Boolean> setting) {
    String wanted = words.size() == 1 ? "" : words.get(1).toUpperCase(Locale.ROOT);
    if (words.size() > 2) {
      throw improper(words, 2);
    }
    switch (wanted) {
      case "" ->
          output.say(
              on
                  ? what + " is currently enabled. Use " + command + " OFF to disable"
                  : what + " is currently disabled. Use " + command + " ON to enable.");
      case "ON" -> {
        if (on) {
          throw ToolException.wrongUse(
              what + " is already enabled. Use " + command + " OFF to disable.");
        }
        setting.accept(true);
        output.say("Now " + what + " is enabled");
      }
      case "OFF" -> {
        if (!on) {
          throw ToolException.wrongUse(what + " is not enabled.");
        }
        setting.accept(false);
        output.say("Disabled " + what + ".");
      }
      default -> throw improper(words, 1);
    }
  }

  private void paging(List<String> words) {
    if (words.size() == 2 && words.get(1).chars().allMatch(Character::isDigit)) {
      int rows;
      try {
        rows = Integer.parseInt(words.get(1));
      } catch (NumberFormatException e) {
        throw improper(words, 1).causedBy(e);
      }
      if (rows == 0) {
        throw improper(words, 1);
      }
      if (!shell.paging()) {
        shell.paging(true);
        output.say("Now Query paging is enabled");
      }
      shell.pageSize(rows);
    } else {
      toggle(words, "PAGING", "Query paging", shell.paging(), shell::paging);
    }
    if (shell.paging()) {
      output.say("Page size: " + shell.pageSize());
    }
  }

  // ---- SHOW

  private void show(List<String> words, String text, List<Token> tokens) {
    String what = words.size() < 2 ? "" : words.get(1).toUpperCase(Locale.ROOT);
    switch (what) {
      case "VERSION" -> version();
      case "HOST" -> host();
      case "SESSION" -> {
        if (words.size() < 3) {
          throw improper(words, 2);
        }
        String id = text.substring(tokens.get(2).start(), tokens.getLast().end());
        try {
          new TraceText(shell, output).show(UUID.fromString(id), false);
        } catch (IllegalArgumentException e) {
          throw improper(words, 2).causedBy(e);
        }
      }
      case "REPLICAS" -> replicas(words);
      default -> throw improper(words, 1);
    }
  }

  /** Says which versions are spoken. */
  void version() {
    Row row =
        shell
            .query("SELECT release_version, cql_version FROM system.local WHERE key='local'")
            .one();
    output.say(
        "[ilion shell "
            + Release.version()
            + " | Cassandra "
            + row.getString("release_version")
            + " | CQL spec "
            + row.getString("cql_version")
            + " | Native protocol v"
            + shell.session().protocolVersion().number()
            + "]");
  }

  /** Says where the shell is connected to. */
  void host() {
    Page page = shell.query("SELECT cluster_name FROM system.local WHERE key='local'");
    output.say(
        "Connected to "
            + output.screenStyle().paint(Tone.KEYWORD, page.one().getString("cluster_name"))
            + " at "
            + shell.settings().where());
  }

  private void replicas(List<String> words) {
    List<String> rest = words.subList(2, words.size());
    boolean negative = !rest.isEmpty() && rest.getFirst().equals("-");
    List<String> parts = negative ? rest.subList(1, rest.size()) : rest;
    String keyspace = parts.size() > 1 ? Names.internal(parts.get(1)) : shell.keyspace();
    if (parts.isEmpty() || keyspace == null) {
      throw improper(words, 2);
    }
    try {
      long token = Long.parseLong((negative ? "-" : "") + parts.getFirst());
      output.say(
          shell.session().metadata().replicas(keyspace, token).in(null).stream()
              .map(Node::address)
              .map(address -> "'" + address.getAddress().getHostAddress() + "'")
              .collect(Collectors.joining(", ", "[", "]")));
    } catch (NumberFormatException e) {
      throw improper(words, 2).causedBy(e);
    }
  }

  // ---- files

  private static String argument(List<String> words, List<Token> tokens, String usage) {
    if (words.size() != 2 || tokens.get(1).kind() != Kind.STRING) {
      throw ToolException.wrongUse(
              "Improper " + words.getFirst().toUpperCase(Locale.ROOT) + " command.")
          .hint("usage: " + usage + "; the file in single quotes");
    }
    return Names.text(words.get(1));
  }

  /** A file, where {@code ~/} is the home directory. */
  static Path path(String name) {
    return name.startsWith("~/")
        ? Path.of(System.getProperty("user.home"), name.substring(2))
        : Path.of(name);
  }

  private void source(String name) {
    if (sourceDepth > 10) {
      throw ToolException.wrongUse("SOURCE '" + name + "': files that include each other");
    }
    sourceDepth++;
    try (Reader reader = reader(path(name))) {
      shell.runAll(name, reader);
    } catch (IOException e) {
      throw ToolException.failed("Could not open '" + name + "': " + FileErrors.reason(e))
          .causedBy(e);
    } finally {
      sourceDepth--;
    }
  }

  /** A reader of a file in UTF-8, with or without a byte order mark. */
  static Reader reader(Path file) throws IOException {
    Reader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8);
    reader.mark(1);
    if (reader.read() != '\uFEFF') {
      reader.reset();
    }
    return reader;
  }

  private void capture(List<String> words, List<Token> tokens) {
    if (words.size() == 1) {
      output.say(
          output.capture() == null
              ? "Currently not capturing query output."
              : "Currently capturing query output to '" + output.capture() + "'.");
    } else if (words.size() == 2 && words.get(1).equalsIgnoreCase("OFF")) {
      if (output.capture() == null) {
        throw ToolException.wrongUse("Not currently capturing output.");
      }
      output.endCapture();
    } else {
      String name = argument(words, tokens, "CAPTURE '<file>' or CAPTURE OFF");
      if (output.capture() != null) {
        throw ToolException.wrongUse(
            "Already capturing output to " + output.capture() + ". Use CAPTURE OFF to disable.");
      }
      output.startCapture(path(name));
      output.say("Now capturing query output to '" + name + "'.");
    }
  }

  private void login(List<String> words, List<Token> tokens) {
    if (words.size() < 2 || words.size() > 3) {
      throw improper(words, Math.min(words.size(), 3));
    }
    String name = words.get(1);
    if (tokens.get(1).kind() == Kind.STRING) {
      name = Names.text(name);
    } else if (tokens.get(1).kind() == Kind.NAME) {
      name = Names.internal(name);
    }
    String password = words.size() == 3 ? Names.text(words.get(2)) : passwords.apply(name);
    shell.login(name, password);
  }

  private void history(List<String> words) {
    List<String> lines = history.get();
    int count = DEFAULT_HISTORY;
    if (words.size() > 1) {
      try {
        count = Integer.parseInt(words.get(1));
      } catch (NumberFormatException e) {
        throw improper(words, 1).causedBy(e);
      }
    }
    lines.subList(Math.max(0, lines.size() - count), lines.size()).forEach(output::say);
  }

  /** All first words that this knows, for completion. */
  static List<String> sorted() {
    String[] all = COMMANDS.toArray(String[]::new);
    Arrays.sort(all);
    return List.of(all);
  }
}
