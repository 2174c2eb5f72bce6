package io.ilion.conformance.durability;

import io.ilion.conformance.server.ServerProcess;
import org.junit.jupiter.api.Test;

/** What was acknowledged survives {@code kill -9}; {@link KillSoak} does the same for longer. */
class KillTest {
  private static final int CYCLES = 2;

  @Test
  void whatWasAcknowledgedIsThereAfterEachKill() throws Exception {
    KillCycles cycles = new KillCycles(Long.getLong("ilion.seed", 20261121));
    try (ServerProcess node = ServerProcess.start(KillCycles.options())) {
      for (int i = 0; i < CYCLES; i++) {
        cycles.cycle(node, 1_500_000_000L);
      }
      cycles.compare(node);
    }
  }
}
