package io.ilion.conformance.durability;

import io.ilion.conformance.server.ServerProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Kills a node that was started by {@code ./ilion start} for {@code -Dilion.soak.seconds} (120). It
 * runs only when named: {@code -Dtest=KillSoak}. {@code -Dilion.seed} says which operations; when
 * they meet the kill is chance.
 */
class KillSoak {
  private static final long MOST_NANOS = 8_000_000_000L;

  @Test
  void whatWasAcknowledgedIsThereAfterEachKill() throws Exception {
    long seed = Long.getLong("ilion.seed", System.nanoTime());
    long end = System.nanoTime() + Long.getLong("ilion.soak.seconds", 120) * 1_000_000_000L;
    KillCycles cycles = new KillCycles(seed);
    List<String> command = List.of(home().resolve("ilion").toString(), "start");
    try (ServerProcess node = ServerProcess.launch(command, List.of(KillCycles.options()))) {
      while (System.nanoTime() < end) {
        cycles.cycle(node, MOST_NANOS);
        System.out.println("seed " + seed + ": " + cycles);
      }
      cycles.compare(node);
    }
  }

  private static Path home() {
    Path at = Path.of("").toAbsolutePath();
    while (!Files.isExecutable(at.resolve("ilion"))) {
      at = at.getParent();
    }
    return at;
  }
}
