package io.ilion.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.simulator.Faults.Kind;
import io.ilion.simulator.Simulate.Plan;
import io.ilion.simulator.Simulation.Report;
import io.ilion.simulator.workload.Workload.Outcome;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Fixed seeds; {@code ilion simulate} runs fresh ones. */
class SimulationTest {
  private static final Plan ONE_NODE = Plan.all(1, 15);
  private static final Plan THREE_NODES = Plan.all(3, 5);
  private static final Plan FIVE_NODES = Plan.all(5, 10);

  private final Map<Kind, Integer> faults = new EnumMap<>(Kind.class);
  private final Map<String, Integer> done = new TreeMap<>();

  /** Together these seeds have every kind of fault and every workload. */
  @Test
  @Timeout(value = 4, unit = TimeUnit.MINUTES)
  void nothingIsLost() {
    run(ONE_NODE, 1, 8);
    run(THREE_NODES, 1, 10);
    run(FIVE_NODES, 1, 2);
    assertThat(faults.keySet()).containsExactlyInAnyOrder(Kind.values());
    assertThat(done.keySet()).containsExactlyInAnyOrderElementsOf(Simulate.workloadNames());
  }

  private void run(Plan plan, long first, long last) {
    for (long seed = first; seed <= last; seed++) {
      Report report = Simulate.run(seed, plan);
      assertThat(report.done()).as("operations done of seed %d", seed).isGreaterThan(100);
      report.faults().forEach((kind, count) -> faults.merge(kind, count, Integer::sum));
      report
          .outcomes()
          .forEach((name, ended) -> done.merge(name, ended.get(Outcome.DONE), Integer::sum));
    }
  }

  /**
   * Another process has another salt in {@code Set.of} and {@code Map.of}, and other hash codes of
   * objects that have none of their own.
   */
  @Test
  void aSeedReplaysARunInAnotherProcess() throws IOException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:+UnlockExperimentalVMOptions",
                "-XX:hashCode=0",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                Hashes.class.getName())
            .redirectError(Redirect.INHERIT)
            .start();
    List<Long> here = Hashes.hashes();
    List<Long> there;
    try (BufferedReader lines = process.inputReader()) {
      there =
          lines
              .lines()
              .filter(line -> line.startsWith(Hashes.HASH))
              .map(line -> Long.valueOf(line.substring(Hashes.HASH.length())))
              .toList();
    }
    assertThat(there).isEqualTo(here);
    assertThat(here).doesNotHaveDuplicates();
  }

  /** Prints the hashes of some runs. */
  static final class Hashes {
    private static final String HASH = "hash ";

    private Hashes() {}

    static List<Long> hashes() {
      return Stream.of(3, 4, 5).map(seed -> Simulate.run(seed, THREE_NODES).hash()).toList();
    }

    /** Runs them. */
    public static void main(String[] arguments) {
      hashes().forEach(hash -> System.out.println(HASH + hash));
    }
  }
}
