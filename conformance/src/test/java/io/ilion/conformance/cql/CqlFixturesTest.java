package io.ilion.conformance.cql;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.conformance.server.ServerProcess;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Runs the fixture files against a node of ours, started for it. {@code -Dilion.target=HOST:PORT}
 * names another that runs, {@code -Dilion.referee=HOST:PORT} Apache Cassandra. With {@code
 * -Dilion.record=true} the answers are written down: all of Cassandra's, and of ours those that
 * differ for a given reason. {@code -Dilion.fixtures=PREFIX} picks files.
 */
class CqlFixturesTest {
  private static ServerProcess own;

  @AfterAll
  static void stop() {
    if (own != null) {
      own.close();
      own = null;
    }
  }

  @TestFactory
  Stream<DynamicTest> fixtures() throws IOException {
    String referee = System.getProperty("ilion.referee");
    String target = System.getProperty("ilion.target");
    boolean record = Boolean.getBoolean("ilion.record");
    FixtureRun.Mode mode;
    if (referee != null) {
      mode = record ? FixtureRun.Mode.RECORD_REFEREE : FixtureRun.Mode.REFEREE;
    } else {
      mode = record ? FixtureRun.Mode.RECORD_OURS : FixtureRun.Mode.OURS;
    }
    InetSocketAddress server = server(referee != null ? referee : target);
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

  private static InetSocketAddress server(String hostAndPort) throws IOException {
    if (hostAndPort == null) {
      // The names of the peer's data centre and rack stand in some answers.
      own = ServerProcess.start("--dc", "datacenter1", "--rack", "rack1");
      return own.address();
    }
    int colon = hostAndPort.lastIndexOf(':');
    return new InetSocketAddress(
        hostAndPort.substring(0, colon), Integer.parseInt(hostAndPort.substring(colon + 1)));
  }
}
