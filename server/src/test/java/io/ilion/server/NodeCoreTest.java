package io.ilion.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.model.Consistency;
import io.ilion.protocol.Response;
import io.ilion.protocol.Result;
import io.ilion.runtime.simulated.SimulatedNode;
import io.ilion.runtime.simulated.SimulatedWorld;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class NodeCoreTest {
  private final SimulatedWorld world = new SimulatedWorld(1);

  private Response ask(SimulatedCore core, String cql) {
    return world.await(core.ask(cql, Consistency.ONE));
  }

  @Test
  void aNodeNeedsNothingButItsRuntimeAndSurvivesThePower() throws IOException {
    SimulatedNode machine = world.addNode();
    SimulatedCore core = new SimulatedCore(machine, SimulatedCore.config());
    world.await(core.started());
    assertThat(
            ask(
                core,
                "CREATE KEYSPACE k WITH replication ="
                    + " {'class': 'SimpleStrategy', 'replication_factor': 1}"))
        .isInstanceOf(Result.SchemaChanged.class);
    assertThat(ask(core, "CREATE TABLE k.t (k int PRIMARY KEY, v text)"))
        .isInstanceOf(Result.SchemaChanged.class);
    assertThat(core.events()).hasSize(2);
    for (int i = 0; i < 50; i++) {
      assertThat(ask(core, "INSERT INTO k.t (k, v) VALUES (" + i + ", 'v" + i + "')"))
          .isInstanceOf(Result.Void.class);
    }
    machine.crash();

    core = new SimulatedCore(machine, SimulatedCore.config());
    world.await(core.started());
    for (int i = 0; i < 50; i++) {
      assertThat(SimulatedCore.rows(ask(core, "SELECT v FROM k.t WHERE k = " + i)))
          .containsExactly(new byte[][] {("v" + i).getBytes(StandardCharsets.UTF_8)});
    }
    assertThat(ask(core, "DROP KEYSPACE k")).isInstanceOf(Result.SchemaChanged.class);
    assertThat(ask(core, "SELECT * FROM k.t")).isInstanceOf(Response.Error.class);
  }
}
