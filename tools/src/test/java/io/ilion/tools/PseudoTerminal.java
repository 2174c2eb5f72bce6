package io.ilion.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The command as a process on a real pseudo-terminal, which Python makes. */
public final class PseudoTerminal {
  private PseudoTerminal() {}

  /**
   * Starts a session; its output is what terminal.py prints.
   *
   * @param directory for the file of steps
   * @param steps what is sent and expected, as terminal.py has it
   * @param words the command and what follows it
   * @param environment what is set beside what this process has
   */
  public static Process start(
      Path directory, String steps, List<String> words, Map<String, String> environment)
      throws IOException {
    Path file = Files.writeString(directory.resolve("steps"), steps);
    List<String> command =
        new ArrayList<>(
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
                "io.ilion.tools.Ilion"));
    command.addAll(words);
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().putAll(environment);
    return builder.redirectErrorStream(true).start();
  }

  /** Plays a session that ends with a code. */
  static void play(Path directory, String steps, List<String> words, int code)
      throws IOException, InterruptedException {
    Process process = start(directory, steps, words, Map.of());
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as("%s", said).isEqualTo(code);
  }
}
