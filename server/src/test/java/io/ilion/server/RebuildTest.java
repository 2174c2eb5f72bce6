package io.ilion.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ilion.coordinator.streaming.StreamProgress;
import io.ilion.model.Consistency;
import io.ilion.protocol.Response;
import io.ilion.protocol.Result;
import io.ilion.runtime.NodeAddress;
import io.ilion.runtime.simulated.SimulatedFiles;
import io.ilion.runtime.simulated.SimulatedNode;
import io.ilion.runtime.simulated.SimulatedRandom;
import io.ilion.runtime.simulated.SimulatedWorld;
import io.ilion.server.config.Config;
import io.ilion.server.config.Settings;
import io.ilion.server.operations.Task;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

/** A data centre is added to one that clients write to, and nodes fetch again what they own. */
class RebuildTest {
  private static final long SECOND = 1_000_000_000L;
  private static final long PAUSE_NANOS = 50_000_000L;
  private static final int BEFORE = 80;
  private static final int HERE = 3;
  private static final int IN_FIRST_BLOCK = 60;
  private static final int SEEDS = Integer.getInteger("ilion.seeds", 1);

  /** Three nodes of the data centre dc1, what clients have written there, and who comes later. */
  private static final class Run {
    final SimulatedWorld world;
    final SimulatedRandom random;
    final List<SimulatedNode> machines = new ArrayList<>();
    final List<SimulatedCore> cores = new ArrayList<>();
    final List<Integer> acknowledged = new ArrayList<>();
    int written;
    boolean writing;

    Run(long seed) throws IOException {
      world = new SimulatedWorld(seed);
      random = new SimulatedRandom(seed);
      for (int i = 0; i < HERE; i++) {
        start("dc1");
      }
      // Three of them vote then.
      world.run(10 * SECOND);
      ask(
          0,
          "CREATE KEYSPACE k WITH replication ="
              + " {'class': 'NetworkTopologyStrategy', 'dc1': 3}",
          Consistency.ONE);
      ask(0, "CREATE TABLE k.t (k int PRIMARY KEY, v int)", Consistency.ONE);
      ask(0, "CREATE TABLE k.decided (k int PRIMARY KEY, v int)", Consistency.ONE);
      for (int i = 0; i < BEFORE; i++) {
        assertThat(world.await(write(0, Consistency.LOCAL_QUORUM))).isInstanceOf(Result.Void.class);
      }
    }

    int start(String datacenter) throws IOException {
      int index = machines.size();
      machines.add(world.addNode(new NodeAddress("127.0.0." + (index + 1), 7000)));
      cores.add(null);
      world.await(begin(index, datacenter).started());
      return index;
    }

    SimulatedCore begin(int index, String datacenter) throws IOException {
      String host = machines.get(index).address().host();
      Config config =
          SimulatedCore.config()
              .with(Settings.ADDRESS, host)
              .with(Settings.BROADCAST_ADDRESS, host)
              .with(Settings.DC, datacenter)
              .with(Settings.SEEDS, List.of("127.0.0.1", "127.0.0.2"));
      SimulatedCore core = new SimulatedCore(machines.get(index), config);
      cores.set(index, core);
      return core;
    }

    Response ask(int index, String cql, Consistency level) {
      return world.await(cores.get(index).ask(cql, level));
    }

    CompletionStage<Response> write(int index, Consistency level) {
      int key = written++;
      CompletionStage<Response> answer =
          cores.get(index).ask("INSERT INTO k.t (k, v) VALUES (" + key + ", " + key + ")", level);
      answer.thenAccept(
          response -> {
            if (response instanceof Result.Void) {
              acknowledged.add(key);
            }
          });
      return answer;
    }

    /** Writes on and on through one node, until {@link #writing} is false. */
    void keepWriting(int index) {
      writing = true;
      next(index);
    }

    private void next(int index) {
      if (writing) {
        write(index, Consistency.LOCAL_QUORUM)
            .thenAccept(answered -> cores.get(index).later(PAUSE_NANOS, () -> next(index)));
      }
    }

    void stopWriting() {
      writing = false;
      world.run(5 * SECOND);
    }

    /**
     * Changes a bit of all files of a node's table, or changes it back; says how many there are.
     * Nothing of them is in memory then.
     */
    int rot(int index) throws IOException {
      SimulatedFiles files = machines.get(index).files();
      List<String> paths =
          files.paths().stream()
              .filter(path -> path.endsWith(".v1") && path.contains("/k-t-"))
              .toList();
      paths.forEach(path -> files.corrupt(path, IN_FIRST_BLOCK, 4));
      machines.get(index).kill();
      world.await(begin(index, "dc1").started());
      world.run(10 * SECOND);
      return paths.size();
    }

    void flush() {
      for (SimulatedCore core : cores) {
        world.await(core.core().operations().run("flush", Map.of("keyspace", "k")));
      }
    }

    /** Until the rebuild of a node has fetched a part of its ranges. */
    void awaitPart(int index, int part) {
      StreamProgress progress = cores.get(index).core().rebuild().progress();
      world.until(() -> progress.rangesDone() > progress.ranges() / part);
    }

    Object rebuild(int index, Map<String, ?> arguments) {
      return world.await(cores.get(index).core().operations().run("rebuild", arguments));
    }

    /** Adds a data centre as Cassandra's manual has it, up to the rebuild. */
    void addDatacenter() throws IOException {
      for (int i = 0; i < HERE; i++) {
        start("dc2");
      }
      Response altered =
          ask(
              0,
              "ALTER KEYSPACE k WITH replication ="
                  + " {'class': 'NetworkTopologyStrategy', 'dc1': 3, 'dc2': 3}",
              Consistency.ONE);
      assertThat(altered).isInstanceOf(Result.SchemaChanged.class);
      world.run(5 * SECOND);
    }

    /** How many of the writes that were acknowledged are read by a node at a level. */
    int found(int index, Consistency level) {
      int found = 0;
      for (int key : acknowledged) {
        Response answer = ask(index, "SELECT v FROM k.t WHERE k = " + key, level);
        assertThat(answer).isInstanceOf(Result.Rows.class);
        found += SimulatedCore.rows(answer).size();
      }
      return found;
    }
  }

  private interface Scenario {
    void run(Run run) throws IOException;
  }

  private static void eachSeed(Scenario scenario) {
    for (long seed = 1; seed <= SEEDS; seed++) {
      try {
        scenario.run(new Run(seed));
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
          run.addDatacenter();
          for (int i = HERE; i < 2 * HERE; i++) {
            assertThat(run.rebuild(i, Map.of("source-dc", "dc1"))).asString().contains("ranges");
          }
          run.stopWriting();
          assertThat(run.acknowledged).hasSizeGreaterThan(BEFORE);
          // Each of them has everything by itself.
          for (int i = HERE; i < 2 * HERE; i++) {
            run.machines.get(i - HERE).kill();
          }
          run.world.run(20 * SECOND);
          for (int i = HERE; i < 2 * HERE; i++) {
            assertThat(run.found(i, Consistency.LOCAL_ONE)).isEqualTo(run.acknowledged.size());
            assertThat(run.found(i, Consistency.LOCAL_QUORUM)).isEqualTo(run.acknowledged.size());
          }
          Response again =
              run.ask(HERE, "SELECT v FROM k.decided WHERE k = 1", Consistency.LOCAL_SERIAL);
          assertThat(SimulatedCore.rows(again)).hasSize(1);
        });
  }

  @Test
  void withoutARebuildADatacenterHasNotWhatWasWrittenBefore() throws IOException {
    Run run = new Run(1);
    run.addDatacenter();
    assertThat(run.found(HERE, Consistency.LOCAL_ONE)).isZero();
  }

  @Test
  void aRebuildGoesOnWhereItWasWhenItsNodeEnded() {
    eachSeed(
        run -> {
          run.addDatacenter();
          int index = HERE;
          Task task =
              run.cores
                  .get(index)
                  .core()
                  .operations()
                  .begin("rebuild", Map.of("source-dc", "dc1", "keyspace", "k"));
          run.awaitPart(index, 2 + run.random.below(6));
          run.world.run(run.random.below(2) * 1_000_000L);
          assertThat(task.state()).isEqualTo(Task.State.RUNNING);
          run.machines.get(index).kill();
          run.world.run(SECOND);
          run.world.await(run.begin(index, "dc2").started());
          run.world.run(10 * SECOND);
          Object result = run.rebuild(index, Map.of("source-dc", "dc1", "keyspace", "k"));
          assertThat(((Number) ((Map<?, ?>) result).get("ranges_kept")).intValue()).isPositive();
          assertThat(run.found(index, Consistency.LOCAL_ONE)).isEqualTo(BEFORE);
          // One that came to its end is not gone on with.
          Object again = run.rebuild(index, Map.of("source-dc", "dc1", "keyspace", "k"));
          assertThat(((Number) ((Map<?, ?>) again).get("ranges_kept")).intValue()).isZero();
        });
  }

  @Test
  void anotherNodeIsAskedForWhatOneCannotRead() throws IOException {
    Run run = new Run(1);
    run.flush();
    run.addDatacenter();
    assertThat(run.rot(0)).isPositive();
    run.rebuild(HERE, Map.of("source-dc", "dc1"));
    assertThat(run.found(HERE, Consistency.LOCAL_ONE)).isEqualTo(BEFORE);
  }

  @Test
  void aRebuildSaysWhoCannotReadWhatNobodyElseMakesUpFor() throws IOException {
    Run run = new Run(1);
    run.flush();
    assertThat(run.rot(1)).isPositive();
    // Of the others both have to be asked.
    assertThatThrownBy(() -> run.rebuild(0, Map.of()))
        .hasStackTraceContaining("127.0.0.2:7000 cannot read what it has")
        .hasStackTraceContaining(".v1 is damaged at offset")
        .hasStackTraceContaining("only 2 are alive and can read what they have");
    // Whoever does with fewer nodes that are alive does not do with fewer rows.
    assertThatThrownBy(() -> run.rebuild(0, Map.of("force", true)))
        .hasStackTraceContaining("127.0.0.2:7000 cannot read what it has");
    run.rot(1);
    run.rebuild(0, Map.of());
    assertThat(run.found(0, Consistency.LOCAL_ONE)).isEqualTo(BEFORE);
  }

  @Test
  void aRebuildIsGivenUp() throws IOException {
    Run run = new Run(1);
    run.addDatacenter();
    var operations = run.cores.get(HERE).core().operations();
    Task task = operations.begin("rebuild", Map.of("source-dc", "dc1"));
    assertThatThrownBy(() -> run.world.await(operations.run("rebuild", Map.of())))
        .hasStackTraceContaining("a rebuild is under way already");
    operations.cancel(task.id());
    run.world.until(() -> task.state() != Task.State.RUNNING);
    assertThat(task.state()).isEqualTo(Task.State.CANCELLED);
    run.rebuild(HERE, Map.of("source-dc", "dc1"));
    assertThat(run.found(HERE, Consistency.LOCAL_ONE)).isEqualTo(BEFORE);
  }

  @Test
  void whatIsFetchedAfterRangesCameBackIsFetchedWhole() throws IOException {
    Run run = new Run(1);
    run.addDatacenter();
    var operations = run.cores.get(HERE).core().operations();
    Task task = operations.begin("rebuild", Map.of("source-dc", "dc1"));
    run.awaitPart(HERE, 4);
    operations.cancel(task.id());
    run.world.until(() -> task.state() != Task.State.RUNNING);
    for (String replication : List.of("'dc1': 3", "'dc1': 3, 'dc2': 3")) {
      run.ask(
          0,
          "ALTER KEYSPACE k WITH replication = {'class': 'NetworkTopologyStrategy', "
              + replication
              + "}",
          Consistency.ONE);
      run.world.run(5 * SECOND);
    }
    Object result = run.rebuild(HERE, Map.of("source-dc", "dc1"));
    assertThat(((Number) ((Map<?, ?>) result).get("ranges_kept")).intValue()).isZero();
    assertThat(run.found(HERE, Consistency.LOCAL_ONE)).isEqualTo(BEFORE);
  }

  @Test
  void whatMakesNoSenseIsRefused() throws IOException {
    Run run = new Run(1);
    assertThatThrownBy(() -> run.rebuild(0, Map.of("source-dc", "nowhere")))
        .hasStackTraceContaining("there is no data centre named 'nowhere'");
    assertThatThrownBy(() -> run.rebuild(0, Map.of("keyspace", "system")))
        .hasStackTraceContaining("keyspace system is kept by this node alone");
    run.start("dc2");
    assertThatThrownBy(() -> run.rebuild(0, Map.of("source-dc", "dc2", "keyspace", "k")))
        .hasStackTraceContaining("no node of data centre dc2 replicates keyspace k");
    run.machines.get(1).kill();
    run.world.run(20 * SECOND);
    assertThatThrownBy(() -> run.rebuild(0, Map.of())).hasStackTraceContaining("are alive");
    run.rebuild(0, Map.of("force", true));
    assertThat(run.found(0, Consistency.LOCAL_ONE)).isEqualTo(BEFORE);
  }
}
