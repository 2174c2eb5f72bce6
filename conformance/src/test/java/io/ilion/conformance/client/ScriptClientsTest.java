package io.ilion.conformance.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.conformance.server.ServerProcess;
import io.ilion.conformance.server.ServerUnderTest;
import io.ilion.conformance.server.TestCertificates;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs the scenarios of the Python and the Node.js driver, each script once, and reports each of
 * its scenarios as a test. What they need is installed by {@code .ci/run}; if it is missing, that
 * is a failure which says so.
 */
class ScriptClientsTest {
  private static final Path PYTHON = Path.of("/usr/bin/python3");
  private static final long LIMIT_SECONDS = 180;

  @TestFactory
  Stream<DynamicTest> python() throws IOException, InterruptedException {
    requirePython();
    return run(ServerUnderTest.address(), PYTHON.toString(), "clients/python/scenarios.py");
  }

  /** All of it by TLS, with a node that demands a certificate of its clients. */
  @TestFactory
  Stream<DynamicTest> pythonEncrypted(@TempDir Path directory) throws Exception {
    requirePython();
    TestCertificates certificates = TestCertificates.make(directory);
    try (ServerProcess server = ServerProcess.start(List.of(), certificates.serverOptions())) {
      return run(
          server.address(),
          PYTHON.toString(),
          "clients/python/scenarios.py",
          certificates.authority().toString(),
          certificates.client().toString());
    }
  }

  private static void requirePython() throws IOException, InterruptedException {
    assertThat(PYTHON).as("Debian's python3, which .ci/run installs").isExecutable();
    require(
        "the Debian packages python3-cassandra, python3-lz4 and python3-snappy, which .ci/run"
            + " installs",
        PYTHON.toString(),
        "-c",
        "import cassandra, lz4.block, snappy");
  }

  @TestFactory
  Stream<DynamicTest> nodejs() throws IOException, InterruptedException {
    require("Node.js, which .ci/run installs", "node", "--version");
    assertThat(Path.of("clients/nodejs/node_modules/cassandra-driver"))
        .as("the Node.js driver, which .ci/run installs (npm ci in conformance/clients/nodejs)")
        .isDirectory();
    return run(ServerUnderTest.address(), "node", "clients/nodejs/scenarios.js");
  }

  /** The README's first example answers its questions, on a part of its records. */
  @Test
  void firstExample() throws IOException, InterruptedException {
    InetSocketAddress server = ServerUnderTest.address();
    Output output =
        execute(
            List.of(
                PYTHON.toString(),
                "../docs/examples/packages.py",
                server.getAddress().getHostAddress(),
                Integer.toString(server.getPort()),
                "3000"));
    assertThat(output.exitCode).as("%s", output.text).isZero();
    assertThat(output.text)
        .contains("writes in")
        .containsPattern("section = 'games' LIMIT 3\\R   name = ")
        .containsPattern("needed = 'libc6'\\R   count = [1-9]")
        .containsPattern("WHERE section = 'games'\\R   packages = [1-9]\\d*, bytes = [1-9]");
  }

  private static void require(String what, String... command)
      throws IOException, InterruptedException {
    Output output;
    try {
      output = execute(List.of(command));
    } catch (IOException e) {
      throw new AssertionError("This test needs " + what, e);
    }
    assertThat(output.exitCode).as("This test needs %s:%n%s", what, output.text).isZero();
  }

  private static Stream<DynamicTest> run(
      InetSocketAddress server, String interpreter, String script, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(interpreter, script));
    command.add(server.getAddress().getHostAddress());
    command.add(Integer.toString(server.getPort()));
    command.addAll(List.of(arguments));
    Output output = execute(command);
    List<DynamicTest> tests = new ArrayList<>();
    List<String> lines = output.text.lines().toList();
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      if (line.startsWith("ok ")) {
        tests.add(DynamicTest.dynamicTest(line.substring(3), () -> {}));
      } else if (line.startsWith("FAILED ")) {
        String rest = detail(lines.subList(i + 1, lines.size()));
        tests.add(
            DynamicTest.dynamicTest(
                line.substring(7),
                () -> {
                  throw new AssertionError(rest);
                }));
      }
    }
    tests.add(
        DynamicTest.dynamicTest(
            "the script ends well",
            () -> assertThat(output.exitCode).as("%s", output.text).isZero()));
    return tests.stream();
  }

  private static String detail(List<String> lines) {
    return String.join(
        "\n",
        lines.stream().takeWhile(l -> !l.startsWith("ok ") && !l.startsWith("FAILED ")).toList());
  }

  private static Output execute(List<String> command) throws IOException, InterruptedException {
    Path file = Files.createTempFile("ilion-client", ".txt");
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(file.toFile())
              .start();
      boolean ended = process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS);
      process.destroyForcibly().waitFor();
      String text = Files.readString(file, StandardCharsets.UTF_8);
      return ended
          ? new Output(process.exitValue(), text)
          : new Output(-1, text + "\n(not ended within " + LIMIT_SECONDS + " s)");
    } finally {
      Files.delete(file);
    }
  }

  private record Output(int exitCode, String text) {}
}
