package io.ilion.tools.bench.peer;

import io.ilion.tools.console.ToolException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * One node of the published Cassandra as a process of this machine, on loopback and ports that were
 * free, with data in a temporary directory that goes when it is closed.
 */
public final class Cassandra implements AutoCloseable {
  private static final long START_SECONDS = 180;
  private static final long STOP_SECONDS = 30;
  private static final int CONNECT_MILLIS = 500;
  private static final int LOG_LINES = 3;

  /** Settings with which no request is given up because the machine is busy. */
  public static final String PATIENT =
      """
      read_request_timeout: 60s
      range_request_timeout: 60s
      write_request_timeout: 60s
      counter_write_request_timeout: 60s
      truncate_request_timeout: 120s
      request_timeout: 60s
      """;

  private static final String HOST = "127.0.0.1";

  /** What of the JDK is opened to Cassandra, as its own start script does for a JDK 17. */
  private static final List<String> OPENED =
      List.of(
          "java.base/java.io",
          "java.base/java.lang",
          "java.base/java.lang.module",
          "java.base/java.lang.reflect",
          "java.base/java.nio",
          "java.base/java.util",
          "java.base/java.util.concurrent",
          "java.base/java.util.concurrent.atomic",
          "java.base/jdk.internal.loader",
          "java.base/jdk.internal.math",
          "java.base/jdk.internal.module",
          "java.base/jdk.internal.ref",
          "java.base/jdk.internal.reflect",
          "java.base/jdk.internal.util.jar",
          "java.base/sun.nio.ch",
          "jdk.compiler/com.sun.tools.javac",
          "jdk.management/com.sun.management.internal");

  private static final List<String> EXPORTED =
      List.of(
          "java.base/java.lang.ref",
          "java.base/jdk.internal.misc",
          "java.management.rmi/com.sun.jmx.remote.internal.rmi",
          "java.rmi/sun.rmi.registry",
          "java.rmi/sun.rmi.server",
          "java.sql/java.sql",
          "jdk.attach/sun.tools.attach",
          "jdk.compiler/com.sun.tools.javac.file",
          "jdk.unsupported/sun.misc");

  private final Process process;
  private final Path directory;
  private final int port;
  private final Thread hook;

  private Cassandra(Process process, Path directory, int port) {
    this.process = process;
    this.directory = directory;
    this.port = port;
    this.hook = new Thread(process::destroyForcibly, "cassandra-end");
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /**
   * What is needed to start one, found before anything is measured.
   *
   * @param java the home of a JDK
   */
  public record Installation(Path java, Path jars, Path agent) {}

  /**
   * Finds a JDK and Cassandra, which is fetched if it has to be.
   *
   * @param home an unpacked distribution, or null for that of Maven Central
   * @throws ToolException if there is none
   */
  public static Installation find(Path home, Map<String, String> environment)
      throws InterruptedException {
    Path java = new JavaHomes(environment).find();
    CassandraJars jars =
        home == null
            ? CassandraJars.ofMaven(cache(environment), environment)
            : CassandraJars.ofDistribution(home);
    return new Installation(java, jars.directory(), jars.agent());
  }

  private static Path cache(Map<String, String> environment) {
    String said = environment.getOrDefault("XDG_CACHE_HOME", "");
    Path parent =
        said.isEmpty() ? Path.of(System.getProperty("user.home"), ".cache") : Path.of(said);
    return parent.resolve("ilion");
  }

  /**
   * Starts one, and waits until it serves.
   *
   * @param heap of its virtual machine, such as 2G
   * @param cores that it may use, such as 0,1; null for all (needs Linux's taskset)
   */
  public static Cassandra start(Installation installation, String heap, String cores)
      throws InterruptedException {
    return start(installation, heap, cores, "");
  }

  /**
   * As {@link #start(Installation, String, String)}, with further settings.
   *
   * @param settings lines of its configuration, such as {@link #PATIENT}
   */
  public static Cassandra start(
      Installation installation, String heap, String cores, String settings)
      throws InterruptedException {
    try {
      Path directory = Files.createTempDirectory("ilion-cassandra");
      int port = freePort();
      Files.writeString(
          directory.resolve("cassandra.yaml"),
          configuration(directory, port, freePort()) + settings);
      Files.writeString(directory.resolve("logback.xml"), logging(directory.resolve("log")));
      Process process =
          new ProcessBuilder(command(installation, directory, heap, cores))
              .directory(directory.toFile())
              .redirectErrorStream(true)
              .redirectOutput(directory.resolve("output").toFile())
              .start();
      Cassandra cassandra = new Cassandra(process, directory, port);
      cassandra.await();
      return cassandra;
    } catch (IOException e) {
      throw ToolException.failed("Cassandra cannot be started: " + e.getMessage()).causedBy(e);
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName(HOST))) {
      return socket.getLocalPort();
    }
  }

  /** As Cassandra 5's file for new clusters has it, in one directory and on loopback. */
  static String configuration(Path directory, int port, int storagePort) {
    return """
    cluster_name: Peer
    num_tokens: 16
    partitioner: org.apache.cassandra.dht.Murmur3Partitioner
    authenticator: AllowAllAuthenticator
    authorizer: AllowAllAuthorizer
    endpoint_snitch: SimpleSnitch
    seed_provider:
      - class_name: org.apache.cassandra.locator.SimpleSeedProvider
        parameters: [{seeds: "%1$s:%4$d"}]
    listen_address: %1$s
    rpc_address: %1$s
    storage_port: %4$d
    native_transport_port: %3$d
    data_file_directories: ["%2$s/data"]
    commitlog_directory: "%2$s/commitlog"
    hints_directory: "%2$s/hints"
    saved_caches_directory: "%2$s/saved_caches"
    cdc_raw_directory: "%2$s/cdc_raw"
    commitlog_sync: periodic
    commitlog_sync_period: 10s
    disk_failure_policy: stop
    commit_failure_policy: stop
    concurrent_reads: 32
    concurrent_writes: 32
    concurrent_counter_writes: 32
    memtable:
      configurations:
        trie: {class_name: TrieMemtable}
        default: {inherits: trie}
    memtable_allocation_type: offheap_objects
    sstable:
      selected_format: bti
    storage_compatibility_mode: NONE
    uuid_sstable_identifiers_enabled: true
    default_compaction:
      class_name: UnifiedCompactionStrategy
      parameters: {scaling_parameters: T4, target_sstable_size: 1GiB}
    compaction_throughput: 64MiB/s
    auto_snapshot: false
    """
        .formatted(HOST, directory, port, storagePort);
  }

  private static String logging(Path file) {
    return """
    <configuration>
      <appender name="FILE" class="ch.qos.logback.core.FileAppender">
        <file>%s</file>
        <encoder><pattern>%%-5level %%date{ISO8601} %%msg%%n</pattern></encoder>
      </appender>
      <root level="WARN"><appender-ref ref="FILE"/></root>
    </configuration>
    """
        .formatted(file);
  }

  private static List<String> command(
      Installation installation, Path directory, String heap, String cores) {
    // A terminal tells all its processes of Ctrl-C: this one ends when the run is over.
    List<String> command = new ArrayList<>(List.of("sh", "-c", "trap '' INT; exec \"$@\"", "sh"));
    if (cores != null) {
      command.addAll(List.of("taskset", "-c", cores));
    }
    command.add(installation.java().resolve("bin/java").toString());
    command.addAll(
        List.of(
            "-Xms" + heap,
            "-Xmx" + heap,
            "-Xss256k",
            "-XX:+UseG1GC",
            "-XX:+ParallelRefProcEnabled",
            "-XX:MaxGCPauseMillis=300",
            "-XX:InitiatingHeapOccupancyPercent=70",
            "-XX:+AlwaysPreTouch",
            "-XX:+PerfDisableSharedMem",
            "-Djava.net.preferIPv4Stack=true",
            "-Dio.netty.tryReflectionSetAccessible=true",
            "-Djdk.attach.allowAttachSelf=true",
            "-Dcassandra.config=" + directory.resolve("cassandra.yaml").toUri(),
            "-Dcassandra.storagedir=" + directory,
            "-Dcassandra.ring_delay_ms=2000",
            "-Dcassandra.skip_wait_for_gossip_to_settle=0",
            "-Dcassandra-foreground=yes",
            "-Dlogback.configurationFile=" + directory.resolve("logback.xml").toUri()));
    OPENED.forEach(each -> command.addAll(List.of("--add-opens", each + "=ALL-UNNAMED")));
    EXPORTED.forEach(each -> command.addAll(List.of("--add-exports", each + "=ALL-UNNAMED")));
    command.add("-javaagent:" + installation.agent());
    command.addAll(
        List.of("-cp", installation.jars() + "/*", "org.apache.cassandra.service.CassandraDaemon"));
    return command;
  }

  private void await() throws InterruptedException, IOException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
    while (!serves()) {
      boolean ended = process.waitFor(CONNECT_MILLIS, TimeUnit.MILLISECONDS);
      if (ended || System.nanoTime() - deadline > 0) {
        String why = ended ? "ended with code " + process.exitValue() : "does not serve";
        String said = lastLines();
        close();
        throw ToolException.failed("Cassandra %s: %s".formatted(why, said));
      }
    }
  }

  private boolean serves() {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(HOST, port), CONNECT_MILLIS);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private String lastLines() throws IOException {
    List<String> lines = new ArrayList<>();
    for (String file : List.of("output", "log")) {
      Path path = directory.resolve(file);
      if (Files.exists(path)) {
        lines.addAll(Files.readAllLines(path, StandardCharsets.ISO_8859_1));
      }
    }
    return lines.isEmpty()
        ? "it said nothing"
        : String.join("; ", lines.subList(Math.max(0, lines.size() - LOG_LINES), lines.size()));
  }

  /** Where it serves CQL. */
  public InetSocketAddress address() {
    return InetSocketAddress.createUnresolved(HOST, port);
  }

  /** Ends it, and deletes its data. */
  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
      CassandraJars.delete(directory);
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      throw ToolException.failed(directory + " cannot be deleted: " + e.getMessage()).causedBy(e);
    } finally {
      removeHook();
    }
  }

  private void removeHook() {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The machine is shutting down: the hook runs, and there is nothing more to end.
      process.destroyForcibly();
    }
  }
}
