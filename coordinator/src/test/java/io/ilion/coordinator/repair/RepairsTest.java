package io.ilion.coordinator.repair;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.coordinator.replica.SimulatedCluster;
import io.ilion.coordinator.replica.SimulatedCluster.Member;
import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.metadata.Change;
import io.ilion.model.data.UpdateWriter;
import io.ilion.model.ring.TokenRange;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.runtime.simulated.SimulatedRandom;
import io.ilion.storage.PurgeHorizon;
import io.ilion.storage.StorageEngine;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class RepairsTest {
  private static final int KEYS = 60;
  private static final TokenRange WHOLE = new TokenRange(0, 0);
  private static final List<String> SCHEMA =
      List.of(
          "CREATE KEYSPACE ks WITH replication ="
              + " {'class': 'SimpleStrategy', 'replication_factor': 3}",
          "CREATE TABLE ks.t (k int PRIMARY KEY, v int) WITH gc_grace_seconds = 0",
          "CREATE TABLE ks.repairs (parent_id timeuuid PRIMARY KEY, ranges set<blob>)");
  private static final long MARGIN_SECONDS = 60;

  private final SimulatedRandom random = new SimulatedRandom(11);
  private final RepairCluster test =
      new RepairCluster(
          11, 4, SCHEMA, new RepairLimits(0, 300, 1 << 20, 64, 300, MARGIN_SECONDS), "dc1");
  private final SimulatedCluster cluster = test.cluster;
  private final Map<Member, Repairs> repairs = test.repairs;
  private final Map<Member, RepairedRanges> repaired = test.repaired;

  private Repairs.Report repair(int member, TokenRange within) {
    CompletableFuture<Repairs.Report> done =
        repairs
            .get(cluster.member(member))
            .repair(cluster.member(member).schema().keyspace("ks"), cluster.table("t"), within);
    return cluster.world().await(done);
  }

  /** Writes each key to one to three of its replicas, the newest value to any of them. */
  private void diverge() {
    for (int key = 0; key < KEYS; key++) {
      List<Integer> replicas = cluster.replicas("ks", key);
      for (int replica : replicas) {
        if (random.oneIn(2)) {
          test.apply(replica, key, 1, 1);
        }
      }
      test.apply(replicas.get(random.below(3)), key, 2, 2);
    }
  }

  private int equal(TokenRange within) {
    int equal = 0;
    for (int key = 0; key < KEYS; key++) {
      for (int replica : cluster.replicas("ks", key)) {
        boolean same = Integer.valueOf(2).equals(cluster.member(replica).value("t", key));
        if (within.contains(SimulatedCluster.token(key))) {
          assertThat(same).as("key %d at %d", key, replica).isTrue();
        }
        equal += same ? 1 : 0;
      }
    }
    return equal;
  }

  @Test
  void replicasAreEqualAfterARepairByEachNode() {
    diverge();
    assertThat(repair(0, WHOLE).differing()).isPositive();
    for (int member = 1; member < 4; member++) {
      repair(member, WHOLE);
    }
    assertThat(equal(WHOLE)).isEqualTo(3 * KEYS);
    for (int member = 0; member < 4; member++) {
      Repairs.Report report = repair(member, WHOLE);
      assertThat(report.differing()).isZero();
      assertThat(report.bytesFetched()).isZero();
      assertThat(report.ranges()).isPositive();
    }
  }

  /** It may have fetched what it will own before any of those had it whom it was fetched from. */
  @Test
  void whoIsAboutToBeAReplicaGetsWhatDiffers() {
    diverge();
    Set<Integer> differing = new HashSet<>();
    for (int key = 0; key < KEYS; key++) {
      for (int replica : cluster.replicas("ks", key)) {
        if (!Integer.valueOf(2).equals(cluster.member(replica).value("t", key))) {
          differing.add(key);
        }
      }
    }
    cluster.join(random.bits()).start();
    for (int member = 0; member < 4; member++) {
      cluster.member(member).learn();
    }
    repairAll();
    Member newcomer = cluster.member(4);
    int coming = 0;
    for (int key : differing) {
      if (isComing(newcomer, key)) {
        assertThat(newcomer.value("t", key)).as("key %d", key).isEqualTo(2);
        coming++;
      }
    }
    assertThat(coming).isPositive();
    assertThat(equal(WHOLE)).isEqualTo(3 * KEYS);
  }

  @Test
  void noReplicaGetsWhatOneThatIsToComeCannot() {
    cluster.join(random.bits()).start();
    for (int member = 0; member < 4; member++) {
      cluster.member(member).learn();
    }
    Member newcomer = cluster.member(4);
    newcomer.machine().crash();
    int key = 0;
    while (!isComing(newcomer, key)) {
      key++;
    }
    List<Integer> replicas = cluster.replicas("ks", key);
    test.apply(replicas.get(0), key, 2, 2);
    CompletableFuture<Repairs.Report> done =
        repairs
            .get(cluster.member(replicas.get(1)))
            .repair(cluster.member(0).schema().keyspace("ks"), cluster.table("t"), WHOLE);
    cluster.world().until(done::isDone);
    assertThat(done).isCompletedExceptionally();
    assertThat(cluster.member(replicas.get(1)).value("t", key)).isNull();
    assertThat(cluster.member(replicas.get(2)).value("t", key)).isNull();
  }

  private boolean isComing(Member newcomer, int key) {
    Member any = cluster.member(0);
    return any.view()
        .replicas(any.schema().keyspace("ks"))
        .of(SimulatedCluster.token(key))
        .pending()
        .contains(newcomer.view().self());
  }

  @Test
  void aPartOfTheRingIsRepairedAlone() {
    diverge();
    TokenRange part = new TokenRange(Long.MIN_VALUE / 2, Long.MAX_VALUE / 2);
    for (int member = 0; member < 4; member++) {
      repair(member, part);
    }
    assertThat(equal(part)).isLessThan(3 * KEYS);
  }

  /** What was deleted in front of the first part that was repaired came back to life otherwise. */
  @Test
  void whatIsRepairedSaysNothingOfTheRestOfTheRing() {
    TokenRange part = new TokenRange(Long.MIN_VALUE / 2, Long.MAX_VALUE / 2);
    for (int member = 0; member < 4; member++) {
      repair(member, part);
    }
    for (Member member : cluster.members()) {
      PurgeHorizon horizon = repaired.get(member).horizon(cluster.table("t").id());
      assertThat(horizon.least(part.start() + 1, part.end())).isGreaterThan(Long.MIN_VALUE);
      for (long token :
          new long[] {
            Long.MIN_VALUE, Long.MIN_VALUE + 1, part.start(), part.end() + 1, Long.MAX_VALUE
          }) {
        assertThat(horizon.before(token)).as("%d", token).isEqualTo(Long.MIN_VALUE);
      }
    }
    repairAll();
    for (Member member : cluster.members()) {
      PurgeHorizon horizon = repaired.get(member).horizon(cluster.table("t").id());
      assertThat(horizon.least(Long.MIN_VALUE, Long.MAX_VALUE)).isGreaterThan(Long.MIN_VALUE);
    }
  }

  @Test
  void aReplicaThatIsDownFailsTheRepair() {
    cluster.member(1).machine().crash();
    CompletableFuture<Repairs.Report> done =
        repairs
            .get(cluster.member(0))
            .repair(cluster.member(0).schema().keyspace("ks"), cluster.table("t"), WHOLE);
    cluster.world().until(done::isDone);
    assertThat(done).isCompletedExceptionally();
  }

  private void delete(int member, int key, long timestamp) {
    long now = cluster.member(member).runtime().clock().wallSeconds();
    byte[] update =
        new UpdateWriter()
            .begin(cluster.table("t").id(), SimulatedCluster.key(key))
            .partitionDeletion(timestamp, now)
            .toByteArray();
    CompletableFuture<Void> done = new CompletableFuture<>();
    cluster
        .member(member)
        .lanes()
        .apply(
            update,
            failure -> {
              assertThat(failure).isNull();
              done.complete(null);
            });
    cluster.world().await(done);
  }

  /** Has each member purge what it may. */
  private void compact() {
    for (Member member : cluster.members()) {
      cluster.world().await(member.engine().flush(cluster.table("t").id()));
      cluster.world().await(member.engine().compact(cluster.table("t").id()));
    }
  }

  private long bytes() {
    return cluster.members().stream()
        .flatMap(member -> member.engine().statistics().stream())
        .filter(statistics -> statistics.tableId().equals(cluster.table("t").id()))
        .mapToLong(StorageEngine.TableStatistics::partitionEstimate)
        .sum();
  }

  /** All replicas have all keys, and two of three have missed that they were deleted. */
  private void deleteOnOneReplica() {
    for (int key = 0; key < KEYS; key++) {
      List<Integer> replicas = cluster.replicas("ks", key);
      for (int replica : replicas) {
        test.apply(replica, key, 1, 1);
      }
      delete(replicas.get(random.below(3)), key, 2);
    }
    cluster.world().run((MARGIN_SECONDS + 10) * SimulatedCluster.SECOND);
  }

  private void repairAll() {
    for (int member = 0; member < 4; member++) {
      repair(member, WHOLE);
    }
  }

  private void assertDeleted() {
    for (int key = 0; key < KEYS; key++) {
      for (int replica : cluster.replicas("ks", key)) {
        assertThat(cluster.member(replica).value("t", key)).as("%d at %d", key, replica).isNull();
      }
    }
  }

  @Test
  void whatOneReplicaDeletedStaysDeletedAndIsPurgedAfterARepair() {
    deleteOnOneReplica();
    compact();
    assertThat(bytes()).isEqualTo(3 * KEYS);
    repairAll();
    assertDeleted();
    compact();
    assertThat(bytes()).isZero();
    repairAll();
    assertDeleted();
  }

  @Test
  void aWriteThatIsStillOnItsWayKeepsDeletions() {
    long before = cluster.member(0).runtime().clock().wallMillis();
    deleteOnOneReplica();
    test.pending.put(cluster.member(3), before);
    repairAll();
    assertDeleted();
    compact();
    assertThat(bytes()).isEqualTo(3 * KEYS);
    test.pending.clear();
    repairAll();
    compact();
    assertThat(bytes()).isZero();
  }

  @Test
  void deletionsStayThatAreYoungerThanTheMargin() {
    deleteOnOneReplica();
    for (int key = 0; key < 10; key++) {
      delete(cluster.replicas("ks", key).get(0), key, 3);
    }
    cluster.world().run(5 * SimulatedCluster.SECOND);
    repairAll();
    compact();
    assertThat(bytes()).isEqualTo(30);
    cluster.world().run(2 * MARGIN_SECONDS * SimulatedCluster.SECOND);
    compact();
    assertThat(bytes()).isEqualTo(30);
    repairAll();
    compact();
    assertThat(bytes()).isZero();
  }

  @Test
  void aNodeThatDoesNotAnswerKeepsDeletions() {
    deleteOnOneReplica();
    // It may have hints; of its own ranges nothing is repaired, of others they are.
    cluster.member(3).machine().crash();
    for (int member = 0; member < 3; member++) {
      cluster.member(member).view();
      CompletableFuture<Repairs.Report> done =
          repairs
              .get(cluster.member(member))
              .begin(
                  new Repairs.Request(
                      cluster.member(member).schema().keyspace("ks"),
                      List.of(cluster.table("t")),
                      List.of(),
                      true,
                      false))
              .outcome();
      cluster.world().until(done::isDone);
    }
    for (int member = 0; member < 3; member++) {
      cluster.world().await(cluster.member(member).engine().compact(cluster.table("t").id()));
      assertThat(
              repaired
                  .get(cluster.member(member))
                  .horizon(cluster.table("t").id())
                  .least(Long.MIN_VALUE, Long.MAX_VALUE))
          .isEqualTo(Long.MIN_VALUE);
    }
  }

  /** The schedule of a node begins no other before it has ended. */
  @Test
  void aRepairThatCannotBeginEnds() {
    KeyspaceDefinition unknown = new KeyspaceDefinition("ks", Map.of("class", "Unknown"), true);
    RepairRun run =
        repairs
            .get(cluster.member(0))
            .begin(
                new Repairs.Request(unknown, List.of(cluster.table("t")), List.of(), false, false));
    cluster.world().run(SimulatedCluster.SECOND);
    assertThat(run.outcome()).isCompletedExceptionally();
    assertThat(run.endedMillis()).isPositive();
  }

  private void put(NodeInfo node, NodeInfo.State state) {
    cluster.change(List.of(new Change.PutNode(node.in(state))), 0, 1, 2, 3);
  }

  private RepairRun begin(int member) {
    return repairs
        .get(cluster.member(member))
        .begin(
            new Repairs.Request(
                cluster.member(member).schema().keyspace("ks"),
                List.of(cluster.table("t")),
                List.of(),
                false,
                false));
  }

  /**
   * Who begins to come while replicas are made equal may have fetched a range before they were, and
   * lack a deletion that all of them have; whether it is still there at the end or not.
   */
  @Test
  void aRepairDuringWhichANodeCameAndWentKeepsDeletions() {
    deleteOnOneReplica();
    for (int member = 0; member < 4; member++) {
      RepairRun run = begin(member);
      cluster.world().until(() -> run.rangesDone() > 0);
      Member newcomer = cluster.join(random.bits());
      newcomer.start();
      put(newcomer.view().self(), NodeInfo.State.LEFT);
      Repairs.Report unused = cluster.world().await(run.outcome());
      assertThat(run.isCertified()).isFalse();
    }
    assertDeleted();
    compact();
    assertThat(bytes()).isEqualTo(3 * KEYS);
    repairAll();
    compact();
    assertThat(bytes()).isZero();
  }

  /** Who was a replica may still have what those have purged who are replicas now. */
  @Test
  void nothingIsFetchedFromWhoIsNoReplicaAnyMore() {
    RepairRun run = begin(0);
    cluster.world().until(() -> run.rangesDone() > 0);
    int key = 0;
    // In the last of the ranges that it compares.
    while (SimulatedCluster.token(key) < Long.MAX_VALUE / 8
        || SimulatedCluster.token(key) > Long.MAX_VALUE / 8 * 3) {
      key++;
    }
    List<Integer> before = cluster.replicas("ks", key);
    Member newcomer = cluster.join(SimulatedCluster.token(key));
    newcomer.start();
    put(newcomer.view().self(), NodeInfo.State.NORMAL);
    List<Integer> after = cluster.replicas("ks", key);
    before.removeAll(after);
    test.apply(before.getFirst(), key, 1, 7);
    cluster.world().until(run.outcome()::isDone);
    assertThat(run.outcome()).isCompletedExceptionally();
    for (int replica : after) {
      assertThat(cluster.member(replica).value("t", key)).isNull();
    }
  }

  @Test
  void aReplicaThatDidNotTakePartMakesARepairVoid() {
    deleteOnOneReplica();
    repairAll();
    UUID table = cluster.table("t").id();
    assertThat(repaired.get(cluster.member(0)).horizon(table).least(Long.MIN_VALUE, Long.MAX_VALUE))
        .isPositive();
    // Some ranges now have a replica that has taken part in nothing.
    cluster.join(12_345);
    cluster.members().stream().limit(4).forEach(Member::learn);
    assertThat(repaired.get(cluster.member(0)).horizon(table).least(Long.MIN_VALUE, Long.MAX_VALUE))
        .isEqualTo(Long.MIN_VALUE);
  }

  /** In a large cluster that takes long for each table, and any new table is an epoch. */
  @Test
  void whatMayBePurgedIsComputedAnewOnlyIfWhoHasWhatChanges() {
    UUID table = cluster.table("t").id();
    RepairedRanges known = repaired.get(cluster.member(0));
    PurgeHorizon before = known.horizon(table);
    cluster.change(List.of(), 0);
    assertThat(known.horizon(table)).isSameAs(before);
    put(cluster.member(3).view().self(), NodeInfo.State.LEAVING);
    assertThat(known.horizon(table)).isNotSameAs(before);
  }

  @Test
  void whatIsRepairedIsKnownAfterARestart() {
    deleteOnOneReplica();
    repairAll();
    UUID table = cluster.table("t").id();
    Member member = cluster.member(2);
    PurgeHorizon before = repaired.get(member).horizon(table);
    member.machine().crash();
    member.start();
    assertThat(repaired.get(member).horizon(table).before(0)).isEqualTo(Long.MIN_VALUE);
    test.load(member);
    for (int key = 0; key < 100; key++) {
      long token = SimulatedCluster.token(key);
      assertThat(repaired.get(member).horizon(table).before(token)).isEqualTo(before.before(token));
    }
  }

  /** A later repair with other replicas, that says less, takes nothing of it back. */
  @Test
  void whatWasFinishedStaysSo() {
    UUID table = cluster.table("t").id();
    Member member = cluster.member(0);
    RepairedRanges known = repaired.get(member);
    Set<UUID> some = Set.of(cluster.member(0).view().self().hostId(), new UUID(1, 1));
    Set<UUID> others = Set.of(cluster.member(0).view().self().hostId(), new UUID(1, 2));
    TokenRange range = new TokenRange(0, 100);
    assertThat(known.finishedBefore(table, 50)).isEqualTo(Long.MIN_VALUE);
    test.add(member, table, new RepairedRange(range, 1000, 900, some));
    assertThat(known.finishedBefore(table, 50)).isEqualTo(900);
    assertThat(known.finishedBefore(table, 150)).isEqualTo(Long.MIN_VALUE);
    test.add(member, table, new RepairedRange(range, 2000, Long.MIN_VALUE, others));
    assertThat(known.finishedBefore(table, 50)).isEqualTo(900);
    // What was on its way for long does not take the place of what is newer.
    test.add(member, table, new RepairedRange(range, 1500, 1400, some));
    assertThat(known.finishedBefore(table, 50)).isEqualTo(1400);
    member.machine().crash();
    member.start();
    RepairedRanges again = repaired.get(member);
    test.load(member);
    assertThat(again.finishedBefore(table, 50)).isEqualTo(1400);
    test.add(member, table, new RepairedRange(range, 3000, 2900, others));
    assertThat(again.finishedBefore(table, 50)).isEqualTo(2900);
  }

  /** A repair whose node has a clock of tomorrow says nothing of what others do today. */
  @Test
  void nobodysClockMakesMoreOfARepairThanTheClocksOfOthers() {
    cluster.member(0).machine().clock().jump(86_400_000_000L);
    long now = cluster.member(1).runtime().clock().wallSeconds();
    repair(0, WHOLE);
    UUID table = cluster.table("t").id();
    PurgeHorizon horizon = repaired.get(cluster.member(0)).horizon(table);
    int key = 0;
    while (!cluster.replicas("ks", key).contains(0)) {
      key++;
    }
    assertThat(horizon.before(SimulatedCluster.token(key)))
        .isBetween(now - MARGIN_SECONDS, now - MARGIN_SECONDS + 10);
  }

  @Test
  void oneRowThatIsMissingMovesFewOthers() {
    for (int key = 0; key < 2000; key++) {
      for (int replica : cluster.replicas("ks", key)) {
        test.apply(replica, key, 1, 1);
      }
    }
    int key = 777;
    List<Integer> replicas = cluster.replicas("ks", key);
    test.apply(replicas.get(1), key, 2, 2);
    Repairs.Report report = repair(replicas.get(0), WHOLE);
    assertThat(report.differing()).isEqualTo(1);
    long each = cluster.update("t", 0, 1, 1).length;
    // Some 24 rows are in a leaf of the first tree; three take it.
    assertThat(report.bytesFetched()).isLessThan(3 * 10 * each);
    for (int replica : replicas) {
      assertThat(cluster.member(replica).value("t", key)).isEqualTo(2);
    }
  }

  @Test
  void aReplicaReadsNoFasterThanItMay() {
    long bytesPerSecond = 1000;
    long fast = timeOfARepair(0);
    assertThat(fast).isLessThan(SimulatedCluster.SECOND / 2);
    assertThat(timeOfARepair(bytesPerSecond))
        .isBetween(bytesOfMemberZero() * SimulatedCluster.SECOND / bytesPerSecond, 60_000_000_000L);
  }

  private long bytesOfMemberZero() {
    long bytes = 0;
    for (int key = 0; key < KEYS; key++) {
      bytes += cluster.replicas("ks", key).contains(0) ? cluster.update("t", key, 1, 1).length : 0;
    }
    assertThat(bytes).isGreaterThan(1000);
    return bytes;
  }

  /** Of a cluster whose replicas are equal. */
  private static long timeOfARepair(long bytesPerSecond) {
    RepairCluster other =
        new RepairCluster(
            12,
            4,
            SCHEMA,
            new RepairLimits(bytesPerSecond, 300, 1 << 20, 64, 300, MARGIN_SECONDS),
            "dc1");
    for (int key = 0; key < KEYS; key++) {
      for (int replica : other.cluster.replicas("ks", key)) {
        other.apply(replica, key, 1, 1);
      }
    }
    long begun = other.cluster.world().nanos();
    Member member = other.cluster.member(0);
    Repairs.Report report =
        other
            .cluster
            .world()
            .await(
                other
                    .repairs
                    .get(member)
                    .repair(member.schema().keyspace("ks"), other.cluster.table("t"), WHOLE));
    assertThat(report.differing()).isZero();
    return other.cluster.world().nanos() - begun;
  }
}
