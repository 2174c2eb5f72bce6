package io.ilion.coordinator.repair;

import static io.ilion.coordinator.replica.SimulatedCluster.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.coordinator.replica.SimulatedCluster;
import io.ilion.coordinator.replica.SimulatedCluster.Member;
import io.ilion.model.ring.TokenRange;
import io.ilion.runtime.simulated.SimulatedWorld;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Three nodes of one data centre, and one of another, that repair tables by themselves. */
class RepairScheduleTest {
  private static final long MINUTE = 60;
  private static final long INTERVAL = 120 * MINUTE;

  /** For what is under way, for others who repair, and for the minutes in between. */
  private static final long SLACK = 30 * MINUTE;

  private static final int HERE = 3;
  private static final int FAR = 3;
  private static final List<String> SCHEMA =
      List.of(
          "CREATE KEYSPACE both WITH replication ="
              + " {'class': 'NetworkTopologyStrategy', 'dc1': 2, 'dc2': 1}",
          "CREATE TABLE both.a (k int PRIMARY KEY, v int)",
          "CREATE TABLE both.b (k int PRIMARY KEY, v int)",
          "CREATE KEYSPACE ks WITH replication = {'class': 'NetworkTopologyStrategy', 'dc1': 3}",
          "CREATE TABLE ks.repairs (parent_id timeuuid PRIMARY KEY, ranges set<blob>)",
          "CREATE TABLE ks.t (k int PRIMARY KEY, v int)",
          "CREATE TABLE ks.day (k int PRIMARY KEY, v int) WITH gc_grace_seconds = 86400",
          "CREATE TABLE ks.short (k int PRIMARY KEY, v int) WITH gc_grace_seconds = 600",
          "CREATE TABLE ks.none (k int PRIMARY KEY, v int) WITH gc_grace_seconds = 0");

  private final RepairCluster test =
      new RepairCluster(
          5, 4, SCHEMA, new RepairLimits(0, 300, 1 << 20, 64, 300, 60), "dc1", "dc1", "dc1", "dc2");
  private final SimulatedCluster cluster = test.cluster;
  private final SimulatedWorld world = cluster.world();
  private final Map<Member, RepairSchedule> schedules = new HashMap<>();

  private void begin(Member member, Duration interval) {
    RepairSchedule schedule =
        new RepairSchedule(
            test.repairs.get(member),
            member::schema,
            new RepairSchedule.Options(
                true, interval, RepairSchedule.Options.DEFAULT.least(), Duration.ZERO),
            member.runtime().random().split());
    schedules.put(member, schedule);
    schedule.start();
  }

  private void begin(int number) {
    begin(cluster.member(number), Duration.ofSeconds(INTERVAL));
  }

  private List<RepairSchedule.Standing> standings(int number, String keyspace) {
    return world.await(schedules.get(cluster.member(number)).askStandings()).stream()
        .filter(standing -> standing.table().keyspace().equals(keyspace))
        .toList();
  }

  /** Each table that can be was repaired by each node not long ago. */
  private void expectRepaired(String keyspace, int tables) {
    for (int number = 0; number < HERE; number++) {
      long now = cluster.member(number).runtime().clock().wallSeconds();
      List<RepairSchedule.Standing> standings = standings(number, keyspace);
      assertThat(standings).hasSize(tables);
      for (RepairSchedule.Standing standing : standings) {
        assertThat(standing.failure()).isEmpty();
        assertThat(standing.sinceSeconds())
            .as("%s at %d", standing.table().name(), number)
            .isBetween(now - INTERVAL - SLACK, now);
      }
    }
  }

  /** How often a node has tried to repair tables of a keyspace since a second. */
  private long attempts(int number, String keyspace, long since) {
    return test.repairs.get(cluster.member(number)).runs().stream()
        .filter(run -> run.request().keyspace().name().equals(keyspace))
        .filter(run -> run.startedMillis() >= since * 1000)
        .count();
  }

  private void lose(int number) {
    cluster.member(number).machine().kill();
    cluster.believe(number, false);
  }

  @Test
  void whatFailsKeepsNothingElseFromItsTurn() {
    lose(FAR);
    for (int number = 0; number < HERE; number++) {
      begin(number);
    }
    world.run((INTERVAL + SLACK) * SECOND);
    for (int i = 0; i < 8; i++) {
      expectRepaired("ks", 5);
      world.run(INTERVAL / 4 * SECOND);
    }
    for (int number = 0; number < HERE; number++) {
      for (RepairSchedule.Standing standing : standings(number, "both")) {
        assertThat(standing.sinceSeconds()).isEqualTo(Long.MIN_VALUE);
        assertThat(standing.failure()).endsWith("is down");
      }
      // Two tables, every half an hour or a bit later.
      long now = cluster.member(number).runtime().clock().wallSeconds();
      assertThat(attempts(number, "both", now - 2 * INTERVAL)).isBetween(8L, 18L);
    }

    // What was repaired is known after a restart, and is repaired when it is due.
    Map<UUID, Long> since = new HashMap<>();
    standings(1, "ks").forEach(s -> since.put(s.table().id(), s.sinceSeconds()));
    for (int number = 0; number < HERE; number++) {
      Member member = cluster.member(number);
      member.machine().crash();
      member.start();
      test.load(member);
      begin(number);
    }
    cluster.believe(FAR, false);
    standings(1, "ks")
        .forEach(s -> assertThat(s.sinceSeconds()).isEqualTo(since.get(s.table().id())));
    for (int i = 0; i < 5; i++) {
      expectRepaired("ks", 5);
      world.run(INTERVAL / 4 * SECOND);
    }

    // And what has failed is tried again.
    cluster.member(FAR).start();
    cluster.believe(FAR, true);
    world.run((INTERVAL / 4 + SLACK) * SECOND);
    expectRepaired("both", 2);
  }

  @Test
  void aScheduleThatIsSwitchedOffBeginsNothing() {
    begin(0);
    schedules.get(cluster.member(0)).enable(false);
    world.run(INTERVAL * SECOND);
    assertThat(test.repairs.get(cluster.member(0)).runs()).isEmpty();
    schedules.get(cluster.member(0)).enable(true);
    world.run(SLACK * SECOND);
    assertThat(standings(0, "ks")).allMatch(standing -> standing.sinceSeconds() > 0);
  }

  @Test
  void aTableIsRepairedThreeTimesInItsGraceButNotMoreThanHourly() {
    Member member = cluster.member(0);
    begin(member, Duration.ZERO);
    schedules.get(member).enable(false);
    Set<UUID> all = new HashSet<>();
    cluster.members().forEach(each -> all.add(each.view().self().hostId()));
    long since = member.runtime().clock().wallSeconds();
    Map<String, Long> after = new HashMap<>();
    for (RepairSchedule.Standing standing : standings(0, "ks")) {
      TokenRange ring = new TokenRange(Long.MIN_VALUE, Long.MAX_VALUE);
      test.add(member, standing.table().id(), new RepairedRange(ring, since, Long.MIN_VALUE, all));
    }
    standings(0, "ks").forEach(s -> after.put(s.table().name(), s.dueSeconds() - since));
    assertThat(after)
        .isEqualTo(
            Map.of(
                "t", 288_000L, "repairs", 288_000L, "none", 288_000L, "day", 28_800L, "short",
                3_600L));
  }
}
