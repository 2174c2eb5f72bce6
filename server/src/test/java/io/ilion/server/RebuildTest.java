package io.ilion.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ilion.coordinator.streaming.StreamProgress;
import io.ilion.model.Consistency;
import io.ilion.protocol.Response;
import io.ilion.protocol.Result;
import io.ilion.runtime.simulated.SimulatedFiles;
import io.ilion.server.operations.Task;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A data centre is added to one that clients write to, and nodes fetch again what they own. */
class RebuildTest {
  private static final long SECOND = CoreCluster.SECOND;
  private static final int HERE = 3;
  private static final int IN_FIRST_BLOCK = 60;
  private static final int SEEDS = Integer.getInteger("ilion.seeds", 1);

  /** Three nodes of the data centre dc1, and who comes later to dc2. */
  private static CoreCluster begin(long seed) throws IOException {
    CoreCluster run = new CoreCluster(seed, HERE, 3, CoreCluster::inTwoDatacenters);
    replicate(run, "'dc1': 3");
    run.ask(0, "CREATE TABLE k.decided (k int PRIMARY KEY, v int)", Consistency.ONE);
    run.writeLevel = Consistency.LOCAL_QUORUM;
    return run;
  }

  private static void replicate(CoreCluster run, String replicas) {
    Response altered =
        run.ask(
            0,
            "ALTER KEYSPACE k WITH replication = {'class': 'NetworkTopologyStrategy', "
                + replicas
                + "}",
            Consistency.ONE);
    assertThat(altered).isInstanceOf(Result.SchemaChanged.class);
    run.world.run(5 * SECOND);
  }

  private static void start(CoreCluster run) throws IOException {
    run.world.await(run.begin(run.addMachine()).started());
  }

  /**
   * Changes a bit of all files of a node's table, or changes it back; says how many there are.
   * Nothing of them is in memory then.
   */
  private static int rot(CoreCluster run, int index) throws IOException {
    SimulatedFiles files = run.machines.get(index).files();
    List<String> paths =
        files.paths().stream()
            .filter(path -> path.endsWith(".v1") && path.contains("/k-t-"))
            .toList();
    paths.forEach(path -> files.corrupt(path, IN_FIRST_BLOCK, 4));
    run.machines.get(index).kill();
    run.world.await(run.begin(index).started());
    run.world.run(10 * SECOND);
    return paths.size();
  }

  private static void flush(CoreCluster run) {
    run.cores.keySet().forEach(index -> run.run(index, "flush", Map.of("keyspace", "k")));
  }

  /** Until the rebuild of a node has fetched a part of its ranges. */
  private static void awaitPart(CoreCluster run, int index, int part) {
    StreamProgress progress = run.cores.get(index).core().rebuild().progress();
    run.world.until(() -> progress.rangesDone() > progress.ranges() / part);
  }

  /** Adds a data centre as Cassandra's manual has it, up to the rebuild. */
  private static void addDatacenter(CoreCluster run) throws IOException {
    for (int i = 0; i < HERE; i++) {
      start(run);
    }
    replicate(run, "'dc1': 3, 'dc2': 3");
  }

  private static long number(Object report, String name) {
    return ((Number) ((Map<?, ?>) report).get(name)).longValue();
  }

  /** How many of the writes that were acknowledged are read by a node at a level. */
  private static int found(CoreCluster run, int index, Consistency level) {
    int found = 0;
    for (int key : run.acknowledged) {
      Response answer = run.ask(index, "SELECT v FROM k.t WHERE k = " + key, level);
      assertThat(answer).isInstanceOf(Result.Rows.class);
      found += SimulatedCore.rows(answer).size();
    }
    return found;
  }

  private static void expectAll(CoreCluster run, int index) {
    assertThat(found(run, index, Consistency.LOCAL_ONE)).isEqualTo(run.acknowledged.size());
  }

  private interface Scenario {
    void run(CoreCluster run) throws IOException;
  }

  private static void eachSeed(Scenario scenario) {
    for (long seed = 1; seed <= SEEDS; seed++) {
      try {
        scenario.run(begin(seed));
      } catch (IOException | RuntimeException | AssertionError e) {
        throw new AssertionError("seed " + seed, e);
      }
    }
  }

  @Test
  void aDatacenterIsAddedWhileClientsWrite() {
    eachSeed(
        run -> {
          Response decided =
              run.ask(
                  0,
                  "INSERT INTO k.decided (k, v) VALUES (1, 7) IF NOT EXISTS",
                  Consistency.QUORUM);
          assertThat(decided).isInstanceOf(Result.Rows.class);
          run.keepWriting(run.random.below(HERE));
          addDatacenter(run);
          for (int i = HERE; i < 2 * HERE; i++) {
            assertThat(run.run(i, "rebuild", Map.of("source-dc", "dc1")))
                .asString()
                .contains("ranges");
          }
          run.writing = false;
          run.world.run(5 * SECOND);
          assertThat(run.acknowledged).hasSizeGreaterThan(CoreCluster.BEFORE);
          // Each of them has everything by itself.
          for (int i = HERE; i < 2 * HERE; i++) {
            run.machines.get(i - HERE).kill();
          }
          run.world.run(20 * SECOND);
          for (int i = HERE; i < 2 * HERE; i++) {
            expectAll(run, i);
            assertThat(found(run, i, Consistency.LOCAL_QUORUM)).isEqualTo(run.acknowledged.size());
          }
          Response again =
              run.ask(HERE, "SELECT v FROM k.decided WHERE k = 1", Consistency.LOCAL_SERIAL);
          assertThat(SimulatedCore.rows(again)).hasSize(1);
        });
  }

  @Test
  void withoutARebuildADatacenterHasNotWhatWasWrittenBefore() throws IOException {
    CoreCluster run = begin(1);
    addDatacenter(run);
    assertThat(found(run, HERE, Consistency.LOCAL_ONE)).isZero();
  }

  @Test
  void aRebuildGoesOnWhereItWasWhenItsNodeEnded() {
    eachSeed(
        run -> {
          addDatacenter(run);
          int index = HERE;
          Task task =
              run.cores
                  .get(index)
                  .core()
                  .operations()
                  .begin("rebuild", Map.of("source-dc", "dc1", "keyspace", "k"));
          awaitPart(run, index, 2 + run.random.below(6));
          run.world.run(run.random.below(2) * 1_000_000L);
          assertThat(task.state()).isEqualTo(Task.State.RUNNING);
          run.machines.get(index).kill();
          run.world.run(SECOND);
          run.world.await(run.begin(index).started());
          run.world.run(10 * SECOND);
          Object result = run.run(index, "rebuild", Map.of("source-dc", "dc1", "keyspace", "k"));
          assertThat(number(result, "ranges_kept")).isPositive();
          expectAll(run, index);
          // One that came to its end is not gone on with.
          Object again = run.run(index, "rebuild", Map.of("source-dc", "dc1", "keyspace", "k"));
          assertThat(number(again, "ranges_kept")).isZero();
        });
  }

  @Test
  void anotherNodeIsAskedForWhatOneCannotRead() throws IOException {
    CoreCluster run = begin(1);
    flush(run);
    addDatacenter(run);
    assertThat(rot(run, 0)).isPositive();
    run.run(HERE, "rebuild", Map.of("source-dc", "dc1"));
    expectAll(run, HERE);
  }

  @Test
  void aRebuildSaysWhoCannotReadWhatNobodyElseMakesUpFor() throws IOException {
    CoreCluster run = begin(1);
    flush(run);
    assertThat(rot(run, 1)).isPositive();
    // Of the others both have to be asked.
    assertThatThrownBy(() -> run.run(0, "rebuild", Map.of()))
        .hasStackTraceContaining("127.0.0.2:7000 cannot read what it has")
        .hasStackTraceContaining(".v1 is damaged at offset")
        .hasStackTraceContaining("only 2 are alive and can read what they have");
    // Whoever does with fewer nodes that are alive does not do with fewer rows.
    assertThatThrownBy(() -> run.run(0, "rebuild", Map.of("force", true)))
        .hasStackTraceContaining("127.0.0.2:7000 cannot read what it has");
    rot(run, 1);
    run.run(0, "rebuild", Map.of());
    expectAll(run, 0);
  }

  @Test
  void aRebuildIsGivenUp() throws IOException {
    CoreCluster run = begin(1);
    addDatacenter(run);
    var operations = run.cores.get(HERE).core().operations();
    Task task = operations.begin("rebuild", Map.of("source-dc", "dc1"));
    assertThatThrownBy(() -> run.world.await(operations.run("rebuild", Map.of())))
        .hasStackTraceContaining("a rebuild is under way already");
    operations.cancel(task.id());
    run.world.until(() -> task.state() != Task.State.RUNNING);
    assertThat(task.state()).isEqualTo(Task.State.CANCELLED);
    run.run(HERE, "rebuild", Map.of("source-dc", "dc1"));
    expectAll(run, HERE);
  }

  @Test
  void whatIsFetchedAfterRangesCameBackIsFetchedWhole() throws IOException {
    CoreCluster run = begin(1);
    addDatacenter(run);
    var operations = run.cores.get(HERE).core().operations();
    Task task = operations.begin("rebuild", Map.of("source-dc", "dc1"));
    awaitPart(run, HERE, 4);
    operations.cancel(task.id());
    run.world.until(() -> task.state() != Task.State.RUNNING);
    for (String replication : List.of("'dc1': 3", "'dc1': 3, 'dc2': 3")) {
      replicate(run, replication);
    }
    Object result = run.run(HERE, "rebuild", Map.of("source-dc", "dc1"));
    assertThat(number(result, "ranges_kept")).isZero();
    expectAll(run, HERE);
  }

  @Test
  void whatMakesNoSenseIsRefused() throws IOException {
    CoreCluster run = begin(1);
    assertThatThrownBy(() -> run.run(0, "rebuild", Map.of("source-dc", "nowhere")))
        .hasStackTraceContaining("there is no data centre named 'nowhere'");
    assertThatThrownBy(() -> run.run(0, "rebuild", Map.of("keyspace", "system")))
        .hasStackTraceContaining("keyspace system is kept by this node alone");
    start(run);
    assertThatThrownBy(() -> run.run(0, "rebuild", Map.of("source-dc", "dc2", "keyspace", "k")))
        .hasStackTraceContaining("no node of data centre dc2 replicates keyspace k");
    run.machines.get(1).kill();
    run.world.run(20 * SECOND);
    assertThatThrownBy(() -> run.run(0, "rebuild", Map.of())).hasStackTraceContaining("are alive");
    run.run(0, "rebuild", Map.of("force", true));
    expectAll(run, 0);
  }

  /** Ranges go and come back while a rebuild waits for a slow source. */
  @Test
  void aRebuildDoesNotCountWhatWasDiscardedMeanwhile() throws IOException {
    CoreCluster run = begin(1);
    addDatacenter(run);
    for (int i = 0; i < HERE; i++) {
      run.run(i, "setstreamthroughput", Map.of("throughput", "4KiB"));
    }
    var operations = run.cores.get(HERE).core().operations();
    Task task = operations.begin("rebuild", Map.of("source-dc", "dc1", "keyspace", "k"));
    StreamProgress progress = run.cores.get(HERE).core().rebuild().progress();
    run.world.until(() -> progress.rangesDone() > progress.ranges() * 3 / 4);
    for (String replication : List.of("'dc1': 3", "'dc1': 3, 'dc2': 3")) {
      Response altered =
          run.ask(
              0,
              "ALTER KEYSPACE k WITH replication = {'class': 'NetworkTopologyStrategy', "
                  + replication
                  + "}",
              Consistency.ONE);
      assertThat(altered).isInstanceOf(Result.SchemaChanged.class);
      run.world.run(SECOND / 50);
    }
    run.world.until(() -> task.state() != Task.State.RUNNING);
    if (task.state() != Task.State.DONE) {
      for (int i = 0; i < HERE; i++) {
        run.run(i, "setstreamthroughput", Map.of("throughput", "0"));
      }
      run.run(HERE, "rebuild", Map.of("source-dc", "dc1"));
    }
    expectAll(run, HERE);
  }
}
