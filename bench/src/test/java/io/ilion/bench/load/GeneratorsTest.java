package io.ilion.bench.load;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.ilion.bench.load.generate.Draw;
import io.ilion.bench.load.generate.Generator;
import io.ilion.bench.load.generate.Generators;
import io.ilion.bench.load.generate.Hash;
import io.ilion.bench.load.generate.Records;
import io.ilion.bench.load.generate.Stamp;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GeneratorsTest {
  private static final int DRAWS = 100_000;

  private static Generator of(String text) {
    return new Generators(7, new Records(1000, 0, 1)).of(text, "here");
  }

  private static List<Object> values(Generator generator, int count) {
    List<Object> values = new ArrayList<>();
    Draw draw = new Draw();
    for (int i = 0; i < count; i++) {
      values.add(generator.value(draw.of(i)));
    }
    return values;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "uniform(1, 100)",
        "zipf(1000)",
        "hotspot(1000, 0.1, 0.9)",
        "exponential(10)",
        "blob(3, 30)",
        "vector(8, real(-1, 1))",
        "timeuuid(1767225600000)",
        "text(3, 30)",
        "words(5)",
        "uuid()",
        "choose('a', 2, 3.5)",
        "weighted('a', 1, 'b', 9)",
        "list(uniform(0, 3), text(2))",
        "set(4, uniform(0, 9))",
        "map(3, text(1), real(0, 1))",
        "null_or(0.5, normal(0, 1))",
        "concat('x', hash(cycle(), 10), '-', scramble(cycle(), 77))"
      })
  void theSameSeedGivesTheSameValues(String text) {
    List<Object> first = values(of(text), 200);
    // Arrays are compared by what is in them.
    assertThat(values(of(text), 200)).usingRecursiveComparison().isEqualTo(first);
    List<Object> others = values(new Generators(8, new Records(1000, 0, 1)).of(text, "here"), 200);
    assertThat(others).usingRecursiveComparison().isNotEqualTo(first);
  }

  @Test
  void aNamedOneIsTheSameWhereverItIsUsed() {
    Generators generators = new Generators(7, new Records(0, 0, 1));
    generators.define("n", "uniform(0, 1000000)");
    Generator first = generators.of("add(n, 0)", "one place");
    Generator second = generators.of("n", "another place");
    assertThat(values(first, 100)).isEqualTo(values(second, 100));
  }

  @Test
  void zipfFollowsItsLaw() {
    int[] counts = counts("zipf(1000, 1.2)", 1000);
    double sum = 0;
    for (int k = 1; k <= 1000; k++) {
      sum += Math.pow(k, -1.2);
    }
    for (int k : List.of(1, 2, 3, 10, 100)) {
      double share = Math.pow(k, -1.2) / sum;
      double deviation = Math.sqrt(share / DRAWS);
      assertThat(counts[k - 1] / (double) DRAWS)
          .as("rank %d", k)
          .isCloseTo(share, within(5 * deviation));
    }
  }

  @Test
  void aHotSpotHasItsShare() {
    int[] counts = counts("hotspot(1000, 0.1, 0.9)", 1000);
    int hot = Arrays.stream(counts, 0, 100).sum();
    assertThat(hot / (double) DRAWS).isCloseTo(0.9, within(5 * Math.sqrt(0.09 / DRAWS)));
    // Within each part none is preferred.
    assertEven(Arrays.copyOfRange(counts, 0, 100));
    assertEven(Arrays.copyOfRange(counts, 100, 1000));
    assertEven(counts("hotspot(1000, 1, 0)", 1000));
    assertThat(Arrays.stream(counts("hotspot(1000, 0.1, 1)", 1000), 100, 1000).sum()).isZero();
  }

  private static int[] counts(String text, int most) {
    Generator generator = of(text);
    int[] counts = new int[most];
    Draw draw = new Draw();
    for (int i = 0; i < DRAWS; i++) {
      counts[(int) generator.number(draw.of(i))]++;
    }
    return counts;
  }

  /** By the sum of squares, which scatters as that of chance does. */
  private static void assertEven(int[] counts) {
    double mean = Arrays.stream(counts).average().orElseThrow();
    double squares = Arrays.stream(counts).mapToDouble(each -> (each - mean) * (each - mean)).sum();
    int degrees = counts.length - 1;
    assertThat(squares / mean).isCloseTo(degrees, within(5 * Math.sqrt(2.0 * degrees)));
  }

  @Test
  void exponentialFollowsItsLaw() {
    double[] values =
        values(of("exponential(10)"), DRAWS).stream().mapToDouble(each -> (double) each).toArray();
    assertThat(Arrays.stream(values).min().orElseThrow()).isNotNegative();
    double within = 5 * Math.sqrt(0.25 / DRAWS);
    for (double share : new double[] {0.1, 0.5, 0.9}) {
      double bound = -10 * Math.log(1 - share);
      long below = Arrays.stream(values).filter(each -> each < bound).count();
      assertThat(below / (double) DRAWS).as("below %s", bound).isCloseTo(share, within(within));
    }
  }

  @Test
  void aSequenceGoesRound() {
    assertThat(values(of("sequence(3)"), 7)).containsExactly(0L, 1L, 2L, 0L, 1L, 2L, 0L);
    assertThat(values(of("sequence()"), 3)).containsExactly(0L, 1L, 2L);
    // The elements of a list have numbers of their own, which may be negative.
    assertThat(values(of("list(50, sequence(3))"), 1))
        .allSatisfy(
            list ->
                assertThat((List<?>) list).allMatch(each -> (long) each >= 0 && (long) each < 3));
  }

  @Test
  void blobsHaveTheirLengths() {
    Set<Integer> lengths = new HashSet<>();
    int[] bytes = new int[256];
    for (Object each : values(of("blob(3, 30)"), 2000)) {
      byte[] blob = (byte[]) each;
      lengths.add(blob.length);
      for (byte one : blob) {
        bytes[one & 0xff]++;
      }
    }
    assertThat(lengths).hasSize(28).allMatch(length -> length >= 3 && length <= 30);
    assertEven(bytes);
    assertThat(values(of("blob(5)"), 3)).allMatch(each -> ((byte[]) each).length == 5);
  }

  @Test
  void aTimeuuidIsOfItsTime() {
    List<Object> values = values(of("timeuuid(add(1767225600000, cycle()))"), 1000);
    assertThat(values).doesNotHaveDuplicates();
    for (int i = 0; i < values.size(); i++) {
      UUID each = (UUID) values.get(i);
      assertThat(each.version()).isEqualTo(1);
      assertThat(each.variant()).isEqualTo(2);
      // In steps of 100 ns since 15 October 1582.
      assertThat(each.timestamp() / 10_000 - 12_219_292_800_000L).isEqualTo(1767225600000L + i);
    }
  }

  @Test
  void aVectorHasItsNumbers() {
    for (Object each : values(of("vector(8, real(-1, 1))"), 100)) {
      List<?> vector = (List<?>) each;
      assertThat(vector).hasSize(8).doesNotHaveDuplicates();
      assertThat(vector).allMatch(one -> (double) one >= -1 && (double) one < 1);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 10, 1000, 4096, 5000})
  void scrambleIsAPermutation(long count) {
    Generator scrambled = of("scramble(cycle(), " + count + ")");
    Set<Long> seen = new HashSet<>();
    Draw draw = new Draw();
    for (long i = 0; i < count; i++) {
      seen.add(scrambled.number(draw.of(i)));
    }
    assertThat(seen).hasSize((int) count).allMatch(number -> number >= 0 && number < count);
  }

  @Test
  void valuesHaveTheirTypes() {
    assertThat(values(of("timestamp('2026-01-01T00:00:00Z', 1000)"), 1))
        .containsExactly(Instant.parse("2026-01-01T00:00:01Z"));
    assertThat(values(of("date('2026-01-31', 1)"), 1))
        .containsExactly(LocalDate.parse("2026-02-01"));
    assertThat(values(of("concat('user', 5)"), 1)).containsExactly("user5");
    assertThat(values(of("text(12)"), 1)).allMatch(text -> ((String) text).length() == 12);
    assertThat(values(of("mod(-1, 10)"), 1)).containsExactly(9L);
  }

  @Test
  void aStampTellsWhatItBelongsTo() {
    for (int length = Stamp.LEAST_LENGTH; length < 100; length++) {
      byte[] stamp = Stamp.of(17, 1234, length).getBytes(UTF_8);
      assertThat(stamp).hasSize(length);
      assertThat(version(stamp, 17)).isEqualTo(1234);
      assertThat(version(stamp, 18)).isEqualTo(-1);
      for (int i = 0; i < stamp.length; i++) {
        byte[] damaged = stamp.clone();
        damaged[i] ^= 1;
        assertThat(version(damaged, 17)).as("%d damaged at %d", length, i).isEqualTo(-1);
      }
      byte[] shorter = Arrays.copyOfRange(stamp, 1, length);
      assertThat(version(shorter, 17)).isEqualTo(-1);
    }
    assertThat(version(Stamp.of(-1, Long.MAX_VALUE, 50).getBytes(UTF_8), -1))
        .isEqualTo(Long.MAX_VALUE);
  }

  private static long version(byte[] stamp, long key) {
    // What lies behind a text in its array does not belong to it.
    return Stamp.version(Arrays.copyOf(stamp, stamp.length + 9), stamp.length, key);
  }

  /** The same text as one makes it character by character. */
  @Test
  void lettersFollowFromTheBits() {
    for (long number = -50; number < 50; number++) {
      long seed = Hash.mix(number);
      String stamp = Stamp.of(number, seed, 34 + 77);
      long state = Hash.mix(number, seed);
      StringBuilder expected = new StringBuilder();
      while (expected.length() < 77) {
        for (int i = 0; i < 12 && expected.length() < 77; i++) {
          expected.append("abcdefghijklmnopqrstuvwxyz123456".charAt((int) (state >>> 5 * i) & 31));
        }
        state = Hash.mix(state + 1);
      }
      assertThat(stamp.substring(34)).as("%d", number).isEqualTo(expected.toString());
    }
  }

  @Test
  void newKeysFollowTheRecords() {
    Generators generators = new Generators(1, new Records(1000, 0, 1));
    Generator keys = generators.of("new_key()", "here");
    assertThat(values(keys, 3)).containsExactly(1000L, 1001L, 1002L);
    Generator latest = generators.of("latest()", "there");
    assertThat(values(latest, 100)).allMatch(key -> (long) key <= 1002);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          uniform(1          | character 10: expected ',' or ')'
          uniform(1, 2) 3    | character 15: expected nothing more
          uniform(1)         | uniform(low, high) was given 1 arguments
          unifrom(1, 2)      | there is no function unifrom()
          nothing            | there is no generator 'nothing'
          concat('a          | expected the end of the text that begins at character 8
          1.2.3              | character 1: expected a number
          stamp(10)          | it has to be from 42 to
          hotspot(10, 2, 1)  | argument 2 has to be from 0 to 1
          zipf(0)            | it has to be from 1 to
          date('1.1.26', 1)  | is no day such as '2026-01-31'
          #                  | expected a function, a name, a number or a text
          """)
  void aWrongExpressionIsAnErrorThatSaysWhere(String text, String message) {
    assertThatThrownBy(() -> of(text).value(new Draw().of(0)))
        .isInstanceOf(BenchException.class)
        .hasMessageStartingWith("here: ")
        .hasMessageContaining(message);
  }

  @Test
  void whatNeedsItselfIsAnError() {
    Generators generators = new Generators(1, new Records(0, 0, 1));
    generators.define("a", "add(b, 1)");
    generators.define("b", "add(a, 1)");
    assertThatThrownBy(() -> generators.of("a", "here")).hasMessageContaining("need each other");
  }

  @Test
  void nestingIsBounded() {
    String deep = "add(1, ".repeat(10_000) + "1" + ")".repeat(10_000);
    assertThatThrownBy(() -> of(deep)).hasMessageContaining("no more than 50 functions");
  }
}
