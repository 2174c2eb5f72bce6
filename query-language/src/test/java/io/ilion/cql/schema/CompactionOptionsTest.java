package io.ilion.cql.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ilion.model.CqlException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;

/** Options with what Apache Cassandra 5.0.8 makes of them. */
class CompactionOptionsTest {
  private static final String PACKAGE = "org.apache.cassandra.db.compaction.";

  /** Lines of the resource: class, then names and values, then the answer; separated by tabs. */
  private static List<String> lines() {
    try (InputStream in = CompactionOptionsTest.class.getResourceAsStream("compaction.txt")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String answer(Map<String, String> options) {
    try {
      Map<String, String> read = CompactionOptions.read(options, Map.of());
      assertThat(read).containsAllEntriesOf(withFullName(options));
      return "ok";
    } catch (CqlException e) {
      return e.getMessage();
    }
  }

  private static Map<String, String> withFullName(Map<String, String> options) {
    Map<String, String> full = new TreeMap<>(options);
    full.computeIfPresent("class", (name, value) -> value.contains(".") ? value : PACKAGE + value);
    return full;
  }

  @Test
  void everyOptionIsCheckedAsCassandraDoes() {
    SoftAssertions soft = new SoftAssertions();
    for (String line : lines()) {
      List<String> parts = Arrays.asList(line.split("\t", -1));
      Map<String, String> options = new LinkedHashMap<>();
      for (int i = 0; i + 2 < parts.size(); i += 2) {
        options.put(parts.get(i), parts.get(i + 1));
      }
      soft.assertThat(answer(options)).describedAs("%s", options).isEqualTo(parts.getLast());
    }
    soft.assertAll();
  }

  /** Some options are not looked at, and the storage engine has no room for just anything. */
  @Test
  void valuesThatAreTooLongAreRefused() {
    for (int length : new int[] {1_000, 1_001, 70_000}) {
      String value = "x".repeat(length);
      Map<String, String> compaction =
          Map.of(
              "class", "LeveledCompactionStrategy",
              "only_purge_repaired_tombstones", value,
              "single_sstable_uplevel", value);
      String nine = "0".repeat(length - 1) + "9";
      Map<String, String> compression =
          Map.of("class", "LZ4Compressor", "lz4_high_compressor_level", nine);
      if (length == 1_000) {
        assertThat(CompactionOptions.read(compaction, Map.of())).containsValue(value);
        assertThat(CompressionOptions.read(compression, Map.of())).containsValue(nine);
        continue;
      }
      assertThatThrownBy(() -> CompactionOptions.read(compaction, Map.of()))
          .isInstanceOf(CqlException.class)
          .hasMessageContaining("in 'compaction' has " + length + " characters");
      assertThatThrownBy(() -> CompressionOptions.read(compression, Map.of()))
          .isInstanceOf(CqlException.class)
          .hasMessageContaining("'lz4_high_compressor_level' in 'compression' has " + length);
    }
  }

  @Test
  void thresholdsAreFilledInWhereTheyCount() {
    assertThat(CompactionOptions.read(Map.of("class", "LeveledCompactionStrategy"), Map.of()))
        .isEqualTo(
            Map.of(
                "class",
                PACKAGE + "LeveledCompactionStrategy",
                "max_threshold",
                "32",
                "min_threshold",
                "4"));
    assertThat(CompactionOptions.read(Map.of("class", "UnifiedCompactionStrategy"), Map.of()))
        .isEqualTo(Map.of("class", PACKAGE + "UnifiedCompactionStrategy"));
    assertThat(CompactionOptions.read(null, Map.of("a", "b"))).isEqualTo(Map.of("a", "b"));
  }
}
