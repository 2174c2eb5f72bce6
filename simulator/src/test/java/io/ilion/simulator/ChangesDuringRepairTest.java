package io.ilion.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.ilion.coordinator.repair.RepairRun;
import io.ilion.coordinator.repair.Repairs;
import io.ilion.model.Consistency;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.protocol.Result;
import io.ilion.runtime.simulated.LinkFaults;
import io.ilion.server.config.Settings;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is dropped, truncated or altered while a repair of its keyspace is on its way. */
class ChangesDuringRepairTest {
  private static final LinkFaults SLOW = new LinkFaults(100_000_000, 100_000_000, 0, 0, 0, true);

  private final SimulatedCluster cluster =
      new SimulatedCluster(
          5, 3, Defect.NONE, usual -> usual.with(Settings.AUTO_REPAIR_ENABLED, false));
  private final SimulatedServer server = cluster.servers().get(0);
  private final SimulatedClient client = new SimulatedClient(cluster, 0);

  @BeforeEach
  void start() {
    cluster.startAll();
    cluster.world().until(cluster::isServing);
    ok(
        "CREATE KEYSPACE k WITH replication ="
            + " {'class': 'SimpleStrategy', 'replication_factor': 3}");
    for (String table : List.of("a", "b", "c")) {
      ok("CREATE TABLE k.%s (p int PRIMARY KEY, v int)".formatted(table));
      ok("INSERT INTO k.%s (p, v) VALUES (1, 1)".formatted(table));
    }
  }

  private void ok(String cql) {
    assertThat(cluster.world().await(client.execute(server, cql, Consistency.ALL)))
        .as(cql)
        .isInstanceOf(Result.class);
  }

  /** Begins a repair of all tables, which comes as far as it is to. */
  private RepairRun repairUntil(String step) {
    KeyspaceDefinition keyspace = server.core().schema().keyspace("k");
    cluster.setLinks(() -> SLOW);
    RepairRun run =
        server
            .core()
            .repairs()
            .begin(
                new Repairs.Request(
                    keyspace, List.copyOf(keyspace.tables().values()), List.of(), false, false));
    cluster.world().until(() -> run.step().equals(step));
    return run;
  }

  private void assertAllIsRepaired(RepairRun run) {
    assertThat(cluster.world().await(run.outcome()).ranges()).isPositive();
    assertThat(run.rangesDone()).isEqualTo(run.ranges());
  }

  @Test
  void aTableThatIsDroppedIsLeftOut() {
    RepairRun run = repairUntil("comparing k.b");
    ok("DROP TABLE k.b");
    assertAllIsRepaired(run);
  }

  @Test
  void aTableThatIsTruncatedIsLeftOut() {
    RepairRun run = repairUntil("comparing k.b");
    ok("TRUNCATE k.b");
    assertAllIsRepaired(run);
  }

  @Test
  void aTableThatIsDroppedBeforeItsTurnIsNotAskedFor() {
    RepairRun run = repairUntil("comparing k.a");
    Set<String> steps = new HashSet<>();
    run.onProgress(() -> steps.add(run.step()));
    ok("DROP TABLE k.c");
    assertAllIsRepaired(run);
    assertThat(steps).contains("comparing k.b").doesNotContain("comparing k.c");
  }

  /** Who has been no replica in between has what the others have purged. */
  @Test
  void aKeyspaceWhoseReplicationIsAlteredIsNotRepairedByTheFormerReplicas() {
    RepairRun run = repairUntil("comparing k.b");
    ok(
        "ALTER KEYSPACE k WITH replication ="
            + " {'class': 'SimpleStrategy', 'replication_factor': 2}");
    assertThat(catchThrowable(() -> cluster.world().await(run.outcome())))
        .isInstanceOf(CompletionException.class)
        .hasRootCauseMessage("the replication of k was altered: repair it again");
  }
}
