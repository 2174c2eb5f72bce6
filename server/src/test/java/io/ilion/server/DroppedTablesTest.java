package io.ilion.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ilion.model.Consistency;
import io.ilion.model.data.CorruptDataException;
import io.ilion.protocol.Response;
import io.ilion.protocol.Result;
import io.ilion.runtime.simulated.SimulatedNode;
import io.ilion.runtime.simulated.SimulatedWorld;
import io.ilion.server.config.Config;
import io.ilion.server.config.Settings;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is left of a table that was dropped, whenever the node ends. */
class DroppedTablesTest {
  private static final long SECOND = 1_000_000_000L;
  private static final int ROWS = 10;

  private SimulatedWorld world;
  private SimulatedNode machine;

  private Response ask(SimulatedCore core, String cql) {
    return world.await(core.ask(cql, Consistency.ONE));
  }

  private SimulatedCore start(Config config) throws IOException {
    SimulatedCore core = new SimulatedCore(machine, config);
    world.await(core.started());
    return core;
  }

  private SimulatedCore startWithKeyspace(Config config) throws IOException {
    SimulatedCore core = start(config);
    ask(
        core,
        "CREATE KEYSPACE k WITH replication ="
            + " {'class': 'SimpleStrategy', 'replication_factor': 1}");
    return core;
  }

  private List<String> files(boolean ofSnapshots) {
    return machine.files().paths().stream()
        .filter(path -> path.startsWith("node/data/k-t-"))
        .filter(path -> path.contains("/snapshots/") == ofSnapshots)
        .toList();
  }

  /**
   * A node that ends at some call of its disk while it drops a table, or does not.
   *
   * @return whether it ended
   */
  private boolean drop(Config config, int calls, boolean powerFails) throws IOException {
    world = new SimulatedWorld(calls);
    machine = world.addNode();
    SimulatedCore core = startWithKeyspace(config);
    ask(core, "CREATE TABLE k.t (k int PRIMARY KEY, v text)");
    for (int i = 0; i < ROWS; i++) {
      assertThat(ask(core, "INSERT INTO k.t (k, v) VALUES (" + i + ", 'v')"))
          .isInstanceOf(Result.Void.class);
    }
    machine.files().stopAfter(calls);
    core.ask("DROP TABLE k.t", Consistency.ONE);
    world.run(2 * SECOND);
    boolean ended = !machine.isRunning();
    if (powerFails) {
      machine.crash();
    } else {
      machine.kill();
    }
    return ended;
  }

  private void nothingIsLeftOfADroppedTable(Config config, int calls) throws IOException {
    SimulatedCore core = start(config);
    world.run(2 * SECOND);
    boolean isDropped = ask(core, "SELECT * FROM k.t") instanceof Response.Error;
    if (!isDropped) {
      for (int i = 0; i < ROWS; i++) {
        assertThat(SimulatedCore.rows(ask(core, "SELECT v FROM k.t WHERE k = " + i)))
            .as("call %d", calls)
            .hasSize(1);
      }
      return;
    }
    assertThat(files(false)).as("call %d", calls).isEmpty();
    assertThat(files(true).isEmpty())
        .as("call %d: a snapshot", calls)
        .isNotEqualTo(config.get(Settings.AUTO_SNAPSHOT));
    assertThat(ask(core, "CREATE TABLE k.t (k int PRIMARY KEY, v text)"))
        .isInstanceOf(Result.SchemaChanged.class);
    assertThat(SimulatedCore.rows(ask(core, "SELECT v FROM k.t"))).isEmpty();
  }

  @Test
  void wheneverANodeEndsWhileItDropsATableOnlyASnapshotStays() throws IOException {
    int calls = 0;
    boolean ended;
    do {
      ended = drop(SimulatedCore.config(), ++calls, calls % 2 == 0);
      nothingIsLeftOfADroppedTable(SimulatedCore.config(), calls);
    } while (ended);
    assertThat(calls).isGreaterThan(5);
  }

  @Test
  void wheneverANodeEndsWhileItTruncatesATableItsRowsAreThereOrInASnapshot() throws IOException {
    int calls = 0;
    boolean ended;
    do {
      calls++;
      Config config = SimulatedCore.config();
      world = new SimulatedWorld(calls);
      machine = world.addNode();
      SimulatedCore core = startWithKeyspace(config);
      ask(core, "CREATE TABLE k.t (k int PRIMARY KEY, v text)");
      for (int i = 0; i < ROWS; i++) {
        ask(core, "INSERT INTO k.t (k, v) VALUES (" + i + ", 'v')");
      }
      machine.files().stopAfter(calls);
      core.ask("TRUNCATE k.t", Consistency.ONE);
      world.run(2 * SECOND);
      ended = !machine.isRunning();
      if (calls % 2 == 0) {
        machine.crash();
      } else {
        machine.kill();
      }
      SimulatedCore again = start(config);
      world.run(20 * SECOND);
      if (SimulatedCore.rows(ask(again, "SELECT v FROM k.t")).size() < ROWS) {
        assertThat(files(true)).as("call %d", calls).anyMatch(path -> path.contains("truncated-"));
      }
    } while (ended);
    assertThat(calls).isGreaterThan(5);
  }

  /** Whoever restores a schema names the ids that tables had. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aTableThatIsMadeAnewWithItsIdHasOnlyWhatIsNew(boolean isFull) throws IOException {
    Config config = SimulatedCore.config();
    world = new SimulatedWorld(1);
    machine = world.addNode();
    SimulatedCore core = startWithKeyspace(config);
    String id = "5a1c395e-b41f-11e5-9f22-ba0be0483c18";
    String create = "CREATE TABLE k.t (k int PRIMARY KEY, v text) WITH id = '" + id + "'";
    ask(core, create);
    ask(core, "INSERT INTO k.t (k, v) VALUES (1, 'old')");
    CompletionStage<Response> dropped = core.ask("DROP TABLE k.t", Consistency.ONE);
    if (isFull) {
      world.until(() -> files(true).stream().anyMatch(path -> path.contains("dropped-")));
      machine.files().setFull(true);
      world.run(SECOND / 2);
      machine.files().setFull(false);
    } else {
      world.await(dropped);
    }
    world.until(() -> ask(core, create) instanceof Result.SchemaChanged);
    assertThat(SimulatedCore.rows(ask(core, "SELECT v FROM k.t"))).isEmpty();
    ask(core, "INSERT INTO k.t (k, v) VALUES (2, 'new')");
    world.run(20 * SECOND);
    for (int start = 0; start < 2; start++) {
      machine.crash();
      SimulatedCore again = start(config);
      assertThat(
              SimulatedCore.rows(
                  ask(
                      again,
                      "SELECT id FROM system_schema.tables WHERE keyspace_name = 'k'"
                          + " AND table_name = 't'")))
          .hasSize(1);
      assertThat(SimulatedCore.rows(ask(again, "SELECT v FROM k.t WHERE k = 1"))).isEmpty();
      assertThat(SimulatedCore.rows(ask(again, "SELECT v FROM k.t WHERE k = 2"))).hasSize(1);
      world.run(2 * SECOND);
    }
  }

  @Test
  void withoutSnapshotsNothingStays() throws IOException {
    Config config = SimulatedCore.config().with(Settings.AUTO_SNAPSHOT, false);
    int calls = 0;
    boolean ended;
    do {
      ended = drop(config, ++calls, calls % 2 == 0);
      nothingIsLeftOfADroppedTable(config, calls);
    } while (ended);
    assertThat(calls).isGreaterThan(5);
    machine.kill();
    start(config);
    assertThat(machine.files().list("node/data"))
        .filteredOn(name -> name.startsWith("k-t-"))
        .hasSize(1);
  }

  /** As a new member it would hide its rows, and forget them later. */
  @Test
  void aNodeThatHasLostItsMetadataDoesNotStart() throws IOException {
    drop(SimulatedCore.config(), Integer.MAX_VALUE, false);
    SimulatedCore core = start(SimulatedCore.config());
    ask(core, "CREATE TABLE k.t (k int PRIMARY KEY, v text)");
    ask(core, "INSERT INTO k.t (k, v) VALUES (1, 'v')");
    world.await(core.core().operations().run("flush", Map.of("keyspace", "k")));
    machine.kill();
    List<String> before = files(false);
    machine.files().delete("node/metadata/metadata.log");
    assertThatThrownBy(() -> start(SimulatedCore.config()))
        .isInstanceOf(CorruptDataException.class)
        .hasMessage(
            "this node has data of the table k.t but no metadata: put its directory 'metadata'"
                + " back, or begin with a data directory that is empty");
    assertThat(files(false)).isNotEmpty().isEqualTo(before);
  }
}
