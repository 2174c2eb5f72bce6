package io.ilion.tools.console;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.tools.console.Style.Stream;
import io.ilion.tools.console.Style.Tone;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class StyleTest {
  private static final String TERMINALS = "ilion.terminals";

  private String before;

  /** As the launcher says of a command whose result goes to a file. */
  @BeforeEach
  void onlyErrorsGoToATerminal() {
    before = System.getProperty(TERMINALS);
    System.setProperty(TERMINALS, "02");
  }

  @AfterEach
  void restore() {
    if (before == null) {
      System.clearProperty(TERMINALS);
    } else {
      System.setProperty(TERMINALS, before);
    }
  }

  private static String error(Map<String, String> environment, Boolean wanted) {
    return Style.of(Stream.ERR, environment, wanted).paint(Tone.ERROR, "x");
  }

  @Test
  void noColorIsObeyed() {
    assertThat(error(Map.of(), null)).isEqualTo("\u001b[1;31mx\u001b[0m");
    assertThat(error(Map.of("NO_COLOR", "1"), null)).isEqualTo("x");
    assertThat(Style.of(Stream.ERR, Map.of("NO_COLOR", "1"), null).isTerminal()).isTrue();
    // It counts if it is set to something, and a flag comes before it.
    assertThat(error(Map.of("NO_COLOR", ""), null)).contains("\u001b");
    assertThat(error(Map.of("NO_COLOR", "1"), true)).contains("\u001b");
    assertThat(error(Map.of(), false)).isEqualTo("x");
  }

  @Test
  void onlyATerminalThatHasColoursGetsThem() {
    assertThat(Style.of(Stream.OUT, Map.of(), null).isColoured()).isFalse();
    assertThat(Style.of(Stream.OUT, Map.of(), null).isTerminal()).isFalse();
    assertThat(error(Map.of("TERM", "dumb"), null)).isEqualTo("x");
    assertThat(Style.of(Stream.ERR, Map.of("TERM", "dumb"), null).isTerminal()).isFalse();
  }
}
