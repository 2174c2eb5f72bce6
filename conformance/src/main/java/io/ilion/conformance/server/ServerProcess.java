package io.ilion.conformance.server;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * One node of ours as a real process on loopback, with a data directory and ports of its own. It
 * can be stopped in order ({@link #stop}), killed as by {@code kill -9} ({@link #kill}) and started
 * again on the same data. Not thread-safe.
 */
public final class ServerProcess implements AutoCloseable {
  private static final String MAIN_CLASS = "io.ilion.tools.Ilion";
  private static final String SERVING = "serving CQL on ";
  private static final String LOOPBACK = "127.0.0.1";
  private static final int KEPT_LINES = 200;
  private static final int LEAST_PORT = 15_000;
  private static final int LEAST_CLIENT_PORT = 32_768;
  private static final int MOST_PORTS = 1_000;
  private static final int MOST_ATTEMPTS = 3;

  private final Path data;
  private final String host;
  private final int nativePort;
  private final int storagePort;
  private final int httpPort;
  private final List<String> launcher;
  private final List<String> serverOptions;
  private final List<String> output = new ArrayList<>();
  private Process process;

  private ServerProcess(
      Path data, String host, Ports ports, List<String> launcher, List<String> serverOptions) {
    this.data = data;
    this.host = host;
    this.nativePort = ports.forClients();
    this.storagePort = ports.forNodes();
    this.httpPort = ports.forHttp();
    this.launcher = List.copyOf(launcher);
    this.serverOptions = List.copyOf(serverOptions);
  }

  private record Ports(int forClients, int forNodes, int forHttp) {
    static Ports free() throws IOException {
      // All are open at once, so that they differ.
      try (ServerSocket a = freePort();
          ServerSocket b = freePort();
          ServerSocket c = freePort()) {
        return new Ports(a.getLocalPort(), b.getLocalPort(), c.getLocalPort());
      }
    }
  }

  /** Starts a node in a new temporary data directory; {@link #close} removes it. */
  public static ServerProcess start(String... serverOptions) throws IOException {
    return start(List.of(), List.of(serverOptions));
  }

  /** Starts a node with further options of the JVM and of {@code ilion start}. */
  public static ServerProcess start(List<String> javaOptions, List<String> serverOptions)
      throws IOException {
    return launch(command(javaOptions), serverOptions);
  }

  /**
   * As {@link #start}, by another command.
   *
   * @param launcher what stands before the options of {@code ilion start}
   */
  public static ServerProcess launch(List<String> launcher, List<String> serverOptions)
      throws IOException {
    return launchOn(Files.createTempDirectory("ilion-node"), launcher, serverOptions);
  }

  /** As {@link #launch}, with a data directory that is there and that {@link #close} removes. */
  public static ServerProcess launchOn(Path data, List<String> launcher, List<String> serverOptions)
      throws IOException {
    for (int attempt = 1; ; attempt++) {
      ServerProcess server =
          new ServerProcess(data, LOOPBACK, Ports.free(), launcher, serverOptions);
      try {
        server.restart();
        return server;
      } catch (IOException e) {
        // Ports that were free a moment ago may be others' by the time that the node listens.
        if (attempt == MOST_ATTEMPTS || !server.output().contains("Address already in use")) {
          throw e;
        }
        server.kill();
      }
    }
  }

  /**
   * The nodes of a cluster on 127.0.0.1, 127.0.0.2 and so on, none of which has been started; the
   * first is the seed, and has to be started first. All have the same ports.
   */
  public static List<ServerProcess> cluster(int count, String... serverOptions) throws IOException {
    Ports ports = Ports.free();
    List<ServerProcess> nodes = new ArrayList<>();
    for (int i = 1; i <= count; i++) {
      List<String> options = new ArrayList<>(List.of(serverOptions));
      options.addAll(List.of("--seeds", LOOPBACK));
      nodes.add(
          new ServerProcess(
              Files.createTempDirectory("ilion-node"),
              "127.0.0." + i,
              ports,
              command(List.of()),
              options));
    }
    return nodes;
  }

  /** The command that starts a node from the classes that the build has left, without options. */
  public static List<String> command(List<String> javaOptions) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("--sun-misc-unsafe-memory-access=allow");
    // It lives for seconds, in which the optimizing compiler would cost more than it saves.
    command.add("-XX:TieredStopAtLevel=1");
    command.addAll(javaOptions);
    command.addAll(List.of("-cp", classPath(), MAIN_CLASS, "start"));
    return command;
  }

  /**
   * Starts the process on the data that is there. It must not be running.
   *
   * @param moreOptions of {@code ilion start}, for this time
   */
  public void restart(String... moreOptions) throws IOException {
    if (process != null && process.isAlive()) {
      throw new IllegalStateException("the server is running");
    }
    List<String> command = new ArrayList<>(launcher);
    command.addAll(List.of("--data", data.toString(), "--address", host));
    command.addAll(List.of("--native-port", Integer.toString(nativePort)));
    command.addAll(List.of("--storage-port", Integer.toString(storagePort)));
    command.addAll(List.of("--native-shard-aware-transport-port", "0"));
    command.addAll(List.of("--http-port", Integer.toString(httpPort)));
    command.addAll(serverOptions);
    command.addAll(List.of(moreOptions));
    process = new ProcessBuilder(command).redirectErrorStream(true).start();
    // If the tests' JVM is killed the node must not stay behind.
    Process started = process;
    Runtime.getRuntime().addShutdownHook(new Thread(started::destroyForcibly));
    awaitServing();
  }

  /** Where the node serves CQL. */
  public InetSocketAddress address() {
    return new InetSocketAddress(host, nativePort);
  }

  /** Where the node serves operations by HTTP. */
  public InetSocketAddress httpAddress() {
    return new InetSocketAddress(host, httpPort);
  }

  /** The port by which other nodes would reach it. */
  public int storagePort() {
    return storagePort;
  }

  /** The directory of the node's data. */
  public Path data() {
    return data;
  }

  /** The process id, by which the operating system knows the node. */
  public long pid() {
    return process.pid();
  }

  /** True while the process runs. */
  public boolean isAlive() {
    return process.isAlive();
  }

  /** The last lines that the node has printed. */
  public String output() {
    synchronized (output) {
      return String.join("\n", output);
    }
  }

  /** Ends the process at once, as {@code kill -9} does; nothing if it was never started. */
  public void kill() {
    if (process != null) {
      process.destroyForcibly();
      awaitEnd();
    }
  }

  /** Asks the process to end ({@code SIGTERM}) and returns its exit code. */
  public int stop() {
    process.destroy();
    return awaitEnd();
  }

  /** Kills the process and removes its data. */
  @Override
  public void close() {
    kill();
    deleteRecursively(data.toFile());
  }

  /** Waits until the process has ended, by itself or because it was asked to; its exit code. */
  public int awaitEnd() {
    try {
      if (!process.waitFor(30, TimeUnit.SECONDS)) {
        throw new IllegalStateException("the server has not ended within 30 s\n" + output());
      }
      return process.exitValue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private void awaitServing() throws IOException {
    BufferedReader reader = process.inputReader(StandardCharsets.UTF_8);
    for (String line = reader.readLine(); line != null; line = reader.readLine()) {
      keep(line);
      if (line.contains(SERVING)) {
        // The pipe must be drained for ever, or the node would block on it.
        Thread drain = new Thread(() -> drain(reader), "server output");
        drain.setDaemon(true);
        drain.start();
        return;
      }
    }
    throw new IOException("the server ended before it served:\n" + output());
  }

  private void drain(BufferedReader reader) {
    try (reader) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        keep(line);
      }
    } catch (IOException e) {
      keep("(output ends: " + e.getMessage() + ")");
    }
  }

  private void keep(String line) {
    synchronized (output) {
      if (output.size() == KEPT_LINES) {
        output.removeFirst();
      }
      output.add(line);
    }
  }

  /** The class path that the build has left in {@code conformance/target/server.classpath}. */
  private static String classPath() throws IOException {
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      Path file = at.resolve("conformance/target/server.classpath");
      if (Files.exists(file)) {
        return Files.readString(file).strip();
      }
    }
    throw new IOException("no conformance/target/server.classpath: build the module conformance");
  }

  /**
   * One below those that systems give to clients: else any connection made before the node listens,
   * or while it is down, may take its port.
   */
  private static ServerSocket freePort() {
    for (int attempt = 0; attempt < MOST_PORTS; attempt++) {
      int port = ThreadLocalRandom.current().nextInt(LEAST_PORT, LEAST_CLIENT_PORT);
      try {
        return new ServerSocket(port, 1, InetAddress.getLoopbackAddress());
      } catch (IOException e) {
        continue;
      }
    }
    throw new IllegalStateException("no port is free of " + MOST_PORTS + " that were tried");
  }

  private static void deleteRecursively(File file) {
    File[] children = file.listFiles();
    if (children != null) {
      for (File child : children) {
        deleteRecursively(child);
      }
    }
    file.delete();
  }
}
