package io.ilion.tools.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ProgressTest {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
  private long now;

  @Test
  void onATerminalALineIsWrittenOver() {
    Progress progress = new Progress(out, Style.of(true, false, 8), () -> now, 100);
    progress.update(() -> "one");
    progress.update(() -> "too early");
    now = 100;
    progress.update(() -> "longer than the line");
    progress.finish("done");
    progress.update(() -> "too late");
    assertThat(text()).isEqualTo("\r\u001b[Kone\r\u001b[Klonger \r\u001b[Kdone\n");
  }

  @Test
  void elsewhereLinesFollowOneAnother() {
    try (Progress progress = new Progress(out, Style.PLAIN, () -> now, 100)) {
      progress.update(() -> "too early");
      now = 100;
      progress.update(() -> "one");
      progress.say("a warning");
    }
    assertThat(text()).isEqualTo("one\na warning\n");
  }

  @Test
  void aDumbTerminalIsWrittenToLineByLine() {
    String before = System.setProperty("ilion.terminals", "012");
    try {
      Map<String, String> dumb = Map.of("TERM", "dumb");
      assertThat(Style.of(Style.Stream.ERR, dumb, null).isTerminal()).isFalse();
      assertThat(Style.of(Style.Stream.ERR, dumb, null).isColoured()).isFalse();
      assertThat(Style.of(Style.Stream.ERR, Map.of("TERM", "xterm"), null).isTerminal()).isTrue();
    } finally {
      if (before == null) {
        System.clearProperty("ilion.terminals");
      } else {
        System.setProperty("ilion.terminals", before);
      }
    }
  }

  @Test
  void figuresAreMadeForPeople() {
    assertThat(Progress.bar(0.5, 4)).isEqualTo("██  ");
    assertThat(Progress.bar(0.3, 4)).isEqualTo("█▎  ");
    assertThat(Progress.bar(7, 4)).isEqualTo("████");
    assertThat(Progress.duration(Duration.ofSeconds(192))).isEqualTo("3 min 12 s");
    assertThat(Progress.count(1_234_567)).isEqualTo("1,234,567");
  }

  private String text() {
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
