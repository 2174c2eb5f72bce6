package io.ilion.conformance.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.conformance.server.ServerProcess;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The node that the hostile clients meet: small, so that what it holds too much of shows. */
final class HostileNode implements AutoCloseable {
  private static final long MOST_RESIDENT_BYTES = 1L << 30;
  private static final int MOST_MILLIS = 10_000;

  private final ServerProcess process;
  private final Witness witness;

  private HostileNode(ServerProcess process, Witness witness) {
    this.process = process;
    this.witness = witness;
  }

  static HostileNode start(String... options) throws IOException {
    ServerProcess process =
        ServerProcess.start(
            List.of("-Xmx512m", "-XX:MaxDirectMemorySize=256m", "-XX:+ExitOnOutOfMemoryError"),
            List.of(options));
    try {
      return new HostileNode(process, Witness.start(process.address()));
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
      assertThat(answer.opcode()).isEqualTo(Frame.RESULT);
    }
    long deadline = System.nanoTime() + 10_000_000_000L;
    while (witness.served() == before && System.nanoTime() < deadline) {
      Thread.onSpinWait();
    }
    assertThat(witness.served()).as("requests of the witness").isGreaterThan(before);
    assertThat(witness.slowestMillis()).as("the witness's longest wait").isLessThan(MOST_MILLIS);
    assertThat(residentBytes()).as("resident memory").isLessThan(MOST_RESIDENT_BYTES);
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
