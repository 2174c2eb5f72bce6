package io.ilion.runtime.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class BackgroundThreadsTest {
  /** The nineteenth field of the line, behind the name in parentheses, is the thread's nice. */
  private static int nice() throws IOException {
    String line = Files.readString(Path.of("/proc/thread-self/stat"));
    return Integer.parseInt(line.substring(line.lastIndexOf(')') + 2).split(" ")[16]);
  }

  @Test
  void onlyTheThreadThatAsksGivesWay() throws Exception {
    assumeTrue(Files.exists(Path.of("/proc/thread-self/stat")));
    int before = nice();
    CompletableFuture<Integer> other = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              BackgroundThreads.giveWay();
              try {
                other.complete(nice());
              } catch (IOException e) {
                other.completeExceptionally(e);
              }
            });
    thread.start();
    assertThat(other.get()).isEqualTo(Math.min(19, before + 3));
    assertThat(nice()).isEqualTo(before);
  }
}
