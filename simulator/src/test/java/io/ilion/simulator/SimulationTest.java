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
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Fixed seeds; {@code ilion simulate} runs fresh ones. */
class SimulationTest {
  private static final Plan ONE_NODE = Plan.all(1, 15);
  private static final Plan THREE_NODES = Plan.all(3, 5);
  private static final Plan FIVE_NODES =
      new Plan(
          5,
          10,
          EnumSet.of(Kind.JOIN, Kind.LEAVE, Kind.REPLACE, Kind.REMOVE),
          Simulate.workloadNames());

  private final Map<Kind, Integer> faults = new EnumMap<>(Kind.class);
  private final Map<String, Integer> done = new TreeMap<>();
  private final List<Shape> shapes = new ArrayList<>();

  /**
   * Together these seeds have every kind of fault and every workload, and nodes in several racks
   * and data centres. Some are run in another process too, which has another salt in {@code Set.of}
   * and {@code Map.of}, and other hash codes of objects that have none of their own: nothing may
   * depend on these.
   */
  @Test
  @Timeout(value = 15, unit = TimeUnit.MINUTES)
  void nothingIsLostAndASeedReplaysARun() throws IOException {
    Process another =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:+UnlockExperimentalVMOptions",
                "-XX:hashCode=0",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                Replays.class.getName())
            .redirectError(Redirect.INHERIT)
            .start();
    run(ONE_NODE, 1, 8);
    List<Long> hashes = run(THREE_NODES, 1, 10);
    run(FIVE_NODES, 6, 6);
    run(FIVE_NODES, 26, 26);
    run(FIVE_NODES, 30, 30);
    assertThat(faults.keySet()).containsExactlyInAnyOrder(Kind.values());
    assertThat(done.keySet()).containsExactlyInAnyOrderElementsOf(Simulate.workloadNames());
    assertThat(shapes).anyMatch(shape -> shape.factors().size() == 1 && shape.racks() > 1);
    for (Shape.Levels levels : EnumSet.of(Shape.Levels.AT_HOME, Shape.Levels.EVERYWHERE)) {
      assertThat(shapes).anyMatch(shape -> shape.factors().size() > 1 && shape.levels() == levels);
    }
    try (BufferedReader lines = another.inputReader()) {
      assertThat(lines.lines().filter(line -> line.startsWith(Replays.HASH)))
          .isEqualTo(hashes.stream().limit(Replays.SEEDS).map(h -> Replays.HASH + h).toList());
    }
    assertThat(hashes).doesNotHaveDuplicates();
  }

  private List<Long> run(Plan plan, long first, long last) {
    List<Long> hashes = new ArrayList<>();
    for (long seed = first; seed <= last; seed++) {
      Report report = Simulate.run(seed, plan);
      assertThat(report.done()).as("operations done of seed %d", seed).isGreaterThan(100);
      hashes.add(report.hash());
      shapes.add(report.shape());
      report.faults().forEach((kind, count) -> faults.merge(kind, count, Integer::sum));
      report
          .outcomes()
          .forEach((name, ended) -> done.merge(name, ended.get(Outcome.DONE), Integer::sum));
    }
    return hashes;
  }

  /** Prints the hashes of some runs. */
  static final class Replays {
    private static final String HASH = "hash ";
    private static final int SEEDS = 3;

    private Replays() {}

    /** Runs them. */
    public static void main(String[] arguments) {
      for (long seed = 1; seed <= SEEDS; seed++) {
        System.out.println(HASH + Simulate.run(seed, THREE_NODES).hash());
      }
    }
  }
}
