package io.ilion.gossip.metadata;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.gossip.ClusterState;
import io.ilion.gossip.Gossiper;
import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.NodeInfo.State;
import io.ilion.gossip.Nodes;
import io.ilion.gossip.messaging.FakeMessenger;
import io.ilion.gossip.topology.Membership;
import io.ilion.gossip.topology.RangeTransfer;
import io.ilion.gossip.topology.Topology;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.runtime.NodeAddress;
import io.ilion.runtime.NodeRuntime;
import io.ilion.runtime.simulated.SimulatedNode;
import io.ilion.runtime.simulated.SimulatedWorld;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;

/** Nodes with gossip and the metadata log in a simulated world, and what must hold of them. */
final class MetadataCluster {
  static final long SECOND = 1_000_000_000L;

  final long seed;
  final SimulatedWorld world;
  final List<Member> members = new ArrayList<>();

  /** By epoch what some node knew at it: all must know the same. */
  private final Map<Long, byte[]> history = new TreeMap<>();

  /** By term who led it. */
  private final Map<Long, Integer> leaders = new TreeMap<>();

  /** One node, over all its runs. */
  final class Member {
    final int number;
    SimulatedNode machine;
    NodeRuntime runtime;
    MetadataService service;
    ClusterState state;
    Gossiper gossiper;
    Membership membership;
    FakeMessenger messenger;
    Throwable failure;

    /** Whose place it takes when it joins, or null. */
    UUID replaces;

    Member(int number) {
      this.number = number;
      machine = world.addNode();
    }

    boolean isRunning() {
      return machine.isRunning() && service != null;
    }

    /** Begins a run; the first node makes the cluster, the others find it. */
    void start() {
      try {
        runtime = machine.start(2);
        failure = null;
        service =
            MetadataService.open(
                runtime.files(),
                "metadata",
                Nodes.id(number),
                runtime.random().split(),
                e -> {
                  failure = e;
                  machine.kill();
                });
        if (number == 0 && !service.metadata().isCluster()) {
          service.bootstrap(info(State.NORMAL));
        }
        state = new ClusterState(info(State.JOINING), service.metadata());
        messenger = new FakeMessenger(runtime);
        List<NodeAddress> seeds = List.of(members.get(0).machine.address());
        gossiper =
            new Gossiper(
                "test",
                state,
                seeds,
                messenger,
                runtime.clock(),
                runtime.scheduler().lane(0),
                runtime.random().split(),
                () -> 0);
        MetadataService mine = service;
        NodeRuntime run = runtime;
        service.listen(
            metadata -> {
              record(metadata, Nodes.id(number));
              run.scheduler().lane(0).execute(() -> state.apply(metadata));
            });
        gossiper.listen(service::heardOf);
        service.start(
            messenger,
            runtime.clock(),
            runtime.scheduler().blockingLane("metadata"),
            runtime.scheduler().lane(0),
            gossiper::addressOf,
            seeds,
            new VoterCare(state::isAlive));
        gossiper.start();
        membership =
            new Membership(
                service,
                state,
                gossiper::status,
                runtime.scheduler().lane(0),
                runtime.random().split(),
                new SlowTransfer());
        if (number > 0) {
          service.discover().thenAccept(metadata -> join(mine));
        }
      } catch (IOException e) {
        throw new UncheckedIOException("seed " + seed + " node " + number, e);
      }
    }

    private NodeInfo info(State nodeState) {
      return new NodeInfo(
          Nodes.id(number),
          machine.address(),
          machine.address(),
          "dc1",
          "rack1",
          nodeState,
          List.of(number * 1_000_000L),
          "5.0.0");
    }

    /** Joins if the cluster does not know the node; says where it is if that is new. */
    private void join(MetadataService mine) {
      NodeInfo self = info(State.JOINING);
      (replaces == null ? membership.join(self, 4) : membership.replace(self, replaces))
          .thenCompose(
              joined ->
                  mine.change(
                      metadata -> {
                        NodeInfo known = metadata.node(Nodes.id(number));
                        NodeInfo now =
                            new NodeInfo(
                                known.hostId(),
                                machine.address(),
                                machine.address(),
                                known.datacenter(),
                                known.rack(),
                                known.state(),
                                known.tokens(),
                                known.release());
                        return now.equals(known) ? List.of() : List.of(new Change.PutNode(now));
                      }))
          .whenComplete(
              (done, failed) -> {
                if (failed != null && mine == service && machine.isRunning()) {
                  run(() -> join(mine));
                }
              });
    }

    private void run(Runnable task) {
      runtime.scheduler().lane(0).schedule(SECOND, task);
    }

    /** Moves nothing, but takes its time. */
    private final class SlowTransfer implements RangeTransfer {
      @Override
      public CompletionStage<Void> fetch(ClusterMetadata metadata, NodeInfo self) {
        return wait(metadata, self);
      }

      @Override
      public CompletionStage<Void> handOver(
          ClusterMetadata metadata, NodeInfo leaving, boolean lossy) {
        return wait(metadata, leaving);
      }

      private CompletionStage<Void> wait(ClusterMetadata metadata, NodeInfo moving) {
        assertThat(Topology.moving(metadata)).describedAs("seed %d", seed).isEqualTo(moving);
        CompletableFuture<Void> done = new CompletableFuture<>();
        runtime.scheduler().lane(0).schedule(SECOND / 5, () -> done.complete(null));
        return done;
      }
    }

    CompletionStage<ClusterMetadata> create(String keyspace) {
      return service.change(
          metadata -> {
            if (metadata.schema().keyspace(keyspace) != null) {
              throw new IllegalStateException(keyspace + " is there");
            }
            return List.of(
                new Change.PutKeyspace(
                    new KeyspaceDefinition(keyspace, Map.of("class", "LocalStrategy"), true)));
          });
    }

    Set<String> keyspaces() {
      return service.metadata().schema().keyspaces().keySet();
    }
  }

  MetadataCluster(long seed, int count) {
    this.seed = seed;
    world = new SimulatedWorld(seed);
    for (int i = 0; i < count; i++) {
      members.add(new Member(i));
    }
  }

  Member add() {
    Member member = new Member(members.size());
    members.add(member);
    return member;
  }

  Member member(UUID hostId) {
    return members.get((int) hostId.getLeastSignificantBits());
  }

  void start() {
    members.forEach(Member::start);
    within(60, "all know all, and enough vote", this::isWhole);
  }

  /** Whether all running nodes know the same, all of which are members. */
  boolean isWhole() {
    int wanted = members.size() >= 5 ? 5 : members.size() >= 3 ? 3 : 1;
    return isOne()
        && members.get(0).service.metadata().nodes().size() == members.size()
        && Topology.moving(members.get(0).service.metadata()) == null
        && members.get(0).service.metadata().voters().size() == wanted;
  }

  /** Whether all running nodes are at one epoch. */
  boolean isOne() {
    return members.stream()
            .filter(Member::isRunning)
            .map(m -> m.service.metadata().epoch())
            .distinct()
            .count()
        == 1;
  }

  private void record(ClusterMetadata metadata, UUID by) {
    long moving =
        metadata.nodes().values().stream()
            .filter(node -> node.state() == State.JOINING || node.state() == State.LEAVING)
            .count();
    assertThat(moving).describedAs("seed %d: nodes that move at once", seed).isLessThan(2);
    byte[] bytes = MetadataCodec.encode(metadata);
    byte[] before = history.putIfAbsent(metadata.epoch(), bytes);
    // One that has left may be the only one that has a record of that.
    boolean isSame =
        before == null
            || Arrays.equals(before, bytes)
            || Arrays.equals(remembering(before, metadata.node(by)), bytes);
    assertThat(isSame)
        .describedAs("seed %d: two different epochs %d", seed, metadata.epoch())
        .isTrue();
  }

  private static byte[] remembering(byte[] metadata, NodeInfo node) {
    return MetadataCodec.encode(MetadataCodec.decode(metadata).remembering(node));
  }

  /** Holds at every moment: one leader in a term. */
  void check() {
    for (Member member : members) {
      if (member.isRunning() && member.service.isLeader()) {
        Integer other = leaders.putIfAbsent(member.service.term(), member.number);
        assertThat(other == null || other == member.number)
            .describedAs("seed %d: two leaders of term %d", seed, member.service.term())
            .isTrue();
      }
    }
  }

  Set<Long> terms() {
    return new TreeSet<>(leaders.keySet());
  }

  void run(long nanos) {
    long end = world.nanos() + nanos;
    while (world.nanos() < end) {
      world.run(Math.min(SECOND / 50, end - world.nanos()));
      check();
    }
  }

  void within(long seconds, String what, BooleanSupplier condition) {
    long end = world.nanos() + seconds * SECOND;
    while (!condition.getAsBoolean()) {
      assertThat(world.nanos())
          .describedAs(() -> "seed " + seed + ": " + what + "\n" + describe())
          .isLessThan(end);
      run(SECOND / 20);
    }
  }

  private String describe() {
    StringBuilder text = new StringBuilder();
    for (Member member : members) {
      text.append(member.number).append(member.isRunning() ? " runs " : " is down ");
      if (member.service != null) {
        ClusterMetadata metadata = member.service.metadata();
        text.append("epoch ").append(metadata.epoch());
        text.append(" nodes ").append(metadata.nodes().size());
        text.append(" voters ");
        metadata.voters().forEach(v -> text.append(v.getLeastSignificantBits()).append(' '));
        text.append("term ").append(member.service.term());
        text.append(member.service.isLeader() ? " leads" : "");
        text.append(" commit ").append(member.service.commit());
      }
      text.append('\n');
    }
    return text.toString();
  }
}
