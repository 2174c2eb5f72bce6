package io.ilion.tools;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ilion.server.config.Config;
import io.ilion.server.config.ConfigException;
import io.ilion.server.config.ConfigLoader;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StartCommandTest {
  private static final long MIB = 1 << 20;

  private static Config memory(String text) {
    return ConfigLoader.load(2, null, Map.of(), Map.of("--memory", text));
  }

  @Test
  void aHeapThatTheMemoryDoesNotFitIntoIsRefused() {
    assertThatThrownBy(() -> StartCommand.checkHeap(memory("4G"), 768 * MIB))
        .isInstanceOf(ConfigException.class)
        .hasMessageContainingAll("4096 MiB", "3072 MiB", "768 MiB", "memory: 4G");
  }

  @Test
  void aLittleLessIsWhatTheVirtualMachineKeepsForItself() {
    assertThatCode(() -> StartCommand.checkHeap(memory("4G"), 2960 * MIB))
        .doesNotThrowAnyException();
    assertThatCode(() -> StartCommand.checkHeap(memory("256MiB"), 8192 * MIB))
        .doesNotThrowAnyException();
  }
}
