package io.ilion.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** What TAB does in a real zsh and bash, on a pseudo-terminal; nothing where there is none. */
class CompletionTest {
  @ParameterizedTest
  @ValueSource(strings = {"zsh -f -i", "bash --norc --noprofile -i"})
  void commandsFlagsAndValuesAreCompleted(String shell, @TempDir Path home) throws Exception {
    List<String> command =
        new ArrayList<>(List.of("python3", "src/test/python/terminal.py", home + "/steps"));
    command.addAll(List.of(shell.split(" ")));
    String name = command.get(3);
    assumeTrue(isInstalled(name), name + " is not installed");
    StringWriter script = new StringWriter();
    CommandLine ilion = Ilion.commandLine(Map.of());
    ilion.setOut(new PrintWriter(script));
    assertThat(ilion.execute("completion", name)).isZero();
    Path file = Files.writeString(home.resolve("completion"), script.toString());
    Files.writeString(
        home.resolve("steps"),
        """
        wait 0.5
        send PS1='ready> ' ; LISTMAX=0\\r
        expect ready>
        send source %s\\r
        expect ready>
        send ilion adm\\t
        expect ilion admin
        send \\x15
        send ilion shell --no-\\t\\t
        expect --no-color
        expect --no-pager
        send \\x15
        send ilion sstable \\t\\t
        expect verify
        send \\x15
        send ilion shell --format \\t\\t
        expect json
        send \\x15
        send ilion bench run --populate \\t\\t
        expect only
        send \\x15
        send ilion bench run time\\t
        expect time-series
        send \\x15
        send ilion load --consistency EACH\\t
        expect EACH_QUORUM
        send \\x15exit\\r
        """
            .formatted(file));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("HOME", home.toString());
    Process process = builder.redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as("%s", said).isZero();
  }

  private static boolean isInstalled(String shell) {
    try (Stream<String> directories = Stream.of(System.getenv("PATH").split(":"))) {
      return directories.anyMatch(directory -> Files.isExecutable(Path.of(directory, shell)));
    }
  }
}
