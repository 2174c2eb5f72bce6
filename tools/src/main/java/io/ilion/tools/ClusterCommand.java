package io.ilion.tools;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * {@code ilion cluster}: a cluster on this machine, a process for each node, on 127.0.0.1,
 * 127.0.0.2 and so on, until SIGTERM or SIGINT ends it. Data and logs of a node are in its own
 * directory, so the same command later goes on with the same cluster.
 */
@Command(
    name = "cluster",
    description = {
      "Starts a cluster on this machine: a process for each node, on 127.0.0.1, 127.0.0.2, ...",
      "What stands behind -- is given to each node, as to 'ilion start'.",
      "",
      "While it runs it reads commands: status, kill N, stop N, start N, restart N, quit.",
      ""
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  ilion cluster                        three nodes until Ctrl-C",
      "  ilion cluster --nodes 5 --data /tmp/five -- --lanes 2",
      "  ilion cluster --address 127.0.0.11   a second cluster, beside another one",
      "  kill 2                               typed while it runs: kill -9 of node 2",
      "  start 2                              and it comes back with its data",
      "  ilion shell 127.0.0.2                from another terminal"
    },
    versionProvider = Ilion.Version.class)
final class ClusterCommand implements Callable<Integer> {
  private static final int MOST_NODES = 100;
  private static final int STOP_SECONDS = 30;
  private static final int LAST_ADDRESS = 254;

  /** Where the launcher says that it is. */
  private static final String LAUNCHER = "ilion.launcher";

  @CommandLine.Spec private CommandSpec spec;

  @Option(
      names = "--nodes",
      paramLabel = "N",
      description = "how many nodes (default: ${DEFAULT-VALUE})")
  private int nodes = 3;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "where the nodes keep their data (default: ${DEFAULT-VALUE})")
  private Path data = Path.of("cluster");

  @Option(
      names = "--address",
      paramLabel = "ADDRESS",
      description =
          "the address of the first node; the others have the next ones (default:"
              + " ${DEFAULT-VALUE})")
  private String address = "127.0.0.1";

  @Option(
      names = "--memory",
      paramLabel = "SIZE",
      description = "the memory that each node may use (default: ${DEFAULT-VALUE})")
  private String memory = "512M";

  @Parameters(paramLabel = "OPTION", description = "further options of 'ilion start'")
  private List<String> more = new ArrayList<>();

  private final AtomicBoolean stopping = new AtomicBoolean();
  private Members members;

  @Override
  public Integer call() throws IOException, InterruptedException {
    String launcher = System.getProperty(LAUNCHER);
    if (launcher == null) {
      throw new IOException("this needs the launcher: run ./ilion cluster");
    }
    if (nodes < 1 || nodes > MOST_NODES) {
      throw new CommandLine.ParameterException(
          spec.commandLine(), "--nodes is " + nodes + "; expected 1 to " + MOST_NODES);
    }
    addressOf(nodes);
    PrintWriter out = spec.commandLine().getOut();
    members =
        new Members(
            nodes,
            data,
            number -> start(launcher, number, data.resolve("node" + number)),
            line -> say(out, line));
    Runtime.getRuntime().addShutdownHook(new Thread(this::stop, "shutdown"));
    for (int i = 1; i <= nodes; i++) {
      members.start(i);
    }
    Thread reader = new Thread(this::readCommands, "commands");
    reader.setDaemon(true);
    reader.start();
    return members.awaitEnd() ? 0 : 1;
  }

  /** Does what is typed; that nothing more comes means nothing. */
  private void readCommands() {
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    try {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (!line.isBlank()) {
          members.command(line.strip());
        }
      }
    } catch (IOException e) {
      // The terminal has gone, and the cluster stays.
      return;
    }
  }

  private Process start(String launcher, int number, Path directory) throws IOException {
    Files.createDirectories(directory);
    List<String> command = new ArrayList<>(List.of(launcher, "start"));
    command.addAll(List.of("--data", directory.resolve("data").toString()));
    command.addAll(List.of("--address", addressOf(number), "--seeds", address));
    command.addAll(List.of("--memory", memory));
    command.addAll(more);
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.redirectError(ProcessBuilder.Redirect.appendTo(directory.resolve("log").toFile()));
    builder.environment().put("ILION_BUILT", "1");
    return builder.start();
  }

  /** The address of a node: that of the first one, counted on from its last part. */
  private String addressOf(int number) {
    int dot = address.lastIndexOf('.');
    boolean isAddress = address.matches("\\d{1,3}(\\.\\d{1,3}){3}");
    int last = isAddress ? Integer.parseInt(address.substring(dot + 1)) + number - 1 : 0;
    if (!isAddress || last > LAST_ADDRESS) {
      throw new CommandLine.ParameterException(
          spec.commandLine(),
          "--address "
              + address
              + (isAddress
                  ? " has no room for " + nodes + " nodes before 255"
                  : " is no address of version 4 such as 127.0.0.11"));
    }
    return address.substring(0, dot + 1) + last;
  }

  private static void say(PrintWriter out, String line) {
    synchronized (out) {
      out.println(line);
      out.flush();
    }
  }

  /** Ends all nodes, and waits for them. */
  private void stop() {
    if (stopping.compareAndSet(false, true)) {
      members.stop(STOP_SECONDS);
    }
  }
}
