package io.ilion.conformance.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.driver.Session;
import io.ilion.driver.Settings;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code ./ilion cluster}: three nodes, which Ctrl-C ends, and which come back with their data. */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class ClusterCommandChaos {
  private static final int NODES = 3;

  @TempDir private Path data;

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private Process start(int clientPort, int storagePort) throws Exception {
    // A shell has what it runs in the background ignore the signal, and all that this starts.
    ProcessBuilder builder =
        new ProcessBuilder(
            "env",
            "--default-signal=INT",
            ProcessCluster.launcher().toString(),
            "cluster",
            "--nodes",
            Integer.toString(NODES),
            "--data",
            data.toString(),
            "--memory",
            "256MiB",
            "--",
            "--native-port",
            Integer.toString(clientPort),
            "--storage-port",
            Integer.toString(storagePort),
            "--native-shard-aware-transport-port",
            "0",
            "--http-port",
            "0");
    builder.environment().put("ILION_BUILT", "1");
    return builder.redirectErrorStream(true).start();
  }

  private static void awaitServing(Process cluster, int port) throws IOException {
    BufferedReader lines = cluster.inputReader(StandardCharsets.UTF_8);
    int serving = 0;
    while (serving < NODES) {
      String line = lines.readLine();
      assertThat(line).as("what the cluster says").isNotNull();
      if (line.matches("node [1-3]: serving CQL on 127\\.0\\.0\\.[1-3]:" + port)) {
        serving++;
      }
    }
  }

  private static Session connect(int port) {
    return Session.builder()
        .contactPoint("127.0.0.1", port)
        .defaults(Settings.NONE.timeout(Duration.ofSeconds(20)))
        .connect();
  }

  /** Ends the command as Ctrl-C does. */
  private static void interrupt(Process cluster) throws Exception {
    List<ProcessHandle> nodes = cluster.descendants().toList();
    assertThat(nodes).hasSize(NODES);
    new ProcessBuilder("kill", "-INT", Long.toString(cluster.pid())).start().waitFor();
    assertThat(cluster.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(nodes).noneMatch(ProcessHandle::isAlive);
  }

  @Test
  void allEndWithCtrlCAndComeBackWithTheirData() throws Exception {
    int port = freePort();
    int storagePort = freePort();
    Process cluster = start(port, storagePort);
    try {
      awaitServing(cluster, port);
      try (Session session = connect(port)) {
        assertThat(session.metadata().nodes()).hasSize(NODES);
        session.execute(
            "CREATE KEYSPACE k WITH replication ="
                + " {'class': 'SimpleStrategy', 'replication_factor': 3}");
        session.execute("CREATE TABLE k.t (k int PRIMARY KEY, v text)");
        for (int k = 0; k < 100; k++) {
          session.execute("INSERT INTO k.t (k, v) VALUES (" + k + ", 'v" + k + "')");
        }
      }
      interrupt(cluster);
      cluster = start(port, storagePort);
      awaitServing(cluster, port);
      try (Session session = connect(port)) {
        assertThat(session.execute("SELECT k FROM k.t").page().rows()).hasSize(100);
      }
      interrupt(cluster);
    } finally {
      cluster.descendants().forEach(ProcessHandle::destroyForcibly);
      cluster.destroyForcibly();
    }
  }
}
