package io.ilion.tools.shell;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.server.Node;
import io.ilion.server.config.Config;
import io.ilion.server.config.Settings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The shell on a real pseudo-terminal, which Python makes. */
class TerminalTest {
  @TempDir private static Path directory;
  private static Node node;

  @BeforeAll
  static void start() throws IOException {
    node =
        Node.start(
            Config.defaults(2)
                .with(Settings.DATA_DIRECTORY, directory.resolve("data").toString())
                .with(Settings.NATIVE_TRANSPORT_PORT, 0)
                .with(Settings.NATIVE_SHARD_AWARE_TRANSPORT_PORT, 0)
                .with(Settings.MEMORY, 512L << 20));
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  @Test
  void whatIsTypedIsCompletedEditedRememberedAndPaged() throws Exception {
    play(
        """
        expect Use HELP for help.
        expect ilion>
        send sel\\t
        expect select
        send * from system.loc\\t
        expect local
        send wh\\t
        expect where
        send ke\\t
        expect key
        send \\x03
        expect ilion>
        send select key\\r
        expect ...
        send from system.local;\\r
        expect local
        expect (1 rows)
        expect ilion>
        send \\x1bOA
        expect from system.local;
        send \\r
        expect (1 rows)
        send use system;\\r
        expect ilion:system>
        send select * from lo\\t
        expect local
        send \\x03
        expect ilion:system>
        send select * from system_schema.columns;\\r
        expect clustering_order
        expect q ends
        send q
        expect ilion:system>
        send selec nonsense;\\r
        expect SyntaxException
        expect ^
        expect ilion:system>
        send \\x04
        """);
    assertThat(Files.readString(directory.resolve("history")))
        .contains("use system;")
        .contains("select key");
  }

  @Test
  void coloursAndPasswordsAreTakenCareOf() throws Exception {
    play(
        """
        expect ilion>
        send alter role x with password = 'secret';\\r
        expect ilion>
        send help keys\\r
        expect Ctrl-C
        send exit\\r
        """);
    assertThat(Files.readString(directory.resolve("history")))
        .contains("help keys")
        .doesNotContain("secret");
  }

  private static void play(String steps) throws IOException, InterruptedException {
    Path file = Files.writeString(directory.resolve("steps"), steps);
    ProcessBuilder builder =
        new ProcessBuilder(
            List.of(
                "python3",
                "src/test/python/terminal.py",
                file.toString(),
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-Dilion.terminals=012",
                "-cp",
                System.getProperty("java.class.path"),
                "io.ilion.tools.Ilion",
                "shell",
                node.nativeAddress().getHostString(),
                Integer.toString(node.nativeAddress().getPort())));
    builder.environment().put("CQL_HISTORY", directory.resolve("history").toString());
    builder.environment().put("HOME", directory.toString());
    Process process = builder.redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as("%s", said).isZero();
  }
}
