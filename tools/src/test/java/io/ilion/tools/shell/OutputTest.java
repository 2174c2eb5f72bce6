package io.ilion.tools.shell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.ilion.tools.console.Style;
import io.ilion.tools.console.ToolException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is paged. */
class OutputTest {
  private final StringWriter screen = new StringWriter();
  private final List<String> paged = new ArrayList<>();
  private final Output output =
      new Output(
          new PrintWriter(screen),
          OutputStream.nullOutputStream(),
          new PrintWriter(screen),
          Style.PLAIN,
          Style.PLAIN,
          StandardCharsets.UTF_8);

  @Test
  void whatCannotBeCapturedIsAnError() {
    Path full = Path.of("/dev/full");
    assumeTrue(Files.exists(full), "there is no /dev/full");
    output.startCapture(full);
    assertThatThrownBy(() -> output.result(List.of("a row").iterator()))
        .isInstanceOf(ToolException.class)
        .hasMessageContaining("/dev/full");
    assertThat(output.capture()).isNull();
    output.result(List.of("another").iterator());
    assertThat(screen.toString()).isEqualTo("another\n");
  }

  @Test
  void aFileThatCannotBeMadeIsSaidToBeSo() {
    assertThatThrownBy(() -> output.startCapture(Path.of("/nowhere/at/all")))
        .isInstanceOf(ToolException.class)
        .hasMessage(
            "Could not open '/nowhere/at/all' for append: there is no such file or directory");
  }

  /** The rows of a table are scrolled sideways; somebody may copy what DESCRIBE says. */
  @Test
  void onlyTextGoesOnBelow() {
    List<Boolean> broken = new ArrayList<>();
    output.page((lines, wrapped) -> broken.add(wrapped), () -> 5, () -> 10);
    output.result(Collections.nCopies(9, "a row").iterator());
    output.text(Collections.nCopies(9, "a line").iterator());
    assertThat(broken).containsExactly(false, true);
  }

  @Test
  void linesCountAsTheScreenBreaksThem() {
    output.page((lines, wrapped) -> lines.forEachRemaining(paged::add), () -> 5, () -> 10);
    output.result(Collections.nCopies(4, "0123456789").iterator());
    assertThat(paged).isEmpty();
    output.result(Collections.nCopies(3, "0123456789x").iterator());
    assertThat(paged).hasSize(3);
    paged.clear();
    output.result(Collections.nCopies(4, "\u001b[31m012345678\u001b[0m").iterator());
    assertThat(paged).isEmpty();
    // Chinese is twice as wide.
    output.result(Collections.nCopies(3, "数据库数据库数据").iterator());
    assertThat(paged).hasSize(3);
  }
}
