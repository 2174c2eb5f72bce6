package io.ilion.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.model.Consistency;
import io.ilion.protocol.Response;
import io.ilion.runtime.simulated.SimulatedWorld;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What the system's tables say of files, compactions and the cache. */
class StorageTablesTest {
  private static final long SECOND = 1_000_000_000L;
  private static final int ROWS = 3_200;
  private static final int VALUE = 1_000;
  private static final int MIB = 1 << 20;

  private final SimulatedWorld world = new SimulatedWorld(1);
  private SimulatedCore core;

  @BeforeEach
  void start() throws IOException {
    core = new SimulatedCore(world.addNode(), SimulatedCore.config());
    world.await(core.started());
    ask(
        "CREATE KEYSPACE k WITH replication ="
            + " {'class': 'SimpleStrategy', 'replication_factor': 1}");
    ask(
        "CREATE TABLE k.t (k int PRIMARY KEY, v text)"
            + " WITH compression = {'enabled': false}"
            + " AND compaction = {'class': 'SizeTieredCompactionStrategy', 'enabled': false}");
  }

  private Response ask(String cql) {
    Response answer = world.await(core.ask(cql, Consistency.ONE));
    assertThat(answer).isNotInstanceOf(Response.Error.class);
    return answer;
  }

  private Object operate(String name) {
    return world.await(core.core().operations().run(name, Map.of("keyspace", "k")));
  }

  /** Two files or more on each lane, each of which has all rows. */
  private void fill() {
    String value = "v".repeat(VALUE);
    for (int file = 0; file < 2; file++) {
      for (int i = 0; i < ROWS; ) {
        StringBuilder batch = new StringBuilder("BEGIN UNLOGGED BATCH ");
        for (int end = i + 25; i < end; i++) {
          batch.append("INSERT INTO k.t (k, v) VALUES (" + i + ", '" + value + "'); ");
        }
        ask(batch + "APPLY BATCH");
      }
      operate("flush");
    }
  }

  /** The rows of a table that concern k.t, or that concern none, as JSON. */
  private List<JsonNode> rows(String table) {
    List<JsonNode> rows = new ArrayList<>();
    for (byte[][] row : SimulatedCore.rows(ask("SELECT JSON * FROM " + table))) {
      JsonNode json = JsonMapper.shared().readTree(new String(row[0], StandardCharsets.UTF_8));
      if (json.path("keyspace_name").asString("k").equals("k")) {
        rows.add(json);
      }
    }
    return rows;
  }

  @Test
  void whatWasCompactedIsInTheHistory() {
    fill();
    assertThat(rows("system.compaction_history")).isEmpty();
    operate("compact");
    List<?> known =
        (List<?>) world.await(core.core().operations().run("compactionhistory", Map.of()));
    List<JsonNode> rows = rows("system.compaction_history");
    assertThat(rows).hasSameSizeAs(known).isNotEmpty();
    for (Object one : known) {
      Map<?, ?> expected = (Map<?, ?>) one;
      assertThat(rows)
          .filteredOn(row -> row.get("id").asString().equals(expected.get("id")))
          .singleElement()
          .satisfies(
              row -> {
                assertThat(row.get("columnfamily_name").asString()).isEqualTo("t");
                assertThat(row.get("bytes_in").asLong())
                    .isEqualTo(expected.get("read_bytes"))
                    .isGreaterThan(row.get("bytes_out").asLong());
                assertThat(row.get("bytes_out").asLong())
                    .isEqualTo(expected.get("written_bytes"))
                    .isPositive();
                assertThat(row.get("compaction_properties").get("compaction_type").asString())
                    .isEqualTo("major compaction");
                assertThat(row.get("rows_merged").isNull()).isTrue();
                assertThat(row.get("compacted_at").asString()).startsWith("2001-09-09 ");
              });
    }
    ask("DROP TABLE k.t");
    assertThat(rows("system.compaction_history")).isEmpty();
  }

  @Test
  void compactionsThatRunAreTasks() {
    fill();
    assertThat(rows("system_views.sstable_tasks")).isEmpty();
    world.await(core.core().operations().run("setcompactionthroughput", Map.of("rate", 1)));
    CompletionStage<?> compacted = core.core().operations().run("compact", Map.of("keyspace", "k"));
    Map<String, List<Long>> progress = new TreeMap<>();
    while (!compacted.toCompletableFuture().isDone()) {
      for (JsonNode task : rows("system_views.sstable_tasks")) {
        assertThat(task.get("table_name").asString()).isEqualTo("t");
        assertThat(task.get("kind").asString()).isEqualTo("major compaction");
        assertThat(task.get("unit").asString()).isEqualTo("bytes");
        assertThat(task.get("sstables").asInt()).isGreaterThan(1);
        assertThat(task.get("target_directory").asString()).startsWith("node/data/k-t-");
        long done = task.get("progress").asLong();
        long total = task.get("total").asLong();
        assertThat(done).isBetween(0L, total);
        assertThat(task.get("completion_ratio").asDouble()).isEqualTo((double) done / total);
        progress.computeIfAbsent(task.get("task_id").asString(), id -> new ArrayList<>()).add(done);
      }
      world.run(SECOND / 10);
    }
    assertThat(rows("system_views.sstable_tasks")).isEmpty();
    // One on each lane.
    assertThat(progress).hasSize(2);
    assertThat(progress.values())
        .allSatisfy(
            done -> {
              assertThat(done).isSorted();
              assertThat(Set.copyOf(done)).hasSizeGreaterThan(2);
            });
  }

  @Test
  void sizesAreThoseOfTheFiles() {
    fill();
    operate("compact");
    world.run(SECOND);
    Map<?, ?> known = (Map<?, ?>) ((List<?>) operate("tablestats")).getFirst();
    long bytes = (Long) known.get("disk_bytes");
    assertThat(only("system_views.disk_usage").get("mebibytes").asLong())
        .isEqualTo(bytes / MIB)
        .isGreaterThanOrEqualTo(ROWS * VALUE / MIB);
    assertThat(only("system_views.max_sstable_size").get("mebibytes").asLong())
        .isEqualTo((Long) known.get("largest_sstable_bytes") / MIB)
        .isBetween(1L, bytes / MIB - 1);
    // Each of the node's ranges has its share, of each type.
    for (String table : List.of("system.size_estimates", "system.table_estimates")) {
      Map<String, Long> partitions = new TreeMap<>();
      for (JsonNode row : rows(table)) {
        partitions.merge(
            row.path("range_type").asString(""), row.get("partitions_count").asLong(), Long::sum);
        assertThat(row.get("mean_partition_size").asLong())
            .isEqualTo(bytes / (Long) known.get("partitions_estimate"));
      }
      assertThat(partitions.keySet())
          .isEqualTo(
              table.equals("system.size_estimates")
                  ? Set.of("")
                  : Set.of("local_primary", "primary"));
      assertThat(partitions.values())
          .allSatisfy(all -> assertThat(all).isBetween(ROWS - 200L, ROWS + 200L));
    }
  }

  @Test
  void requestsCountOnWhenATableIsTruncated() {
    for (int round = 1; round < 4; round++) {
      ask("INSERT INTO k.t (k, v) VALUES (1, 'v')");
      ask("SELECT * FROM k.t WHERE k = 1");
      ask("TRUNCATE k.t");
      world.run(60 * SECOND);
      Map<?, ?> known = (Map<?, ?>) ((List<?>) operate("tablestats")).getFirst();
      for (String count : List.of("local_writes", "writes", "local_reads", "reads")) {
        assertThat(known.get(count)).as(count).isEqualTo((long) round);
      }
    }
  }

  @Test
  void theCacheSaysHowOftenItWasAsked() {
    fill();
    ask("SELECT * FROM k.t WHERE k = 1");
    JsonNode before = only("system_views.caches");
    ask("SELECT * FROM k.t WHERE k = 1");
    JsonNode after = only("system_views.caches");
    assertThat(after.get("name").asString()).isEqualTo("chunks");
    assertThat(after.get("capacity_bytes").asLong()).isPositive();
    assertThat(after.get("size_bytes").asLong())
        .isBetween(1L, after.get("capacity_bytes").asLong());
    assertThat(after.get("entry_count").asInt()).isPositive();
    long requests = after.get("request_count").asLong() - before.get("request_count").asLong();
    assertThat(requests).isPositive();
    // What was read a moment ago is all there.
    assertThat(after.get("hit_count").asLong() - before.get("hit_count").asLong())
        .isEqualTo(requests);
    assertThat(after.get("hit_ratio").asDouble())
        .isEqualTo(after.get("hit_count").asDouble() / after.get("request_count").asDouble());
  }

  private JsonNode only(String table) {
    List<JsonNode> rows = rows(table);
    assertThat(rows).hasSize(1);
    return rows.getFirst();
  }
}
