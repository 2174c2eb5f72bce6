package io.ilion.coordinator.repair;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.coordinator.replica.SimulatedCluster;
import io.ilion.coordinator.replica.SimulatedCluster.Member;
import io.ilion.coordinator.replica.read.StreamThroughput;
import io.ilion.coordinator.streaming.StreamLimits;
import io.ilion.model.schema.Schema;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Members that repair what they replicate; what they know of that is in the table ks.repairs. */
final class RepairCluster {
  final SimulatedCluster cluster;
  final Map<Member, Repairs> repairs = new HashMap<>();
  final Map<Member, RepairedRanges> repaired = new HashMap<>();

  /** What a member says of the oldest write that may still come from it. */
  final Map<Member, Long> pending = new HashMap<>();

  private final RepairLimits limits;

  RepairCluster(
      long seed, int size, List<String> schema, RepairLimits limits, String... datacenters) {
    this.limits = limits;
    cluster = new SimulatedCluster(seed, size, schema, datacenters);
    cluster.start(this::serve);
  }

  private void serve(Member member) {
    member.serveReads(new StreamThroughput(0));
    RepairedRanges known =
        new RepairedRanges(
            new RepairedRangeStore(
                member.lanes(), cluster.table("repairs"), member.runtime().clock()),
            member.view(),
            member::schema,
            true);
    repaired.put(member, known);
    member.purgeBy(known::horizon);
    repairs.put(
        member,
        new Repairs(
            member.lanes(),
            member.runtime().scheduler().lane(0),
            member.messenger(),
            member.view(),
            member.runtime().clock(),
            new StreamLimits(300, 0, 1, SimulatedCluster.SECOND, 10, 1 << 20),
            limits,
            new Host(member),
            known,
            member.runtime().random().split().nextLong()));
  }

  /** Has a member read what it kept before it was restarted. */
  void load(Member member) {
    CompletableFuture<Void> loaded = new CompletableFuture<>();
    repaired
        .get(member)
        .load(
            failure -> {
              assertThat(failure).isNull();
              loaded.complete(null);
            });
    cluster.world().await(loaded);
  }

  /** Has a member know of a repair. */
  void add(Member member, UUID table, RepairedRange range) {
    CompletableFuture<Void> added = new CompletableFuture<>();
    repaired.get(member).add(table, List.of(range), failure -> added.complete(null));
    cluster.world().await(added);
  }

  /** Has a member alone write a row of ks.t. */
  void apply(int member, int key, long timestamp, int value) {
    boolean[] done = new boolean[1];
    cluster
        .member(member)
        .lanes()
        .apply(
            cluster.update("t", key, timestamp, value),
            failure -> {
              assertThat(failure).isNull();
              done[0] = true;
            });
    cluster.world().until(() -> done[0]);
  }

  private final class Host implements RepairHost {
    private final Member member;

    Host(Member member) {
      this.member = member;
    }

    @Override
    public CompletionStage<Long> oldestPendingWrite() {
      return CompletableFuture.completedFuture(pending.getOrDefault(member, Long.MAX_VALUE));
    }

    @Override
    public CompletionStage<Void> harden(UUID table) {
      return member.engine().flush(table);
    }

    @Override
    public long bytesOf(UUID table) {
      return 0;
    }

    @Override
    public Schema schema() {
      return member.schema();
    }
  }
}
