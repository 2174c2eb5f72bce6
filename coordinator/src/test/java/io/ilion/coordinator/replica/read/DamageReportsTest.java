package io.ilion.coordinator.replica.read;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.runtime.simulated.SimulatedWorld;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class DamageReportsTest {
  private static final long SECOND = 1_000_000_000L;

  private final SimulatedWorld world = new SimulatedWorld(1);
  private final List<String> lines = new ArrayList<>();
  private final DamageReports reports =
      new DamageReports(world.addNode().start(1).scheduler().lane(0), lines::add);

  @Test
  void aFileHasOneLineHoweverOftenItIsMet() {
    for (int i = 0; i < 5_000; i++) {
      reports.met("n/data/a is damaged at offset " + (i / 100) * 8192 + ": the bytes there");
    }
    reports.met("n/data/b is damaged at offset 7: the bytes there");
    assertThat(lines).isEmpty();
    world.run(20 * SECOND);
    assertThat(lines)
        .containsExactly(
            "n/data/a is damaged at offset 0: the bytes there; met 5000 times",
            "n/data/b is damaged at offset 7: the bytes there; met 1 times");
    world.run(60 * SECOND);
    assertThat(lines).hasSize(2);
    reports.met("n/data/b is damaged at offset 7: the bytes there");
    world.run(20 * SECOND);
    assertThat(lines).hasSize(3);
  }

  @Test
  void filesAreBounded() {
    for (int i = 0; i < 10_000; i++) {
      reports.met("n/data/" + i + " is damaged at offset 1: the bytes there");
    }
    world.run(20 * SECOND);
    assertThat(lines).hasSize(101);
    assertThat(lines.getLast()).endsWith("met 9900 times");
  }
}
