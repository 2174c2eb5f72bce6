package io.ilion.tools.bench;

import io.ilion.driver.Session;
import io.ilion.tools.console.ConnectionOptions;
import io.ilion.tools.console.ToolException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Range;

/**
 * The session of a process that issues operations. An agent is told by options of the command line
 * how to connect, those of {@link ConnectionOptions} and a few more.
 */
final class LoadSession {
  private static final int LEAST_REQUESTS = 2048;
  private static final int MOST_REQUESTS = 32_768;
  private static final int WAITING = 20_000;

  private LoadSession() {}

  /** What an agent is told. */
  @Command
  private static final class Arguments {
    @Mixin private ConnectionOptions connection = new ConnectionOptions();

    @Option(names = "--connections", defaultValue = "1")
    private int connections;

    @Option(names = "--event-loops")
    private Integer eventLoops;

    @Option(names = "--concurrency")
    private Integer concurrency;
  }

  /**
   * Connects.
   *
   * @param connections to each node, or to each of its lanes
   * @param eventLoops null for the driver's default
   * @param concurrency how many operations are under way at most; null if that is not said
   */
  static Session connect(
      ConnectionOptions options, int connections, Integer eventLoops, Integer concurrency) {
    int requests =
        Math.min(
            MOST_REQUESTS,
            Math.max(LEAST_REQUESTS, concurrency == null ? WAITING / 2 : concurrency));
    return options.connect(
        builder -> {
          builder.connectionsPerNode(connections).readSchema(false);
          builder.requestsPerConnection(requests, WAITING);
          return eventLoops == null ? builder : builder.threads(eventLoops);
        });
  }

  /** Connects as {@link #arguments} say. */
  static Session connect(List<String> arguments) {
    Arguments said = new Arguments();
    try {
      CommandLine unused = new CommandLine(said);
      var parsed = unused.parseArgs(arguments.toArray(String[]::new));
      if (!parsed.unmatched().isEmpty()) {
        throw ToolException.wrongUse("unknown options: " + parsed.unmatched());
      }
    } catch (CommandLine.ParameterException e) {
      throw ToolException.wrongUse(e.getMessage()).causedBy(e);
    }
    return connect(said.connection, said.connections, said.eventLoops, said.concurrency);
  }

  /** The connection options that a command was given, for an agent to be told. */
  static List<String> arguments(CommandSpec command, ConnectionOptions options) {
    List<String> arguments = new ArrayList<>();
    for (OptionSpec given : command.commandLine().getParseResult().matchedOptions()) {
      if (!(given.userObject() instanceof java.lang.reflect.Field field)
          || field.getDeclaringClass() != ConnectionOptions.class
          || given.longestName().equals("--host")
          || given.longestName().equals("--port")) {
        continue;
      }
      if (given.arity().equals(Range.valueOf("0"))) {
        arguments.add(given.longestName());
        continue;
      }
      for (String value : given.originalStringValues()) {
        if (given.longestName().equals("--password") && value.equals(given.fallbackValue())) {
          throw ToolException.wrongUse("several processes cannot all ask for the password")
              .hint("CQL_PASSWORD or the credentials file can say it");
        }
        arguments.add(given.longestName() + "=" + value);
      }
    }
    arguments.add(
        "--host="
            + options.contactPoints().stream()
                .map(LoadSession::place)
                .collect(Collectors.joining(",")));
    return arguments;
  }

  private static String place(InetSocketAddress point) {
    String host = point.getHostString();
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + point.getPort();
  }
}
