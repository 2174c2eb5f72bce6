package io.ilion.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class SettingsTest {

  @Test
  void namesAndFlagsAreUnique() {
    assertThat(Settings.all()).extracting(Setting::name).doesNotHaveDuplicates();
    assertThat(Settings.all()).extracting(Setting::flag).doesNotHaveDuplicates();
  }

  @Test
  void everyValueReadsBackAsItIsPrinted() {
    Config config = Config.defaults(3);
    StringBuilder yaml = new StringBuilder();
    config.asText().forEach((name, value) -> yaml.append(name + ": '" + value + "'\n"));

    Config read =
        ConfigLoader.load(
            3, new ConfigLoader.Source("ilion.yaml", yaml.toString()), Map.of(), Map.of());

    for (Setting<?> setting : Settings.all()) {
      assertThat((Object) read.get(setting)).as(setting.name()).isEqualTo(config.get(setting));
    }
  }

  /** With {@code -Dilion.record=true} the file is written. */
  @Test
  void theReferenceFileIsTheTable() throws IOException {
    Path file = Path.of("../docs/ilion.yaml");
    if (Boolean.getBoolean("ilion.record")) {
      Files.writeString(file, SettingsReference.text());
    }
    assertThat(file).hasContent(SettingsReference.text());
  }

  @Test
  void theReferenceFileSetsWhatItShows() {
    String uncommented =
        SettingsReference.text()
            .lines()
            .filter(line -> line.matches("#[a-z_]+: [^ #].*"))
            .map(line -> line.substring(1))
            .collect(Collectors.joining("\n"));

    Config read =
        ConfigLoader.load(3, new ConfigLoader.Source("y", uncommented), Map.of(), Map.of());

    assertThat(read.asText()).isEqualTo(Config.defaults(3).asText());
    assertThat(uncommented.lines().count()).isGreaterThan(Settings.all().size() / 2);
  }

  @Test
  void aChangedValueChangesNothingElse() {
    Config config = Config.defaults(3);

    Config changed = config.with(Settings.RACK, "r7");

    assertThat(changed.get(Settings.RACK)).isEqualTo("r7");
    assertThat(config.get(Settings.RACK)).isEqualTo("rack1");
    assertThat(changed.get(Settings.LANES)).isEqualTo(3);
  }
}
