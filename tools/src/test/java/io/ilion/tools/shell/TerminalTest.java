package io.ilion.tools.shell;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.server.Node;
import io.ilion.tools.PseudoTerminal;
import io.ilion.tools.TestNode;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.net.ServerSocketFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The shell on a real pseudo-terminal. */
class TerminalTest {
  @TempDir private static Path directory;
  private static Node node;

  @BeforeAll
  static void start() throws IOException {
    node = Node.start(TestNode.settings(directory.resolve("data")));
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
  void whatIsTooWideIsScrolledSideways() throws Exception {
    play(
        """
        expect ilion>
        send select * from system.local;\\r
        expect broadcast_address
        expect q ends
        send \\x1bOC
        send \\x1bOC
        expect host_id
        send \\x1bOC\\x1bOC\\x1bOC\\x1bOC\\x1bOC\\x1bOC
        expect schema_version
        send q
        expect ilion>
        send select key from system.local;\\r
        expect (1 rows)
        expect ilion>
        send \\x04
        """);
  }

  @Test
  void rowsAreTypedUntilADot() throws Exception {
    play(
        """
        expect ilion>
        send create keyspace typed with replication = {'class': 'SimpleStrategy', 'replication_factor': 1};\\r
        expect ilion>
        send create table typed.t (k int primary key, v text);\\r
        expect ilion>
        send copy typed.t from stdin;\\r
        expect [Use . on a line by itself to end input]
        expect [copy]
        send 1,one; two\\r
        expect [copy]
        send 2,!\\r
        expect [copy]
        send .\\r
        expect 2 rows imported
        expect ilion>
        send copy typed.t from stdin;\\r
        expect [copy]
        send 3,three\\r
        expect [copy]
        send \\x03
        expect Cancelled
        expect ilion>
        send copy typed.t from stdin;\\r
        expect [copy]
        send \\x04
        expect 0 rows imported
        expect ilion>
        send select * from typed.t;\\r
        expect one; two
        expect (2 rows)
        expect ilion>
        send copy typed.t from stdin;\\r
        expect [copy]
        send four,4\\r
        expect [copy]
        send .\\r
        expect completed with errors
        expect k: 'four' is no int
        expect ilion>
        send copy typed.t to stdout;\\r
        expect 1,one; two
        expect ilion>
        send \\x04
        """);
    assertThat(Files.readString(directory.resolve("history"))).doesNotContain("three");
  }

  @Test
  void whatIsDescribedIsNotCutOff() throws Exception {
    play(
        """
        expect ilion>
        send describe table system.local\\r
        expect q ends
        send G
        expect target_sstable_size
        send q
        expect ilion>
        send \\x04
        """);
  }

  @Test
  void aDumbTerminalIsPrintedOn() throws Exception {
    InetSocketAddress address = node.nativeAddress();
    List<String> where = List.of(address.getHostString(), Integer.toString(address.getPort()));
    Process process =
        start(
            """
            term dumb
            show
            expect ilion>
            send select * from system_schema.columns;\\r
            expect rows)
            expect ilion>
            send exit\\r
            """,
            where,
            directory);
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as("%s", said).isZero();
    assertThat(said).doesNotContain("q ends");
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

  @Test
  void whoLogsInIsAskedForThePasswordAndSeenInThePrompt() throws Exception {
    try (FrontServer front = front(ServerSocketFactory.getDefault())) {
      List<String> ann = List.of("127.0.0.1", "" + front.port(), "-u", "ann");
      assertThat(run("expect Password for ann:\nsend wrong\\r\n", ann))
          .contains("Provided username ann and/or password are incorrect")
          .contains("CQL_PASSWORD")
          .doesNotContain("ann@ilion>");
      play(
          """
          expect Password for ann:
          send secret\\r
          expect ann@ilion>
          send login bob\\r
          expect Password for bob:
          send wrong\\r
          expect Provided username bob and/or password are incorrect
          expect ann@ilion>
          send select key from system.local;\\r
          expect (1 rows)
          expect ann@ilion>
          send login bob\\r
          expect Password for bob:
          send \\x03
          expect nobody logged in
          expect ann@ilion>
          send use system;\\r
          expect ann@ilion:system>
          send login bob\\r
          expect Password for bob:
          send hidden\\r
          expect bob@ilion:system>
          send login ann 'secret'\\r
          expect ann@ilion:system>
          send select key from local;\\r
          expect (1 rows)
          expect ann@ilion:system>
          send \\x04
          """,
          ann);
    }
    assertThat(Files.readString(directory.resolve("history")))
        .contains("select key from local;")
        .doesNotContain("secret", "hidden", "wrong");
  }

  @Test
  void theFilesOfCqlshSayWhereHowAndAsWhom() throws Exception {
    TestCertificate certificate = TestCertificate.make(directory);
    try (FrontServer front = front(certificate.context().getServerSocketFactory())) {
      Path home = Files.createDirectories(directory.resolve("home/.cassandra")).getParent();
      Files.writeString(
          home.resolve(".cassandra/cqlshrc"),
          """
          ; as people have it
          [authentication]
          keyspace = system
          credentials = ~/.cassandra/mine
          [connection]
          hostname = 127.0.0.1
          port = %d
          ssl = true
          [ssl]
          certfile = %s
          validate = true
          [ui]
          color = off
          time_format = %%Y
          timezone = UTC
          """
              .formatted(front.port(), certificate.pem()));
      Files.writeString(
          home.resolve(".cassandra/mine"),
          "[PlainTextAuthProvider]\nusername = ann\npassword = secret\n");
      play(
          """
          expect ann@ilion:system>
          send select totimestamp(maxtimeuuid('2021-05-06')) as t from local;\\r
          expect 2021
          expect (1 rows)
          expect ann@ilion:system>
          send \\x04
          """,
          List.of(),
          home);
    }
  }

  @Test
  void whoIsNotTrustedIsNotTalkedTo() throws Exception {
    TestCertificate certificate = TestCertificate.make(directory);
    try (FrontServer front = front(certificate.context().getServerSocketFactory())) {
      List<String> flags = List.of("127.0.0.1", "" + front.port(), "-u", "ann", "-p", "secret");
      List<String> trusting = new ArrayList<>(flags);
      trusting.addAll(List.of("--ssl", "--tls-ca", certificate.pem().toString()));
      play("expect ann@ilion>\nsend exit\\r\n", trusting);
      List<String> doubting = new ArrayList<>(flags);
      doubting.add("--ssl");
      assertThat(run("", doubting)).contains("TLS: ").contains("--tls-ca");
    }
  }

  @Test
  void ctrlCGivesUpWhatRunsOrIsTyped() throws Exception {
    try (FrontServer front = front(ServerSocketFactory.getDefault())) {
      Path file =
          Files.writeString(
              directory.resolve("two.cql"),
              "select key from system.local where key = %s;\nselect cluster_name from system.local;\n"
                  .formatted(FrontServer.HELD));
      play(
          """
          expect ann@ilion>
          send select key from system.local where key = %1$s;\\r
          expect %1$s;
          wait 0.3
          send \\x03
          expect Cancelled.
          expect ann@ilion>
          send source '%2$s'\\r
          expect source
          wait 0.3
          send \\x03
          expect Cancelled.
          expect ann@ilion>
          send select key\\r
          expect ...
          send from nowhere\\x03
          expect ann@ilion>
          send select release_version from system.local;\\r
          expect release_version
          expect (1 rows)
          expect ann@ilion>
          send history\\r
          expect ann@ilion>
          send \\x04
          """
              .formatted(FrontServer.HELD, file),
          List.of("127.0.0.1", "" + front.port(), "-u", "ann", "-p", "secret"));
    }
    assertThat(Files.readString(directory.resolve("history"))).doesNotContain("nowhere");
  }

  private static FrontServer front(ServerSocketFactory sockets) throws IOException {
    return new FrontServer(node.nativeAddress(), Map.of("ann", "secret", "bob", "hidden"), sockets);
  }

  private static void play(String steps) throws IOException, InterruptedException {
    InetSocketAddress address = node.nativeAddress();
    play(steps, List.of(address.getHostString(), Integer.toString(address.getPort())));
  }

  private static void play(String steps, List<String> arguments)
      throws IOException, InterruptedException {
    play(steps, arguments, directory);
  }

  private static void play(String steps, List<String> arguments, Path home)
      throws IOException, InterruptedException {
    Process process = start(steps, arguments, home);
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as("%s", said).isZero();
  }

  /** Plays a session that ends by itself with an error, and gives all that was shown. */
  private static String run(String steps, List<String> arguments)
      throws IOException, InterruptedException {
    Process process = start(steps + "show\n", arguments, directory);
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as("%s", said).isEqualTo(1);
    return said;
  }

  private static Process start(String steps, List<String> arguments, Path home) throws IOException {
    List<String> words = new ArrayList<>(List.of("shell"));
    words.addAll(arguments);
    return PseudoTerminal.start(
        directory,
        steps,
        words,
        Map.of("CQL_HISTORY", directory.resolve("history").toString(), "HOME", home.toString()));
  }
}
