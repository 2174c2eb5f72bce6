package io.ilion.tools.shell;

import io.ilion.driver.Session;
import io.ilion.driver.SessionBuilder;
import io.ilion.server.Release;
import io.ilion.tools.console.ConnectionOptions;
import io.ilion.tools.console.IniFile;
import io.ilion.tools.console.SingleNode;
import io.ilion.tools.console.StandardOutput;
import io.ilion.tools.console.Style;
import io.ilion.tools.console.Style.Stream;
import io.ilion.tools.console.ToolException;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.io.Reader;
import java.io.StringReader;
import java.net.InetSocketAddress;
import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.StandardCharsets;
import java.nio.charset.UnsupportedCharsetException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code ilion shell}: CQL from a person, a file, an argument or a pipe. */
@Command(
    name = "shell",
    mixinStandardHelpOptions = false,
    versionProvider = ShellCommand.Version.class,
    sortOptions = false,
    description = "Executes CQL that is typed, or comes from -e, -f or a pipe, as cqlsh does.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  ilion shell                                  a node on this machine",
      "  ilion shell 10.0.0.1 9042 -u ann -k shop     another; asks for the password",
      "  ilion shell -e \"SELECT * FROM shop.book\"     one statement, or several",
      "  ilion shell -f schema.cql                    a file",
      "  echo \"DESCRIBE TABLES;\" | ilion shell        a pipe",
      "  ilion shell --format json -e \"SELECT ...\" | jq .title",
      "",
      "Exit codes: 0; 1 without a connection; 2 when a statement failed, or for wrong options.",
    })
public final class ShellCommand implements Callable<Integer> {
  private static final int STATEMENT_FAILED = 2;

  /** What cqlsh fetches at a time for a person. */
  private static final int TYPED_PAGE = 100;

  private static final int PIPED_PAGE = 1000;
  private static final int DIGITS = 5;
  private static final int BUFFERED_CHARACTERS = 1 << 16;

  @CommandLine.Spec private CommandSpec spec;

  @Parameters(index = "0", arity = "0..1", paramLabel = "HOST", description = "the node")
  private String host;

  @Parameters(index = "1", arity = "0..1", paramLabel = "PORT", description = "its port")
  private Integer port;

  @Option(
      names = {"-e", "--execute"},
      paramLabel = "CQL",
      description = "execute these statements and end")
  private String execute;

  @Option(
      names = {"-f", "--file"},
      paramLabel = "FILE",
      description = "execute the statements of a file and end")
  private Path file;

  @Option(
      names = "--format",
      paramLabel = "table|json|csv",
      defaultValue = "TABLE",
      description = "how rows are written (default: table)")
  private Format format;

  @Option(
      names = "--stop-on-error",
      description = "of several statements, execute none after one that failed")
  private boolean stopOnError;

  @Option(
      names = {"-C", "--color"},
      description = "always use colours (default: on a terminal, unless NO_COLOR is set)")
  private boolean color;

  @Option(names = "--no-color", description = "never use colours")
  private boolean noColor;

  @Option(
      names = {"-t", "--tty"},
      description = "read from a person, though it is no terminal")
  private boolean tty;

  @Option(names = "--disable-history", description = "do not remember what is typed in a file")
  private boolean withoutHistory;

  @Option(names = "--no-pager", description = "do not stop at results longer than the screen")
  private boolean noPager;

  @Option(names = "--encoding", paramLabel = "NAME", description = "of output (default: utf-8)")
  private String encoding;

  @Mixin private ConnectionOptions connection;

  @Option(names = "--cqlversion", paramLabel = "X.Y.Z", description = "taken for compatibility")
  private String cqlVersion;

  @Option(
      names = "--browser",
      paramLabel = "NAME",
      hidden = true,
      description = "taken for compatibility: HELP needs none")
  private String browser;

  @Option(names = "--coverage", hidden = true, description = "taken for compatibility")
  private boolean coverage;

  @Option(
      names = "--insecure-password-without-warning",
      hidden = true,
      description = "taken for compatibility: there is no such warning")
  private boolean withoutWarning;

  @Option(names = "--debug", description = "show where in the program an error came from")
  private boolean debug;

  @Option(
      names = {"-v", "--version"},
      versionHelp = true,
      description = "print the version and end")
  private boolean version;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "print this and end")
  private boolean help;

  private final Map<String, String> environment;
  private final OutputStream standardOutput;

  /** A command that reads this environment, and writes to the standard output. */
  public ShellCommand(Map<String, String> environment) {
    this(environment, new StandardOutput());
  }

  /** A command that writes to somewhere else. */
  ShellCommand(Map<String, String> environment, OutputStream standardOutput) {
    this.environment = environment;
    this.standardOutput = standardOutput;
    this.connection = new ConnectionOptions(environment);
  }

  @Override
  public Integer call() throws IOException {
    if (execute != null && file != null) {
      throw ToolException.wrongUse("-e and -f exclude each other");
    }
    connection.node(host, port);
    boolean typed = execute == null && file == null && (tty || Stream.IN.isTerminal());
    try {
      return typed ? interactive() : batch();
    } catch (ToolException e) {
      if (debug) {
        e.printStackTrace(spec.commandLine().getErr());
      }
      throw e;
    }
  }

  private int batch() throws IOException {
    Style style = Style.of(Stream.OUT, environment, wantedColour());
    if (file != null && !color) {
      style = style.plain();
    }
    Output output =
        new Output(
            // Results are UTF-8 whatever the locale, as in cqlsh, and not flushed line by line.
            new PrintWriter(
                new BufferedWriter(
                    new OutputStreamWriter(standardOutput, charset()), BUFFERED_CHARACTERS)),
            standardOutput,
            spec.commandLine().getErr(),
            style,
            Style.of(Stream.ERR, environment, wantedColour()),
            charset());
    if (format != Format.TABLE) {
      output.forPrograms();
    }
    try (Reader reader = input();
        Shell shell = new Shell(this::connect, settings(false), output, PIPED_PAGE)) {
      shell.runAll(name(), reader);
      return shell.failed() ? STATEMENT_FAILED : 0;
    }
  }

  private int interactive() throws IOException {
    return new InteractiveShell(
            this::connectWithSchema,
            settings(true),
            withoutHistory ? null : InteractiveShell.historyFile(environment),
            environment,
            noColor ? Boolean.FALSE : color ? Boolean.TRUE : null,
            !noPager && !tty,
            charset())
        .run(TYPED_PAGE);
  }

  private Boolean wantedColour() {
    return noColor ? Boolean.FALSE : color ? Boolean.TRUE : iniColour();
  }

  private Boolean iniColour() {
    // cqlshrc can forbid colours; that it wants them says nothing of what is no terminal.
    return connection.configuration().get("ui", "color").orElse("").matches("(?i)off|false|no|0")
        ? Boolean.FALSE
        : null;
  }

  /** What errors call the input; what -e has one sees. */
  private String name() {
    return execute != null ? null : file != null ? file.toString() : "<stdin>";
  }

  private Reader input() throws IOException {
    if (execute != null) {
      return new StringReader(execute);
    }
    if (file == null) {
      return new InputStreamReader(System.in, StandardCharsets.UTF_8);
    }
    try {
      return ShellCommands.reader(file);
    } catch (NoSuchFileException e) {
      throw ToolException.failed("Can't open '" + file + "': there is no such file").causedBy(e);
    }
  }

  private Charset charset() {
    String name =
        encoding != null
            ? encoding
            : connection.configuration().get("ui", "encoding").orElse("utf-8");
    try {
      return Charset.forName(name);
    } catch (IllegalCharsetNameException | UnsupportedCharsetException e) {
      throw ToolException.wrongUse("--encoding " + name + ": there is no such encoding")
          .causedBy(e);
    }
  }

  private Shell.Settings settings(boolean typed) {
    IniFile file = connection.configuration();
    ZoneId zone;
    try {
      zone = file.get("ui", "timezone").map(ZoneId::of).orElseGet(ZoneId::systemDefault);
    } catch (DateTimeException e) {
      throw ToolException.wrongUse("cqlshrc: timezone: " + e.getMessage()).causedBy(e);
    }
    ValueText values =
        new ValueText(
            environment.getOrDefault(
                "CQLSH_DEFAULT_TIMESTAMP_FORMAT",
                file.get("ui", "time_format").orElse(Strftime.CQLSH)),
            zone,
            digits(file, "float_precision"),
            digits(file, "double_precision"));
    List<InetSocketAddress> points = connection.contactPoints();
    String where = points.getFirst().getHostString() + ":" + points.getFirst().getPort();
    return new Shell.Settings(
        format,
        values,
        typed,
        stopOnError,
        where,
        connection.user(),
        () -> connection.connect(),
        file);
  }

  private static int digits(IniFile file, String name) {
    try {
      return file.get("ui", name).map(Integer::parseInt).orElse(DIGITS);
    } catch (NumberFormatException e) {
      throw ToolException.wrongUse("cqlshrc: " + name + " is no number").causedBy(e);
    }
  }

  private Session connect(String user, String password, String keyspace) {
    return connect(user, password, keyspace, false);
  }

  private Session connectWithSchema(String user, String password, String keyspace) {
    return connect(user, password, keyspace, true);
  }

  private Session connect(String user, String password, String keyspace, boolean schema) {
    if (user == null) {
      return connect(keyspace, schema);
    }
    Runnable back = connection.login(user, password);
    try {
      return connect(keyspace, schema);
    } catch (RuntimeException e) {
      back.run();
      throw e;
    }
  }

  private Session connect(String keyspace, boolean schema) {
    return connection.connect(
        builder -> {
          SessionBuilder told =
              builder
                  .loadBalancing(new SingleNode(connection.contactPoints()))
                  .readSchema(schema)
                  .threads(1)
                  .application("ilion shell", Release.version());
          return keyspace == null ? told : told.keyspace(Names.written(keyspace));
        });
  }

  /** Says which shell this is. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"ilion shell " + Release.version()};
    }
  }
}
