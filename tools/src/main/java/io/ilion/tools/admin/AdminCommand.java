package io.ilion.tools.admin;

import io.ilion.driver.Session;
import io.ilion.server.Release;
import io.ilion.tools.console.ConnectionOptions;
import io.ilion.tools.console.Progress;
import io.ilion.tools.console.SingleNode;
import io.ilion.tools.console.Style;
import io.ilion.tools.console.Style.Stream;
import io.ilion.tools.console.TableText;
import io.ilion.tools.console.ToolException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * {@code ilion admin}: what nodetool is for. The node itself says what operations it has and what
 * they take, so this command has no list of its own.
 */
@Command(
    name = "admin",
    description = {
      "Looks after a node by its HTTP port, with the names of nodetool's commands.",
      "With --cql asks any server that speaks CQL, such as Cassandra, for what its tables tell.",
      "Without a name, or with help, lists what the node knows.",
      ""
    },
    customSynopsis = "ilion admin [OPTION]... [OPERATION [ARGUMENT]...]",
    footerHeading = "%nExamples:%n",
    footer = {
      "  ilion admin status                          who is up, and owns how much",
      "  ilion admin status shop                     the same, of replicas of shop",
      "  ilion admin --host 10.0.0.2 info            another node, if its port is open",
      "  ilion admin compact shop orders             with progress until it is done",
      "  ilion admin snapshot -t monday shop         then listsnapshots, restore",
      "  ilion admin tablestats shop --format json   for scripts",
      "  ilion admin help repair                     what an operation takes",
      "  ilion admin tasks                           long operations; task ID, stop ID",
      "  ilion admin --cql 10.0.0.9 status           Cassandra; help lists what else",
      "  ilion admin health | ready | metrics        for load balancers, Prometheus",
      "",
      "Exit codes: 0 done, 1 failed, 2 wrong use."
    })
public final class AdminCommand implements Callable<Integer> {
  private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
  private static final int MOST_POLL_FAILURES = 20;

  /** What nodetool's users type. */
  private static final Map<String, String> ALIASES =
      Map.ofEntries(
          Map.entry("cfstats", "tablestats"),
          Map.entry("cfhistograms", "tablehistograms"),
          Map.entry("getstreamthroughputmib", "getstreamthroughput"),
          Map.entry("profileload", "toppartitions"),
          Map.entry("upgradesstables", "compact"),
          Map.entry("gethintedhandoffthrottlekb", "statushandoff"));

  /** What to do instead of commands of nodetool that are not here. */
  private static final Map<String, String> INSTEAD = NodetoolAdvice.instead();

  /** What nodetool's removenode takes instead of an id. */
  private static final Set<String> MOVING = Set.of("status", "force");

  /** How results are shown. */
  enum Format {
    text,
    json
  }

  @CommandLine.Spec private CommandSpec spec;

  private final Map<String, String> environment;

  @Option(names = "--help", usageHelp = true, description = "show this, and nothing else")
  private boolean help;

  @Option(
      names = {"--host", "-h"},
      arity = "0..1",
      fallbackValue = "",
      paramLabel = "HOST",
      description = "the node (default: ${DEFAULT-VALUE}); -h alone shows this help")
  private String host = "127.0.0.1";

  @Option(
      names = "--http-port",
      paramLabel = "PORT",
      description = "its HTTP port (default: ${DEFAULT-VALUE})")
  private int port = 9180;

  @Option(
      names = "--cql",
      paramLabel = "HOST[:PORT]",
      description = {
        "ask this server by CQL, not by HTTP; user, password and TLS as for 'ilion shell',",
        "from the environment and cqlsh's files"
      })
  private String cql;

  @Option(
      names = {"--format", "-F"},
      paramLabel = "text|json",
      description = "how results are shown (default: ${DEFAULT-VALUE})")
  private Format format = Format.text;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      description = "how long an answer may take (default: ${DEFAULT-VALUE}); no limit to a task")
  private int timeout = 70;

  @Option(names = "--background", description = "do not wait for a long operation")
  private boolean background;

  @Option(names = "--color", negatable = true, description = "colours, or none")
  private Boolean color;

  @Parameters(
      paramLabel = "OPERATION",
      completionCandidates = OperationNames.class,
      description = "what to do, and what it takes")
  private List<String> words = new ArrayList<>();

  /** A command that reads this environment. */
  public AdminCommand(Map<String, String> environment) {
    this.environment = environment;
  }

  /** The command as picocli has it: what it does not know belongs to the operation. */
  public static CommandLine commandLine(Map<String, String> environment) {
    return new CommandLine(new AdminCommand(environment))
        .setUnmatchedOptionsArePositionalParams(true);
  }

  @Override
  public Integer call() {
    if (host.isEmpty() || (words.isEmpty() && !host.matches("localhost|.*[.:].*"))) {
      spec.commandLine().usage(out());
      return 0;
    }
    if (timeout < 1) {
      throw ToolException.wrongUse("--timeout is at least 1");
    }
    if (cql != null) {
      return byCql();
    }
    try (AdminClient client = new AdminClient(host, port, Duration.ofSeconds(timeout))) {
      String name = words.isEmpty() ? "help" : words.getFirst();
      List<String> rest = words.isEmpty() ? List.of() : words.subList(1, words.size());
      if (name.startsWith("-")) {
        throw ToolException.wrongUse("admin does not know " + name)
            .hint("--host and --http-port choose the node; its HTTP port has no passwords");
      }
      if (name.equals("stop") && rest.size() == 1 && rest.getFirst().matches("\\d+")) {
        client.delete("/tasks/" + id(rest));
        return show("task", task(client, rest));
      }
      return switch (name) {
        case "help" -> help(client, rest);
        case "health", "ready" -> state(client, name);
        case "metrics" -> metrics(client);
        case "tasks" -> show("tasks", client.read("/tasks").path("tasks"));
        case "task" -> show("task", task(client, rest));
        default -> operate(client, ALIASES.getOrDefault(name, name), rest);
      };
    }
  }

  private int byCql() {
    String name =
        words.isEmpty() ? "help" : ALIASES.getOrDefault(words.getFirst(), words.getFirst());
    if (name.equals("help")) {
      TableText table = new TableText(style()).column("operation").column("what it does");
      CqlAdmin.operations().forEach((operation, what) -> table.row(operation, what));
      table.lines().forEach(out()::println);
      out().flush();
      return 0;
    }
    ConnectionOptions connection = new ConnectionOptions(environment);
    connection.node(cql, null);
    try (Session session =
        connection.connect(
            builder ->
                builder
                    .loadBalancing(new SingleNode(connection.contactPoints()))
                    .readSchema(false)
                    .threads(1)
                    .application("ilion admin", Release.version()))) {
      return show(name, new CqlAdmin(session).run(name, words.subList(1, words.size())));
    }
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }

  private Style style() {
    return Style.of(Stream.OUT, environment, color);
  }

  private int show(String operation, JsonNode result) {
    if (format == Format.json) {
      out()
          .println(JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsString(result));
    } else {
      ResultText.of(operation, result, style()).forEach(out()::println);
    }
    out().flush();
    return 0;
  }

  private static String id(List<String> rest) {
    if (rest.size() != 1 || !rest.getFirst().matches("\\d{1,18}")) {
      throw ToolException.wrongUse("say which by its number").hint("ilion admin tasks lists them");
    }
    return rest.getFirst();
  }

  private static JsonNode task(AdminClient client, List<String> rest) {
    return client.read("/tasks/" + id(rest)).path("task");
  }

  private int state(AdminClient client, String name) {
    AdminClient.Answer answer = client.get("/" + name);
    out().println(answer.body());
    out().flush();
    return answer.status() == 200 ? 0 : ToolException.FAILED;
  }

  private int metrics(AdminClient client) {
    out().print(client.get("/metrics").body());
    out().flush();
    return 0;
  }

  private int help(AdminClient client, List<String> rest) {
    JsonNode operations = client.read("/operations").path("operations");
    if (!rest.isEmpty()) {
      return describe(find(operations, ALIASES.getOrDefault(rest.getFirst(), rest.getFirst())));
    }
    if (format == Format.json) {
      return show("operations", operations);
    }
    TableText table = new TableText(style()).column("operation").column("what it does");
    operations.forEach(
        each -> table.row(each.path("name").asString(), each.path("description").asString()));
    table.lines().forEach(out()::println);
    out().println();
    out()
        .println(
            "'ilion admin help OPERATION' says what one takes, 'ilion admin --help' the rest.");
    out().flush();
    return 0;
  }

  private int describe(JsonNode operation) {
    out()
        .println(
            operation.path("name").asString() + ": " + operation.path("description").asString());
    out().println(CommandLineArguments.usage(operation));
    if (!operation.path("parameters").isEmpty()) {
      TableText table =
          new TableText(style()).column("parameter").column("type").column("default").column("");
      for (JsonNode parameter : operation.path("parameters")) {
        table.row(
            parameter.path("name").asString(),
            parameter.path("type").asString(),
            parameter.path("is_required").asBoolean()
                ? "required"
                : parameter.path("default").asString(""),
            parameter.path("description").asString());
      }
      out().println();
      table.lines().forEach(out()::println);
    }
    out().flush();
    return 0;
  }

  private static JsonNode find(JsonNode operations, String name) {
    List<String> near = new ArrayList<>();
    for (JsonNode operation : operations) {
      String known = operation.path("name").asString();
      if (known.equals(name)) {
        return operation;
      }
      if (known.contains(name) || name.contains(known) || distance(known, name) <= 2) {
        near.add(known);
      }
    }
    throw ToolException.wrongUse("there is no operation named '" + name + "'")
        .hint(
            INSTEAD.containsKey(name)
                ? INSTEAD.get(name)
                : near.isEmpty()
                    ? "ilion admin help lists them"
                    : "did you mean " + String.join(" or ", near) + "?");
  }

  private static int distance(String a, String b) {
    int[] previous = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      previous[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int[] row = new int[b.length() + 1];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int change = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        row[j] = Math.min(Math.min(row[j - 1], previous[j]) + 1, previous[j - 1] + change);
      }
      previous = row;
    }
    return previous[b.length()];
  }

  private int operate(AdminClient client, String name, List<String> rest) {
    JsonNode operation = find(client.read("/operations").path("operations"), name);
    if (name.equals("removenode")
        && rest.size() == 1
        && (MOVING.contains(rest.getFirst()) || !rest.getFirst().matches("-.*|[0-9a-fA-F-]{36}"))) {
      throw ToolException.wrongUse("removenode takes the id of a dead node, as status shows it")
          .hint(
              "netstats says how far a removal is; --force and abort-move are for one that hangs");
    }
    Map<String, Object> arguments = CommandLineArguments.read(operation, rest);
    JsonNode answer = client.post("/operations/" + name, arguments);
    if (!answer.has("task")) {
      return show(name, answer.path("result"));
    }
    long id = answer.path("task").path("id").asLong();
    if (background) {
      return show("task", answer.path("task"));
    }
    return show(name, await(client, id, name));
  }

  private JsonNode await(AdminClient client, long id, String name) {
    PrintStream err = System.err;
    Style errors = Style.of(Stream.ERR, environment, color);
    int failures = 0;
    try (Progress progress = Progress.on(err, errors)) {
      progress.ifInterrupted(
          "%s goes on as task %d of the node: admin task %d shows it, stop %d ends it"
              .formatted(name, id, id, id));
      while (true) {
        JsonNode task = null;
        try {
          task = client.read("/tasks/" + id).path("task");
          failures = 0;
        } catch (ToolException e) {
          // A node that is busy may not answer for once; one that has gone does not come back.
          failures++;
          if (failures == MOST_POLL_FAILURES || e.exitCode() == ToolException.WRONG_USE) {
            throw e;
          }
        }
        if (task != null) {
          JsonNode now = task;
          switch (now.path("state").asString()) {
            case "RUNNING" -> progress.update(() -> line(name, now));
            case "DONE" -> {
              return now.path("result");
            }
            default -> {
              String error = now.path("error").asString("it failed");
              ToolException failed = ToolException.failed(name + ": " + error);
              throw error.contains("forceful")
                  ? failed.hint("--force does it all the same")
                  : failed;
            }
          }
        }
        LockSupport.parkNanos(POLL_NANOS);
      }
    }
  }

  private static String line(String name, JsonNode task) {
    StringBuilder line = new StringBuilder(name);
    long total = task.path("total").asLong(0);
    if (task.has("unit")) {
      long done = task.path("done").asLong(0);
      String unit = task.path("unit").asString();
      boolean isBytes = unit.equals("bytes");
      if (total > 0) {
        line.append(' ').append(Progress.bar(Math.min(1, (double) done / total), 20));
      }
      line.append(' ').append(isBytes ? ResultText.bytes(done) : Long.toString(done));
      if (total > 0) {
        line.append(" of ").append(isBytes ? ResultText.bytes(total) : Long.toString(total));
      }
      line.append(isBytes ? "" : " " + unit);
    }
    if (task.has("message")) {
      line.append(": ").append(task.path("message").asString());
    }
    return line.toString();
  }
}
