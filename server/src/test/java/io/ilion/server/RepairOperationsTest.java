package io.ilion.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ilion.gossip.NodeInfo;
import io.ilion.model.Consistency;
import io.ilion.protocol.Result;
import io.ilion.server.config.Settings;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongPredicate;
import org.junit.jupiter.api.Test;

/** Repairs as operators ask for them, and what they are told of those that the cluster makes. */
class RepairOperationsTest {
  private static final long SECOND = CoreCluster.SECOND;
  private static final int MISSED = 60;
  private static final int LAGGARD = 2;

  /** Three nodes, one of which has missed some writes. */
  private static CoreCluster lagging() throws IOException {
    CoreCluster run =
        new CoreCluster(
            1,
            3,
            3,
            usual ->
                usual
                    .with(Settings.HINTED_HANDOFF_ENABLED, false)
                    .with(Settings.AUTO_REPAIR_ENABLED, false));
    run.ask(0, "CREATE TABLE k.missed (k int PRIMARY KEY, v int)", Consistency.ONE);
    run.end(LAGGARD);
    for (int key = 0; key < MISSED; key++) {
      assertThat(
              run.ask(0, "INSERT INTO k.missed (k, v) VALUES (" + key + ", 1)", Consistency.QUORUM))
          .isInstanceOf(Result.Void.class);
    }
    run.begin(LAGGARD);
    run.world.await(run.cores.get(LAGGARD).started());
    run.world.run(10 * SECOND);
    assertThat(here(run)).isEmpty();
    return run;
  }

  /** What the node that missed the writes has by now: a replica asks nobody else at ONE. */
  private static Set<Integer> here(CoreCluster run) {
    Set<Integer> here = new TreeSet<>();
    for (int key = 0; key < MISSED; key++) {
      String select = "SELECT v FROM k.missed WHERE k = " + key;
      if (!SimulatedCore.rows(run.ask(LAGGARD, select, Consistency.ONE)).isEmpty()) {
        here.add(key);
      }
    }
    return here;
  }

  private static Set<Integer> keys(LongPredicate wanted) {
    Set<Integer> keys = new TreeSet<>();
    for (int key = 0; key < MISSED; key++) {
      if (wanted.test(CoreCluster.token(key))) {
        keys.add(key);
      }
    }
    return keys;
  }

  private static Map<?, ?> repair(CoreCluster run, Map<String, ?> arguments) {
    return (Map<?, ?>) run.run(0, "repair", arguments);
  }

  @Test
  void aRepairOfSomeTokensTouchesNoOthers() throws IOException {
    CoreCluster run = lagging();
    long start = Long.MIN_VALUE / 2;
    long end = Long.MAX_VALUE / 2;
    Map<?, ?> report =
        repair(
            run,
            Map.of("keyspace", "k", "start-token", start, "end-token", end, "tables", List.of()));
    Set<Integer> inside = keys(token -> token > start && token <= end);
    assertThat(inside).hasSizeBetween(1, MISSED - 1);
    assertThat(here(run)).isEqualTo(inside);
    assertThat(report.get("differing_parts")).isNotEqualTo(0);
    assertThat(report.get("counts_for_purging")).isEqualTo(true);
    // A range that passes the end of the ring.
    repair(run, Map.of("keyspace", "k", "start-token", end, "end-token", start));
    assertThat(here(run)).hasSize(MISSED);
    report = repair(run, Map.of("keyspace", "k"));
    assertThat(report.get("differing_parts")).isEqualTo(0);
    assertThatThrownBy(() -> repair(run, Map.of("keyspace", "k", "start-token", start)))
        .hasStackTraceContaining("start-token and end-token belong together");
  }

  @Test
  void aRepairOfPrimaryRangesTouchesThoseOfTheNodeAlone() throws IOException {
    CoreCluster run = lagging();
    repair(run, Map.of("keyspace", "k", "primary-range", true));
    NodeCore core = run.cores.get(0).core();
    NodeInfo self = core.view().self();
    Set<Integer> primary =
        keys(
            token ->
                core.view()
                    .replicas(core.schema().keyspace("k"))
                    .of(token)
                    .natural()
                    .getFirst()
                    .equals(self));
    assertThat(primary).hasSizeBetween(1, MISSED - 1);
    assertThat(here(run)).isEqualTo(primary);
    repair(run, Map.of("keyspace", "k"));
    assertThat(here(run)).hasSize(MISSED);
  }

  private static Map<?, ?> status(CoreCluster run, int index) {
    return (Map<?, ?>) run.run(index, "repair-status", Map.of("keyspace", "k"));
  }

  private static Map<?, ?> table(Map<?, ?> status) {
    return (Map<?, ?>) ((List<?>) status.get("tables")).getFirst();
  }

  private static long since(CoreCluster run, int index) {
    String since = (String) table(status(run, index)).get("repaired_since");
    return since.equals("never") ? 0 : Instant.parse(since).getEpochSecond();
  }

  @Test
  void theClusterRepairsItselfUntilItIsTold() throws IOException {
    Duration interval = Duration.ofMinutes(20);
    CoreCluster run =
        new CoreCluster(2, 3, 3, usual -> usual.with(Settings.AUTO_REPAIR_INTERVAL, interval));
    assertThat(status(run, 0).get("auto_repair")).isEqualTo(true);
    assertThat(table(status(run, 0)).get("table")).isEqualTo("k.t");
    assertThat(table(status(run, 0)).get("repaired_since")).isEqualTo("never");
    run.world.run(2 * interval.toNanos());
    List<Long> first = new ArrayList<>();
    for (int index = 0; index < 3; index++) {
      first.add(since(run, index));
      assertThat(first.getLast()).isPositive();
      assertThat(number(table(status(run, index)), "overdue_seconds"))
          .isLessThan(interval.toSeconds());
      assertThat(table(status(run, index)).containsKey("last_failure")).isFalse();
      List<?> repairs = (List<?>) status(run, index).get("repairs");
      assertThat(repairs).anySatisfy(one -> assertThat(one).asString().contains("by=schedule"));
      run.run(index, "auto-repair", Map.of("enabled", false));
    }
    run.world.run(interval.toNanos() * 3 / 2);
    for (int index = 0; index < 3; index++) {
      assertThat(status(run, index).get("auto_repair")).isEqualTo(false);
      // One may have been under way.
      assertThat(since(run, index) - first.get(index)).isLessThan(interval.toSeconds());
      assertThat(number(table(status(run, index)), "overdue_seconds")).isPositive();
      run.run(index, "auto-repair", Map.of("enabled", true));
    }
    run.world.run(2 * interval.toNanos());
    for (int index = 0; index < 3; index++) {
      assertThat(since(run, index) - first.get(index)).isGreaterThan(interval.toSeconds());
    }
  }

  private static long number(Map<?, ?> of, String name) {
    return ((Number) of.get(name)).longValue();
  }
}
