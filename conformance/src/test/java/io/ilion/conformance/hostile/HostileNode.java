package io.ilion.conformance.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.conformance.server.ServerProcess;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.management.MBeanServerConnection;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/** The node that the hostile clients meet: small, so that what it holds too much of shows. */
final class HostileNode implements AutoCloseable {
  private static final int MEMORY_MIB = 768;
  private static final long MOST_RESIDENT_BYTES = 1L << 30;

  /** What is alive in the heap of 537 MB when memtables, cache and results are full. */
  private static final long MOST_HEAP_BYTES = 440L << 20;

  private static final int MOST_MILLIS = 10_000;

  private final ServerProcess process;
  private final int jmxPort;
  private final Witness witness;

  private HostileNode(ServerProcess process, int jmxPort, Witness witness) {
    this.process = process;
    this.jmxPort = jmxPort;
    this.witness = witness;
  }

  static HostileNode start(String... options) throws IOException {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    // As the command starts it with this memory, and so that its memory can be measured.
    List<String> java =
        List.of(
            "-Xmx" + (MEMORY_MIB * 3 / 4 - (1024 - MEMORY_MIB) / 7) + "m",
            "-XX:MaxDirectMemorySize=" + MEMORY_MIB / 8 + "m",
            "-XX:+ExitOnOutOfMemoryError",
            "-Djava.rmi.server.hostname=127.0.0.1",
            "-Dcom.sun.management.jmxremote.host=127.0.0.1",
            "-Dcom.sun.management.jmxremote.port=" + port,
            "-Dcom.sun.management.jmxremote.rmi.port=" + port,
            "-Dcom.sun.management.jmxremote.authenticate=false",
            "-Dcom.sun.management.jmxremote.ssl=false");
    List<String> all = new ArrayList<>(List.of("--memory", MEMORY_MIB + "MiB"));
    all.addAll(List.of(options));
    ServerProcess process = ServerProcess.start(java, all);
    try {
      return new HostileNode(process, port, Witness.start(process.address()));
    } catch (IOException e) {
      process.close();
      throw e;
    }
  }

  InetSocketAddress address() {
    return process.address();
  }

  /** Demands that the node lives, within its memory, and that the witness is being served now. */
  void demandHealth() throws IOException {
    assertThat(process.isAlive()).as("the node lives:%n%s", process.output()).isTrue();
    long before = witness.served();
    try (Peer fresh = Peer.ready(address())) {
      Peer.Answer answer = fresh.ask(Frame.query("SELECT key FROM system.local"));
      assertThat(answer).isNotNull();
      assertThat(answer.opcode()).as("%s", answer).isEqualTo(Frame.RESULT);
    }
    long deadline = System.nanoTime() + 10_000_000_000L;
    while (witness.served() == before && System.nanoTime() < deadline) {
      Thread.onSpinWait();
    }
    assertThat(witness.served()).as("requests of the witness").isGreaterThan(before);
    assertThat(witness.slowestMillis()).as("the witness's longest wait").isLessThan(MOST_MILLIS);
    assertThat(residentBytes()).as("resident memory").isLessThan(MOST_RESIDENT_BYTES);
    demandMemory();
  }

  /** Demands that what is alive in the heap, and the direct buffers, are within their budgets. */
  // The other side is the node that this test has started.
  @SuppressWarnings("BanJNDI")
  void demandMemory() throws IOException {
    JMXServiceURL url =
        new JMXServiceURL("service:jmx:rmi:///jndi/rmi://127.0.0.1:" + jmxPort + "/jmxrmi");
    try (JMXConnector connector = JMXConnectorFactory.connect(url)) {
      MBeanServerConnection server = connector.getMBeanServerConnection();
      MemoryMXBean memory = ManagementFactory.getPlatformMXBean(server, MemoryMXBean.class);
      memory.gc();
      assertThat(memory.getHeapMemoryUsage().getUsed()).as("heap").isLessThan(MOST_HEAP_BYTES);
      for (BufferPoolMXBean pool :
          ManagementFactory.getPlatformMXBeans(server, BufferPoolMXBean.class)) {
        assertThat(pool.getMemoryUsed())
            .as("buffers: %s", pool.getName())
            .isLessThanOrEqualTo((long) MEMORY_MIB << 17);
      }
    }
  }

  Witness witness() {
    return witness;
  }

  /** What the operating system holds in memory for the node, or 0 where it does not say. */
  long residentBytes() throws IOException {
    Path status = Path.of("/proc/" + process.pid() + "/status");
    if (!Files.exists(status)) {
      return 0;
    }
    return Files.readAllLines(status).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
        .findFirst()
        .orElse(0);
  }

  @Override
  public void close() throws IOException {
    try (process) {
      witness.close();
    }
  }
}
