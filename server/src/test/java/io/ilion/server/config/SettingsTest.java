package io.ilion.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
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

  @Test
  void aChangedValueChangesNothingElse() {
    Config config = Config.defaults(3);

    Config changed = config.with(Settings.RACK, "r7");

    assertThat(changed.get(Settings.RACK)).isEqualTo("r7");
    assertThat(config.get(Settings.RACK)).isEqualTo("rack1");
    assertThat(changed.get(Settings.LANES)).isEqualTo(3);
  }
}
