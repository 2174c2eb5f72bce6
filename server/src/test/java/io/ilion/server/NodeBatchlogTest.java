package io.ilion.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.model.Consistency;
import io.ilion.protocol.Response;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** What becomes of the batches that nodes keep for others. */
class NodeBatchlogTest {
  private static final long SECOND = CoreCluster.SECOND;

  /** Whoever has it too may be lost, and this one next. */
  @Test
  void whatAnEarlierRunKeptIsCompletedSoonAfterTheNodeServes() throws IOException {
    CoreCluster run = new CoreCluster(1, 3, 3);
    // Both others keep the batch, and nobody hears of it.
    for (int keeper = 1; keeper < 3; keeper++) {
      run.world.network().cut(run.machines.get(keeper).address(), run.machines.get(0).address());
    }
    Response unanswered =
        run.ask(
            0,
            "BEGIN BATCH INSERT INTO k.t (k, v) VALUES (1000, 1);"
                + " INSERT INTO k.t (k, v) VALUES (1001, 1) APPLY BATCH",
            Consistency.QUORUM);
    assertThat(unanswered.toString()).contains("WRITE_TIMEOUT").contains("BATCH_LOG");
    run.end(0);
    for (int keeper = 1; keeper < 3; keeper++) {
      assertThat(rows(run, keeper, "SELECT id FROM system.batches")).isEqualTo(1);
      run.end(keeper);
    }
    run.world.network().heal();
    run.world.run(5 * SECOND);
    for (int keeper = 1; keeper < 3; keeper++) {
      run.begin(keeper);
    }
    for (int keeper = 1; keeper < 3; keeper++) {
      run.world.await(run.cores.get(keeper).started());
    }
    run.world.run(3 * SECOND);
    for (int key = 1000; key < 1002; key++) {
      assertThat(rows(run, 1, "SELECT v FROM k.t WHERE k = " + key)).as("row %d", key).isEqualTo(1);
    }
  }

  private static int rows(CoreCluster run, int index, String select) {
    return SimulatedCore.rows(run.ask(index, select, Consistency.ONE)).size();
  }
}
