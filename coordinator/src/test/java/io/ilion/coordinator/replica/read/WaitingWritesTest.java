package io.ilion.coordinator.replica.read;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.coordinator.replica.SimulatedCluster;
import io.ilion.coordinator.replica.SimulatedCluster.Member;
import io.ilion.gossip.messaging.FailureReason;
import io.ilion.model.ring.TokenRange;
import io.ilion.storage.LaneStore;
import io.ilion.storage.Slices;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Updates that wait for memory while another node fetches what this one has. */
class WaitingWritesTest {
  private static final int PAGE_BYTES = 1 << 20;
  private static final long TIMEOUT_NANOS = 600 * SimulatedCluster.SECOND;

  private final SimulatedCluster cluster =
      new SimulatedCluster(
          3,
          2,
          List.of(
              "CREATE KEYSPACE ks WITH replication ="
                  + " {'class': 'SimpleStrategy', 'replication_factor': 1}",
              "CREATE TABLE ks.t (k int PRIMARY KEY, v int)"),
          "dc1");

  /** Writes rows until one has to wait; tells which. */
  private int fill(Member member) {
    // No flush ends, so memory fills up.
    member.machine().files().setLatency(SimulatedCluster.SECOND, 2 * SimulatedCluster.SECOND);
    boolean[] waits = new boolean[1];
    int key = 0;
    for (; !waits[0]; key++) {
      int next = key;
      boolean[] given = new boolean[1];
      int index = member.engine().laneOf(SimulatedCluster.token(next));
      member
          .runtime()
          .scheduler()
          .lane(index)
          .execute(
              () -> {
                LaneStore lane = member.engine().lane(index);
                byte[] update = cluster.update("t", next, 1, next);
                waits[0] = !lane.apply(SimulatedCluster.token(next), update, failure -> {});
                given[0] = true;
              });
      cluster.world().until(() -> given[0]);
    }
    return key - 1;
  }

  /** The coordinator of one that waits may count it by the replicas of before. */
  @Test
  void whoFetchesSeesThem() {
    cluster.start(member -> member.serveReads(new StreamThroughput(0)));
    Member source = cluster.member(0);
    Member receiver = cluster.member(1);
    long token = SimulatedCluster.token(fill(source));
    List<Long> seen = new ArrayList<>();
    RangePages pages =
        new RangePages(
            receiver.messenger(),
            cluster.table("t").id(),
            Slices.ALL,
            new TokenRange(token - 1, token),
            PAGE_BYTES,
            RangePages.PURGE_NOTHING);
    boolean[] over = new boolean[1];
    receiver
        .runtime()
        .scheduler()
        .lane(0)
        .execute(
            () ->
                pages.next(
                    source.messenger().self(),
                    TIMEOUT_NANOS,
                    new RangePages.Callback() {
                      @Override
                      public void page(List<RangePages.Update> updates) {
                        updates.forEach(update -> seen.add(update.token()));
                        over[0] = true;
                      }

                      @Override
                      public void failed(FailureReason reason) {
                        throw new AssertionError(reason);
                      }
                    }));
    cluster.world().until(() -> over[0]);
    assertThat(seen).containsExactly(token);
  }
}
