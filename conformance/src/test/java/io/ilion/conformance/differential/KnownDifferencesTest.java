package io.ilion.conformance.differential;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class KnownDifferencesTest {
  @Test
  void eachIsListedWithAnExample() throws IOException {
    List<String> page = Files.readAllLines(Path.of("DIFFERENCES.md"));
    for (KnownDifferences known : KnownDifferences.values()) {
      String reason = known.reason();
      if (reason != null) {
        String first = reason.substring(0, 1).toUpperCase(Locale.ROOT);
        assertThat(page).contains("## " + first + reason.substring(1));
      }
    }
  }
}
