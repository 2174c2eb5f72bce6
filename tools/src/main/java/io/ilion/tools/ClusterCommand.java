package io.ilion.tools;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
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
      "What stands behind -- is given to each node, as to 'ilion start'."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Ilion.Version.class)
final class ClusterCommand implements Callable<Integer> {
  private static final int MOST_NODES = 100;
  private static final int STOP_SECONDS = 30;
  private static final String SERVING = "serving CQL on ";

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
      names = "--memory",
      paramLabel = "SIZE",
      description = "the memory that each node may use (default: ${DEFAULT-VALUE})")
  private String memory = "512M";

  @Parameters(paramLabel = "OPTION", description = "further options of 'ilion start'")
  private List<String> more = new ArrayList<>();

  private final List<Process> processes = new ArrayList<>();
  private final AtomicBoolean stopping = new AtomicBoolean();

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
    CountDownLatch ended = new CountDownLatch(nodes);
    AtomicInteger failures = new AtomicInteger();
    Runtime.getRuntime().addShutdownHook(new Thread(this::stop, "shutdown"));
    PrintWriter out = spec.commandLine().getOut();
    for (int i = 1; i <= nodes; i++) {
      Path directory = data.resolve("node" + i);
      Files.createDirectories(directory);
      Path log = directory.resolve("log");
      Process process = start(launcher, i, directory, log);
      int number = i;
      Thread watch =
          new Thread(
              () -> {
                int code = watch(process, number, out);
                if (!stopping.get()) {
                  failures.incrementAndGet();
                  say(out, "node " + number + " ended with code " + code + "; see " + log);
                }
                ended.countDown();
              },
              "node " + i);
      watch.setDaemon(true);
      watch.start();
    }
    ended.await();
    return failures.get() == 0 ? 0 : 1;
  }

  private Process start(String launcher, int number, Path directory, Path log) throws IOException {
    List<String> command = new ArrayList<>(List.of(launcher, "start"));
    command.addAll(List.of("--data", directory.resolve("data").toString()));
    command.addAll(List.of("--address", "127.0.0." + number, "--seeds", "127.0.0.1"));
    command.addAll(List.of("--memory", memory));
    command.addAll(more);
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()));
    builder.environment().put("ILION_BUILT", "1");
    Process process = builder.start();
    synchronized (processes) {
      processes.add(process);
      if (stopping.get()) {
        process.destroy();
      }
    }
    return process;
  }

  /** Says when a node serves; returns its exit code when it has ended. */
  private static int watch(Process process, int number, PrintWriter out) {
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith(SERVING)) {
          say(out, "node " + number + ": " + line);
        }
      }
      return process.waitFor();
    } catch (IOException e) {
      return process.toHandle().isAlive() ? -1 : process.exitValue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return -1;
    }
  }

  private static void say(PrintWriter out, String line) {
    synchronized (out) {
      out.println(line);
      out.flush();
    }
  }

  /** Ends all nodes, and waits for them. */
  private void stop() {
    stopping.set(true);
    List<Process> all;
    synchronized (processes) {
      all = List.copyOf(processes);
    }
    all.forEach(Process::destroy);
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(STOP_SECONDS);
    for (Process process : all) {
      try {
        if (!process.waitFor(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS)) {
          process.destroyForcibly();
        }
      } catch (InterruptedException e) {
        process.destroyForcibly();
        Thread.currentThread().interrupt();
      }
    }
  }
}
