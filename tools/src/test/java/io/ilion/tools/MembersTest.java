package io.ilion.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Processes that say that they serve, in the place of nodes. */
@Timeout(60)
class MembersTest {
  private final LinkedBlockingQueue<String> said = new LinkedBlockingQueue<>();
  private final Members members =
      new Members(
          2,
          Path.of("here"),
          number ->
              new ProcessBuilder(
                      List.of(
                          "sh", "-c", "echo serving CQL on 127.0.0." + number + ":9042; cat >&2"))
                  .start(),
          said::add);

  @AfterEach
  void stop() {
    members.stop(10);
  }

  private String next() throws InterruptedException {
    return said.poll(30, TimeUnit.SECONDS);
  }

  @Test
  void nodesAreEndedAndStartedOneByOne() throws Exception {
    members.start(1);
    assertThat(next()).isEqualTo("node 1: serving CQL on 127.0.0.1:9042");
    members.start(2);
    assertThat(next()).isEqualTo("node 2: serving CQL on 127.0.0.2:9042");

    members.command("kill 2");
    assertThat(next()).isEqualTo("node 2 has ended");
    members.command("STATUS");
    assertThat(next()).startsWith("node 1: serving on 127.0.0.1:9042, pid ");
    assertThat(next()).startsWith("node 2: ended with code 137");
    members.command("stop 2");
    assertThat(next()).isEqualTo("node 2 does not run");
    members.command("start 2");
    assertThat(next()).isEqualTo("node 2: serving CQL on 127.0.0.2:9042");
    members.command("restart 1");
    assertThat(next()).isEqualTo("node 1 has ended");
    assertThat(next()).isEqualTo("node 1: serving CQL on 127.0.0.1:9042");

    members.command("start 1");
    assertThat(next()).isEqualTo("node 1 runs already");
    members.command("kill 3");
    assertThat(next()).isEqualTo("there are nodes 1 to 2, and no '3'");
    members.command("kill");
    assertThat(next()).contains("kill N").contains("status");
    members.command("quit");
    assertThat(members.awaitEnd()).isTrue();
  }

  @Test
  void aNodeThatEndsByItselfIsAFailure() throws Exception {
    members.start(1);
    assertThat(next()).contains("serving");
    members.start(2);
    assertThat(next()).contains("serving");
    // What ends by itself is what nobody here has asked to end.
    members.command("status");
    for (int i = 0; i < 2; i++) {
      String pid = next().replaceFirst(".*pid (\\d+).*", "$1");
      ProcessHandle.of(Long.parseLong(pid)).orElseThrow().destroyForcibly();
    }
    assertThat(members.awaitEnd()).isFalse();
    assertThat(next()).contains("ended with code 137; see here/node");
  }
}
