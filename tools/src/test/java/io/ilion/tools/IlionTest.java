package io.ilion.tools;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.server.config.Setting;
import io.ilion.server.config.Settings;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

class IlionTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Test
  void theVersionIsTheBuilds() {
    assertThat(run(Map.of(), "--version")).isZero();
    assertThat(out.toString()).matches("ilion \\d+\\.\\d+\\.\\d+\\R");
  }

  @Test
  void theHelpOfStartListsEverySetting() {
    assertThat(run(Map.of(), "start", "--help")).isZero();
    for (Setting<?> setting : Settings.all()) {
      assertThat(out.toString()).contains(setting.flag() + "=", "[" + setting.name() + "]");
    }
  }

  @Test
  void aWrongCommandOrFlagIsNamedWithWhatWouldBeRight() {
    assertThat(run(Map.of(), "strat")).isEqualTo(2);
    assertThat(err.toString()).contains("strat").contains("start");
    assertThat(run(Map.of(), "start", "--natve-port", "1")).isEqualTo(2);
    assertThat(err.toString()).contains("--natve-port").contains("--native-port");
  }

  @Test
  void aWrongSettingIsOneLine() {
    assertThat(run(Map.of(), "start", "--lanes=none")).isEqualTo(2);
    assertThat(err.toString())
        .isEqualToNormalizingNewlines(
            "ilion: flag --lanes is 'none'; expected a whole number from 1 to 256.\n");
  }

  @Test
  void aMissingFileOfSettingsIsNamed() {
    assertThat(run(Map.of("ILION_CONFIG", "/nowhere/i.yaml"), "start")).isEqualTo(2);
    assertThat(err.toString()).contains("/nowhere/i.yaml: there is no such file");
  }

  @Test
  void whatIsWrongWithTheDataOfANodeIsOneLine(@TempDir Path data) throws IOException {
    Files.createDirectories(data.resolve("data/shop-book-0123"));
    assertThat(run(Map.of(), "start", "--data", data.toString(), "--http-port=-1")).isEqualTo(1);
    assertThat(err.toString())
        .isEqualToNormalizingNewlines(
            "ilion: this node has data of the table shop.book but no metadata: put its directory"
                + " 'metadata' back, or begin with a data directory that is empty\n");
  }

  @Test
  void completionKnowsEveryCommand() {
    assertThat(run(Map.of(), "completion", "bash")).isZero();
    assertThat(out.toString()).contains("shell", "start", "--stop-on-error", "--format");
    assertThat(run(Map.of(), "completion", "zsh")).isZero();
    assertThat(out.toString()).contains("bashcompinit");
    assertThat(run(Map.of(), "completion", "fish")).isEqualTo(2);
    assertThat(err.toString()).contains("there is bash and zsh");
  }

  @Test
  void theShellExplainsItselfWithExamples() {
    assertThat(run(Map.of(), "shell", "--help")).isZero();
    assertThat(out.toString()).contains("Examples:", "--keyspace", "Exit codes");
  }

  /**
   * Examples that are broken in two cannot be copied; a summary is a whole sentence. Whatever can
   * be run shows how.
   */
  @Test
  void helpFitsATerminal() {
    assertHelpFits(Ilion.commandLine(Map.of()));
  }

  private static void assertHelpFits(CommandLine command) {
    CommandSpec spec = command.getCommandSpec();
    for (String line : spec.usageMessage().footer()) {
      boolean isExample = line.startsWith("  ");
      assertThat(isExample ? line.replace("%%", "%").length() : 0)
          .as("%s: %s", spec.qualifiedName(), line)
          .isLessThanOrEqualTo(79);
    }
    String[] description = spec.usageMessage().description();
    assertThat(description).as(spec.qualifiedName()).isNotEmpty();
    // The first line is what the help of the command above says of this one.
    assertThat(description[0]).as(spec.qualifiedName()).matches("[A-Z].*[.]|[a-z].*[^,;]");
    if (command.getSubcommands().isEmpty() && !spec.usageMessage().hidden()) {
      assertThat(spec.findOption("--help")).as(spec.qualifiedName()).isNotNull();
      assertThat(spec.usageMessage().footerHeading()).as(spec.qualifiedName()).contains("Examples");
      assertThat(spec.usageMessage().footer())
          .as(spec.qualifiedName())
          .anyMatch(line -> line.matches("  .*" + spec.qualifiedName() + "( .*|$)"));
    }
    command.getSubcommands().values().forEach(IlionTest::assertHelpFits);
  }

  private int run(Map<String, String> environment, String... args) {
    CommandLine ilion = Ilion.commandLine(environment);
    ilion.setOut(new PrintWriter(out, true));
    ilion.setErr(new PrintWriter(err, true));
    return ilion.execute(args);
  }
}
