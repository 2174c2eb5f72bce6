package io.ilion.tools.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ilion.model.Consistency;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class ConnectionOptionsTest {
  @TempDir private Path home;

  @Test
  void flagsWinOverTheEnvironmentAndThatOverFiles() throws IOException {
    write("cqlshrc", "[connection]\nhostname = filed\nport = 1\nrequest_timeout = 7\n");
    assertThat(options(Map.of()).contactPoints()).containsExactly(node("filed", 1));
    assertThat(options(Map.of()).requestTimeout()).isEqualTo(Duration.ofSeconds(7));
    Map<String, String> set = Map.of("CQLSH_HOST", "set", "CQLSH_PORT", "2");
    assertThat(options(set).contactPoints()).containsExactly(node("set", 2));
    assertThat(options(set, "--host", "a,b:4,[::1]:5,::2", "--port", "3").contactPoints())
        .containsExactly(node("a", 3), node("b", 4), node("::1", 5), node("::2", 3));
  }

  @Test
  void withoutAnythingThisMachineIsAsked() {
    assertThat(options(Map.of()).contactPoints()).containsExactly(node("127.0.0.1", 9042));
    assertThat(options(Map.of()).user()).isNull();
  }

  @Test
  void credentialsComeFromAFileOrTheEnvironment() throws IOException {
    write("credentials", "; mine\n[PlainTextAuthProvider]\nusername = ann\npassword: secret\n");
    assertThat(options(Map.of()).user()).isEqualTo("ann");
    assertThat(options(Map.of("CQL_USERNAME", "bob")).user()).isEqualTo("bob");
    assertThat(options(Map.of("CQL_USERNAME", "bob"), "-u", "eve").user()).isEqualTo("eve");
  }

  @Test
  void timesHaveUnits() {
    assertThat(options(Map.of(), "--request-timeout", "500ms").requestTimeout())
        .isEqualTo(Duration.ofMillis(500));
    assertThat(options(Map.of(), "--connect-timeout", "2.5").connectTimeout())
        .isEqualTo(Duration.ofMillis(2500));
    assertThatThrownBy(options(Map.of(), "--connect-timeout", "soon")::connectTimeout)
        .isInstanceOf(ToolException.class)
        .hasMessage("--connect-timeout soon: expected a time such as 5s or 500ms");
  }

  @Test
  void levelsAreNamedInAnyCase() {
    assertThat(options(Map.of(), "--cl", "local_quorum").consistency())
        .isEqualTo(Consistency.LOCAL_QUORUM);
    assertThatThrownBy(options(Map.of(), "--cl", "most")::consistency)
        .hasMessage("--consistency most: there is no such consistency level");
  }

  @Test
  void whereNobodyListensAHintSaysWhatToDo() throws IOException {
    int free;
    try (ServerSocket socket = new ServerSocket(0)) {
      free = socket.getLocalPort();
    }
    assertThatThrownBy(() -> options(Map.of(), "--port", "" + free).connect())
        .isInstanceOfSatisfying(
            ToolException.class,
            e -> {
              assertThat(e)
                  .hasMessage("cannot connect to 127.0.0.1:" + free + ": connection refused");
              assertThat(e.hint()).contains("ilion start");
              assertThat(e.exitCode()).isEqualTo(1);
            });
  }

  private void write(String name, String text) throws IOException {
    Path directory = Files.createDirectories(home.resolve(".cassandra"));
    Files.writeString(directory.resolve(name), text);
  }

  private ConnectionOptions options(Map<String, String> environment, String... args) {
    Map<String, String> all = new java.util.HashMap<>(environment);
    all.put("HOME", home.toString());
    ConnectionOptions options = new ConnectionOptions(all);
    new CommandLine(
            CommandLine.Model.CommandSpec.create()
                .addMixin("c", CommandLine.Model.CommandSpec.forAnnotatedObject(options)))
        .parseArgs(args);
    return options;
  }

  private static InetSocketAddress node(String host, int port) {
    return InetSocketAddress.createUnresolved(host, port);
  }
}
