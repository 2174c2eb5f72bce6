package io.ilion.conformance.cql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Runs the fixture files. {@code -Dilion.referee=HOST:PORT} runs them against Apache Cassandra,
 * with {@code -Dilion.record=true} to write its answers down; {@code -Dilion.target=HOST:PORT}
 * against a server of ours, with {@code -Dilion.record=true} to write down those that differ for a
 * given reason; {@code -Dilion.fixtures=PREFIX} picks files.
 */
class CqlFixturesTest {
  @TestFactory
  Stream<DynamicTest> fixtures() throws IOException {
    String referee = System.getProperty("ilion.referee");
    String target = System.getProperty("ilion.target");
    boolean record = Boolean.getBoolean("ilion.record");
    assumeTrue(referee != null || target != null, "no server to ask");
    FixtureRun.Mode mode;
    if (referee != null) {
      mode = record ? FixtureRun.Mode.RECORD_REFEREE : FixtureRun.Mode.REFEREE;
    } else {
      mode = record ? FixtureRun.Mode.RECORD_OURS : FixtureRun.Mode.OURS;
    }
    InetSocketAddress server = address(referee != null ? referee : target);
    List<Path> files = FixtureFiles.list(System.getProperty("ilion.fixtures", ""));
    assertThat(files).isNotEmpty();
    return files.stream()
        .map(
            file ->
                DynamicTest.dynamicTest(FixtureFiles.name(file), () -> check(file, server, mode)));
  }

  private static void check(Path file, InetSocketAddress server, FixtureRun.Mode mode)
      throws IOException {
    List<String> differences = FixtureRun.run(file, server, mode);
    assertThat(differences.isEmpty()).as("%s", String.join("\n\n", differences)).isTrue();
  }

  private static InetSocketAddress address(String hostAndPort) {
    int colon = hostAndPort.lastIndexOf(':');
    return new InetSocketAddress(
        hostAndPort.substring(0, colon), Integer.parseInt(hostAndPort.substring(colon + 1)));
  }
}
