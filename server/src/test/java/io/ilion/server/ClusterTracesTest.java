package io.ilion.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.model.Consistency;
import io.ilion.protocol.QueryParameters;
import io.ilion.protocol.Request;
import io.ilion.protocol.ResponseEnvelope;
import io.ilion.protocol.Result;
import io.ilion.server.config.Settings;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** Requests under trace in a cluster, whose replicas tell of what they did. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ClusterTracesTest {
  private static final String COORDINATOR = "127.0.0.1";
  private static final Set<String> ALL = Set.of(COORDINATOR, "127.0.0.2", "127.0.0.3");

  private CoreCluster cluster;

  /** Something that a node did, in the order of time of the ids. */
  private record Event(String source, int port, int elapsed, String activity) {}

  /** Nodes whose clocks differ by minutes, and which leave no hints. */
  @BeforeAll
  void start() throws IOException {
    cluster = new CoreCluster(7, 3, 3, usual -> usual.with(Settings.HINTED_HANDOFF_ENABLED, false));
    for (String cql :
        List.of(
            "CREATE TABLE k.counts (k int PRIMARY KEY, n counter)",
            "CREATE KEYSPACE two WITH replication ="
                + " {'class': 'SimpleStrategy', 'replication_factor': 2}",
            "CREATE TABLE two.counts (k int PRIMARY KEY, n counter)")) {
      assertThat(cluster.ask(0, cql, Consistency.ONE)).isInstanceOf(Result.SchemaChanged.class);
    }
    cluster.machines.get(1).clock().jump(-300_000_000L);
    cluster.machines.get(2).clock().jump(200_000_000L);
    cluster.world.run(CoreCluster.SECOND);
  }

  private List<Event> trace(String cql, Consistency level) {
    ResponseEnvelope answer =
        cluster.world.await(
            cluster.cores.get(0).trace(new Request.Query(cql, QueryParameters.of(level))));
    assertThat(answer.message()).as(cql).isInstanceOf(Result.class);
    cluster.world.run(5 * CoreCluster.SECOND);
    List<JsonNode> trace =
        TracesTest.trace(cluster.world, cluster.cores.get(0), answer.tracingId());
    JsonNode session = trace.getFirst();
    assertThat(session.get("coordinator").asString()).isEqualTo(COORDINATOR);
    assertThat(session.get("coordinator_port").asInt()).isEqualTo(7000);
    List<Event> events = new ArrayList<>();
    for (JsonNode event : trace.subList(1, trace.size())) {
      assertThat(event.get("thread").asString()).isNotEmpty();
      events.add(
          new Event(
              event.get("source").asString(),
              event.get("source_port").asInt(),
              event.get("source_elapsed").asInt(),
              event.get("activity").asString()));
    }
    assertThat(events).allSatisfy(event -> assertThat(event.port()).isEqualTo(7000));
    expectOrder(events);
    return events;
  }

  /** Whatever a node is asked for comes behind the asking, and before the answer. */
  private static void expectOrder(List<Event> events) {
    List<String> activities = events.stream().map(Event::activity).toList();
    for (int i = 0; i < events.size(); i++) {
      Event event = events.get(i);
      if (event.activity().contains(" message received from /")) {
        String verb = event.activity().substring(0, event.activity().indexOf(' '));
        assertThat(activities.subList(0, i))
            .as("before %s at %s", event, events)
            .anyMatch(
                sent -> sent.startsWith("Sending " + verb + " message to /" + event.source()));
        assertThat(activities.subList(i, activities.size()))
            .as("behind %s at %s", event, events)
            .anyMatch(text -> text.startsWith("Enqueuing response to /"));
      }
    }
  }

  private static Set<String> sources(List<Event> events) {
    Set<String> sources = new TreeSet<>();
    events.forEach(event -> sources.add(event.source()));
    return sources;
  }

  private static List<String> of(String source, List<Event> events) {
    return events.stream().filter(e -> e.source().equals(source)).map(Event::activity).toList();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "INSERT INTO k.t (k, v) VALUES (1, 2) | QUORUM | MUTATE | Appending to commitlog",
        "SELECT * FROM k.t WHERE k = 3 | ALL | READ_DIGEST"
            + " | Executing single-partition query on t",
        "SELECT * FROM k.t WHERE k = 3 | ALL | READ_DIGEST"
            + " | Read 1 live rows and 0 tombstone cells",
        "SELECT * FROM k.t | ALL | READ_DIGEST | Executing seq scan on t .*",
        "UPDATE k.counts SET n = n + 1 WHERE k = 1 | ALL | MUTATE | Adding to counts memtable",
        "INSERT INTO k.t (k) VALUES (-2) IF NOT EXISTS | QUORUM | PAXOS_PROPOSE"
            + " | Adding to paxos memtable",
        "INSERT INTO k.t (k) VALUES (-3) IF NOT EXISTS | QUORUM | PAXOS_COMMIT"
            + " | Adding to t memtable",
        "INSERT INTO k.t (k) VALUES (-1) IF NOT EXISTS | QUORUM | PAXOS_PREPARE"
            + " | Executing single-partition query on t",
        "BEGIN BATCH INSERT INTO k.t (k) VALUES (-4) INSERT INTO k.t (k) VALUES (-5) APPLY BATCH"
            + " | QUORUM | BATCH_STORE | Adding to batches memtable",
      })
  void everyReplicaTellsWhatItDid(String cql, Consistency level, String verb, String activity) {
    List<Event> events = trace(cql, level);
    // Also that of the replica that answered after the client had its answer.
    assertThat(sources(events)).isEqualTo(ALL);
    String received = verb + " message received from /127.0.0.1:7000";
    List<String> remote =
        ALL.stream().map(s -> of(s, events)).filter(own -> own.contains(received)).findAny().get();
    assertThat(remote.getFirst()).endsWith(" message received from /127.0.0.1:7000");
    assertThat(remote.getLast()).isEqualTo("Enqueuing response to /127.0.0.1:7000");
    assertThat(remote).anyMatch(text -> text.matches(activity));
    assertThat(of(COORDINATOR, events)).noneMatch(text -> text.contains("message received"));
  }

  /** The leader's own messages are traced as well, and come home through it. */
  @Test
  void aLeaderTellsOfThoseThatItAsked() {
    int key = 0;
    while (cluster.cores.get(0).core().schema().keyspace("two") == null || has(key)) {
      key++;
    }
    List<Event> events = trace("UPDATE two.counts SET n = n + 1 WHERE k = " + key, Consistency.ALL);
    assertThat(sources(events)).isEqualTo(ALL);
    List<String> remote = events.stream().map(Event::activity).toList();
    assertThat(remote)
        .anyMatch(text -> text.matches("COUNT message received from /127.0.0.1:7000"))
        .anyMatch(text -> text.matches("MUTATE message received from /127.0.0.[23]:7000"));
  }

  private boolean has(int key) {
    NodeCore core = cluster.cores.get(0).core();
    return core.view()
        .replicas(core.schema().keyspace("two"))
        .of(CoreCluster.token(key))
        .natural()
        .contains(core.view().self());
  }

  /** What a replica that is not reached would have told is all that is missing. */
  @Test
  void aReplicaThatIsNotReachedAndIsThenRepaired() {
    cluster
        .world
        .network()
        .cut(cluster.machines.get(0).address(), cluster.machines.get(2).address());
    List<Event> written = trace("INSERT INTO k.t (k, v) VALUES (-9, 1)", Consistency.QUORUM);
    assertThat(sources(written)).containsExactly(COORDINATOR, "127.0.0.2");
    cluster.world.network().heal();
    cluster.world.run(20 * CoreCluster.SECOND);
    List<Event> read = trace("SELECT v FROM k.t WHERE k = -9", Consistency.ALL);
    assertThat(of(COORDINATOR, read)).contains("Digest mismatch");
    assertThat(of("127.0.0.3", read))
        .containsSubsequence(
            "Read 0 live rows and 0 tombstone cells",
            "MUTATE message received from /127.0.0.1:7000",
            "Adding to t memtable");
    assertThat(of("127.0.0.2", read)).noneMatch(text -> text.startsWith("MUTATE"));
  }

  @Test
  void withoutATraceNobodyTellsAnything() {
    String all = "SELECT activity FROM system_traces.events";
    int before = SimulatedCore.rows(cluster.ask(0, all, Consistency.ALL)).size();
    cluster.ask(0, "INSERT INTO k.t (k, v) VALUES (-10, 1)", Consistency.ALL);
    cluster.ask(0, "SELECT * FROM k.t WHERE k = -10", Consistency.ALL);
    cluster.world.run(5 * CoreCluster.SECOND);
    assertThat(SimulatedCore.rows(cluster.ask(0, all, Consistency.ALL))).hasSize(before);
  }
}
