package io.ilion.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ilion.gossip.NodeInfo;
import io.ilion.model.Consistency;
import io.ilion.protocol.Result;
import io.ilion.runtime.simulated.SimulatedFiles;
import io.ilion.server.operations.Operations;
import io.ilion.server.operations.Task;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What operators see of nodes that come and go, and can do about it. */
class MoveOperationsTest {
  private static final long SECOND = CoreCluster.SECOND;
  private static final int ROWS = 60;

  /** Of which rows of k.named a node has the values in its files. */
  private static Set<Integer> onDisk(CoreCluster run, int index) {
    run.run(index, "flush", Map.of("keyspace", "k"));
    SimulatedFiles files = run.machines.get(index).files();
    Set<Integer> found = new TreeSet<>();
    for (String path : files.paths()) {
      if (path.endsWith(".v1") && path.contains("/k-named-")) {
        String bytes = new String(files.bytes(path), StandardCharsets.ISO_8859_1);
        for (int key = 0; key < ROWS; key++) {
          if (bytes.contains("value of " + key + ".")) {
            found.add(key);
          }
        }
      }
    }
    return found;
  }

  private static Set<Integer> owned(CoreCluster run, int index) {
    Set<Integer> owned = new TreeSet<>();
    for (int key = 0; key < ROWS; key++) {
      if (run.has(index, key)) {
        owned.add(key);
      }
    }
    return owned;
  }

  private static void nameRows(CoreCluster run) {
    run.ask(
        0,
        "CREATE TABLE k.named (k int PRIMARY KEY, v text) WITH compression = {'enabled': false}",
        Consistency.ONE);
    for (int key = 0; key < ROWS; key++) {
      String row = "(" + key + ", 'value of " + key + ".')";
      assertThat(run.ask(0, "INSERT INTO k.named (k, v) VALUES " + row, Consistency.ALL))
          .isInstanceOf(Result.Void.class);
    }
  }

  @Test
  void aCleanupDropsWhatBelongsToOthers() throws IOException {
    CoreCluster run = new CoreCluster(1, 2, 1);
    nameRows(run);
    int newcomer = run.addMachine();
    run.world.await(run.begin(newcomer).started());
    int lost = 0;
    for (int index = 0; index < 2; index++) {
      Set<Integer> kept = onDisk(run, index);
      assertThat(kept).containsAll(owned(run, index));
      lost += kept.size() - owned(run, index).size();
    }
    assertThat(lost).isPositive();
    assertThat(onDisk(run, newcomer)).isEqualTo(owned(run, newcomer)).hasSize(lost);
    for (int index = 0; index < 2; index++) {
      assertThat(run.run(index, "cleanup", Map.of())).asString().contains("tables");
    }
    run.world.run(SECOND);
    for (int index : run.cores.keySet()) {
      assertThat(onDisk(run, index)).as("at %d", index).isEqualTo(owned(run, index));
    }
    run.expectAll(Consistency.ONE);
    // Nobody has rows of others any more, and all are in files.
    assertThat(run.expectEstimatesCoverTheRing())
        .isBetween(run.acknowledged.size() * 3L / 4, run.acknowledged.size() * 5L / 4);
  }

  @Test
  void aCleanupWaitsUntilNobodyMoves() throws IOException {
    CoreCluster run = new CoreCluster(1, 2, 1);
    nameRows(run);
    int newcomer = run.addMachine();
    SimulatedCore joining = run.begin(newcomer);
    run.world.until(() -> joining.core().mode() == NodeMode.JOINING);
    run.world.until(
        () ->
            run.cores.get(0).core().view().nodes().stream()
                .anyMatch(node -> node.state() == NodeInfo.State.JOINING));
    assertThatThrownBy(() -> run.run(0, "cleanup", Map.of()))
        .hasStackTraceContaining("a node is joining or leaving: clean up when it has");
    run.world.await(joining.started());
    run.expectAll(Consistency.ONE);
    run.world.run(SECOND);
    run.expectClientsKnow();
  }

  @Test
  void anImportDuringWhichSomebodyBeginsToMoveIsToBeRepeated() throws IOException {
    CoreCluster run = new CoreCluster(1, 2, 1);
    nameRows(run);
    Set<Integer> owned = onDisk(run, 0);
    SimulatedFiles files = run.machines.get(0).files();
    files.createDirectories("/elsewhere");
    files.paths().stream()
        .filter(path -> path.endsWith(".v1") && path.contains("/k-named-"))
        .forEach(
            path ->
                files.setBytes(
                    "/elsewhere" + path.substring(path.lastIndexOf('/')), files.bytes(path)));
    Map<String, ?> named =
        Map.of("keyspace", "k", "table", "named", "directories", List.of("/elsewhere"));
    assertThat(run.run(0, "import", named)).asString().contains("rows=" + owned.size());

    files.setLatency(SECOND, 2 * SECOND);
    Task slow = run.cores.get(0).core().operations().begin("import", named);
    SimulatedCore joining = run.begin(run.addMachine());
    assertThatThrownBy(() -> run.world.await(slow.outcome()))
        .hasStackTraceContaining("replicas moved meanwhile")
        .hasStackTraceContaining("import once more");
    files.setLatency(0, 0);
    run.world.await(joining.started());
    run.world.run(SECOND);
    assertThatThrownBy(() -> run.run(0, "import", named))
        .hasStackTraceContaining("which this node does not own");
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> netstats(CoreCluster run, int index) {
    return (Map<String, Object>) run.run(index, "netstats", Map.of());
  }

  private static long number(Map<?, ?> of, String name) {
    return ((Number) of.get(name)).longValue();
  }

  private static List<Map<?, ?>> handedOver(Map<String, Object> netstats) {
    List<Map<?, ?>> rows = new ArrayList<>();
    ((List<?>) netstats.get("handing_over")).forEach(row -> rows.add((Map<?, ?>) row));
    return rows;
  }

  private static long handed(CoreCluster run, int index, String name) {
    return handedOver(netstats(run, index)).stream().mapToLong(row -> number(row, name)).sum();
  }

  @Test
  void netstatsSaysHowFarANodeIsThatJoins() throws IOException {
    CoreCluster run = new CoreCluster(2, 3, 3);
    nameRows(run);
    int newcomer = run.addMachine();
    SimulatedCore joining = run.begin(newcomer);
    run.world.until(() -> joining.core().mode() == NodeMode.JOINING);
    List<Long> done = new ArrayList<>();
    while (!joining.started().toCompletableFuture().isDone()) {
      Map<String, Object> netstats = netstats(run, newcomer);
      Map<?, ?> receiving = (Map<?, ?>) netstats.get("receiving");
      if (netstats.get("mode").equals("JOINING")) {
        done.add(number(receiving, "ranges_done"));
        assertThat(done.getLast()).isLessThanOrEqualTo(number(receiving, "ranges"));
      }
      run.world.run(SECOND / 500);
    }
    assertThat(done).isSorted().first().isEqualTo(0L);
    assertThat(Set.copyOf(done)).as("it was seen on its way").hasSizeGreaterThan(2);
    run.world.run(SECOND);
    Map<String, Object> netstats = netstats(run, newcomer);
    assertThat(netstats).containsEntry("mode", "NORMAL");
    Map<?, ?> receiving = (Map<?, ?>) netstats.get("receiving");
    assertThat(number(receiving, "ranges_done")).isEqualTo(number(receiving, "ranges"));
    assertThat(number(receiving, "bytes") + number(receiving, "copied_bytes")).isPositive();
  }

  @Test
  void netstatsAndTheTaskSayHowFarANodeIsThatLeaves() throws IOException {
    CoreCluster run = new CoreCluster(3, 4, 3);
    nameRows(run);
    Task task = run.cores.get(3).core().operations().begin("decommission", Map.of());
    run.world.until(() -> run.cores.get(3).core().mode() == NodeMode.LEAVING);
    List<Long> done = new ArrayList<>();
    while (task.state() == Task.State.RUNNING) {
      Map<String, Object> netstats = netstats(run, 3);
      if (netstats.get("mode").equals("LEAVING")) {
        done.add(handed(run, 3, "ranges_done"));
        assertThat(done.getLast()).isLessThanOrEqualTo(handed(run, 3, "ranges"));
      }
      run.world.run(SECOND / 100);
    }
    assertThat(task.state()).isEqualTo(Task.State.DONE);
    assertThat(done).isSorted();
    assertThat(done.getLast()).isPositive().isEqualTo(handed(run, 3, "ranges"));
    assertThat(handedOver(netstats(run, 3)).stream().<Object>map(row -> row.get("address")))
        .containsExactlyInAnyOrder("127.0.0.1:7000", "127.0.0.2:7000", "127.0.0.3:7000");
    assertThat(netstats(run, 3)).containsEntry("mode", "DECOMMISSIONED");
    assertThat(task.toJson())
        .containsEntry("unit", "ranges")
        .containsEntry("done", done.getLast())
        .containsEntry("total", done.getLast());
  }

  @Test
  void aLeavingThatIsGivenUpChangesNothing() throws IOException {
    CoreCluster run = new CoreCluster(4, 4, 3);
    assertThatThrownBy(() -> run.run(0, "abort-move", Map.of()))
        .hasStackTraceContaining("no node is joining or leaving");
    // It cannot end: one of those is away who will own what the leaver has.
    run.end(3);
    Operations operations = run.cores.get(2).core().operations();
    Task task = operations.begin("decommission", Map.of());
    run.world.until(() -> run.cores.get(2).core().mode() == NodeMode.LEAVING);
    run.keepWriting(1);
    run.world.run(2 * SECOND);
    assertThat(task.state()).isEqualTo(Task.State.RUNNING);
    run.run(0, "abort-move", Map.of());
    run.world.until(() -> task.state() != Task.State.RUNNING);
    assertThat(task.state()).isEqualTo(Task.State.FAILED);
    run.world.run(SECOND);
    assertThat(run.cores.get(2).core().mode()).isEqualTo(NodeMode.NORMAL);
    assertThat(run.cores.get(2).isServing()).isTrue();
    run.begin(3);
    run.world.await(run.cores.get(3).started());
    run.world.run(10 * SECOND);
    run.expectWritten();
    run.world.await(run.cores.get(2).core().decommission(false));
  }

  @Test
  void aJoiningThatIsGivenUpChangesNothing() throws IOException {
    CoreCluster run = new CoreCluster(5, 3, 3);
    int newcomer = run.addMachine();
    SimulatedCore joining = run.begin(newcomer);
    run.world.until(() -> joining.core().mode() == NodeMode.JOINING);
    run.keepWriting(1);
    run.run(0, "abort-move", Map.of());
    run.end(newcomer);
    run.world.run(SECOND);
    for (SimulatedCore core : run.cores.values()) {
      assertThat(core.core().view().nodes()).hasSize(3);
    }
    run.expectWritten();
  }
}
