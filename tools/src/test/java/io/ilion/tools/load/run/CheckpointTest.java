package io.ilion.tools.load.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ilion.tools.console.ToolException;
import io.ilion.tools.load.format.Chunk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointTest {
  @TempDir Path folder;

  private static Chunk chunk(int file, long start, int length) {
    return new Chunk(file, new byte[length], 0, length, start, start / 10 + 1, length / 10, null);
  }

  @Test
  void aSecondRunKnowsWhatTheFirstHasDone() throws IOException {
    Path file = folder.resolve("checkpoint");
    try (Checkpoint first = Checkpoint.open(file, "abc", false)) {
      assertThat(first.isResumed()).isFalse();
      first.loaded(chunk(0, 100, 100), 10);
      first.loaded(chunk(0, 0, 100), 9, 1, new long[] {30, 70});
      first.loaded(chunk(0, 300, 100), 10);
      first.loaded(chunk(2, 0, 50), 5);
    }
    // The process was killed while it wrote a line.
    Files.writeString(file, "0 400 5", StandardOpenOption.APPEND);
    try (Checkpoint second = Checkpoint.open(file, "abc", false)) {
      assertThat(second.isResumed()).isTrue();
      assertThat(second.loadedBefore()).isEqualTo(34);
      assertThat(second.badBefore()).isEqualTo(1);
      assertThat(second.badLengths()).containsExactly(30, 70);
      assertThat(second.watermark(0, 0)).containsExactly(200, 21);
      assertThat(second.watermark(1, 0)).isNull();
      assertThat(second.isLoaded(chunk(0, 300, 100))).isTrue();
      assertThat(second.isLoaded(chunk(0, 200, 100))).isFalse();
      second.loaded(chunk(0, 200, 100), 10);
      second.done();
    }
    try (Checkpoint third = Checkpoint.open(file, "abc", false)) {
      assertThat(third.watermark(0, 0)).containsExactly(400, 41);
      assertThat(third.isFinished()).isTrue();
    }
  }

  @Test
  void twoDoNotLoadByOneCheckpoint() throws IOException {
    Path file = folder.resolve("checkpoint");
    try (Checkpoint first = Checkpoint.open(file, "abc", false)) {
      first.loaded(chunk(0, 0, 100), 10);
      assertThatThrownBy(() -> Checkpoint.open(file, "abc", true))
          .isInstanceOf(ToolException.class)
          .hasMessageContaining("another process");
    }
    try (Checkpoint second = Checkpoint.open(file, "abc", false)) {
      assertThat(second.loadedBefore()).isEqualTo(10);
    }
    try (Checkpoint anew = Checkpoint.open(file, "abd", true)) {
      assertThat(anew.isResumed()).isFalse();
    }
  }

  @Test
  void anotherLoadIsRefused() throws IOException {
    Path file = folder.resolve("checkpoint");
    Checkpoint.open(file, "abc", false).close();
    assertThatThrownBy(() -> Checkpoint.open(file, "abd", false))
        .isInstanceOf(ToolException.class)
        .hasMessageContaining("another load");
    Files.writeString(file, "0 x\n", StandardOpenOption.APPEND);
    assertThatThrownBy(() -> Checkpoint.open(file, "abc", false))
        .isInstanceOf(ToolException.class)
        .hasMessageContaining("damaged");
  }
}
