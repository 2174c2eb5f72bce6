package io.ilion.simulator;

import io.ilion.gossip.ClusterState;
import io.ilion.gossip.ClusterView;
import io.ilion.gossip.Gossiper;
import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.NodeInfo.State;
import io.ilion.gossip.messaging.ForwardingMessenger;
import io.ilion.gossip.messaging.Messenger;
import io.ilion.gossip.messaging.MessengerLimits;
import io.ilion.gossip.messaging.MetadataEpochs;
import io.ilion.gossip.messaging.NodeMessenger;
import io.ilion.gossip.messaging.Verb;
import io.ilion.gossip.metadata.Change;
import io.ilion.gossip.metadata.ClusterMetadata;
import io.ilion.gossip.metadata.MetadataService;
import io.ilion.gossip.metadata.VoterCare;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.runtime.Network;
import io.ilion.runtime.NodeAddress;
import io.ilion.runtime.NodeRuntime;
import io.ilion.runtime.simulated.SimulatedNode;
import io.ilion.runtime.simulated.SimulatedWorld;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * How gossip and the metadata log behave in clusters of some size: nodes with just these two, on a
 * good network in virtual time, sixteen tokens each. A round of gossip is a second.
 */
public final class Convergence {
  private static final long SECOND = 1_000_000_000L;
  private static final long STEP = SECOND / 20;
  private static final int TOKENS = 16;
  private static final int QUIET_SECONDS = 10;

  private final SimulatedWorld world;
  private final List<Member> members = new ArrayList<>();
  private final List<NodeInfo> infos = new ArrayList<>();
  private final LongSupplier processorNanos;
  private long messages;
  private long bytes;
  private long metadataMessages;
  private long metadataBytes;
  private long downs;

  /**
   * What was measured of one cluster.
   *
   * @param nodes how many there are
   * @param meetSeconds from the start of all until each knows of each that it is alive
   * @param newsSeconds until all know what one node says of itself, by gossip alone
   * @param messagesEach messages that a node sends in a second, when nothing happens
   * @param bytesEach their bytes
   * @param deathFirstSeconds until the first node takes one for down that has died
   * @param deathLastSeconds until all do
   * @param mistakes how often a node was taken for down that was alive
   * @param changeDecidedSeconds until a node that does not vote knows that its change of the schema
   *     is decided
   * @param changeSeconds until all nodes know the change
   * @param changeMessages of the metadata log that all nodes send meanwhile, answers included
   * @param changeBytes what is in them
   * @param placementMillis processor time for the replicas of a keyspace with three of each row
   */
  public record Row(
      int nodes,
      double meetSeconds,
      double newsSeconds,
      double messagesEach,
      double bytesEach,
      double deathFirstSeconds,
      double deathLastSeconds,
      long mistakes,
      double changeDecidedSeconds,
      double changeSeconds,
      long changeMessages,
      long changeBytes,
      double placementMillis) {}

  /** One node. */
  private final class Member {
    final int number;
    final SimulatedNode machine;
    MetadataService metadata;
    ClusterState state;
    Gossiper gossiper;
    long load;

    Member(int number, SimulatedNode machine) {
      this.number = number;
      this.machine = machine;
    }

    void start() throws IOException {
      NodeRuntime runtime = machine.start(1);
      UUID id = infos.get(number).hostId();
      metadata =
          MetadataService.open(
              runtime.files(),
              "metadata",
              id,
              runtime.random().split(),
              failure -> {
                throw new IllegalStateException(failure);
              });
      if (number == 0) {
        metadata.bootstrap(infos.get(0));
      }
      state = new ClusterState(infos.get(number), metadata.metadata());
      NodeMessenger messenger =
          new NodeMessenger(
              new Counted(runtime.network()),
              runtime.scheduler(),
              runtime.clock(),
              runtime.random().split(),
              MetadataEpochs.fixed(Long.MAX_VALUE),
              MessengerLimits.DEFAULT);
      List<NodeAddress> seeds = List.of(infos.get(0).address(), infos.get(1).address());
      gossiper =
          new Gossiper(
              "convergence",
              state,
              seeds,
              messenger,
              runtime.clock(),
              runtime.scheduler().lane(0),
              runtime.random().split(),
              () -> load);
      metadata.listen(newer -> runtime.scheduler().lane(0).execute(() -> state.apply(newer)));
      metadata.start(
          new MetadataMessenger(messenger),
          runtime.clock(),
          runtime.scheduler().blockingLane("metadata"),
          runtime.scheduler().lane(0),
          gossiper::addressOf,
          seeds,
          new VoterCare(state::isAlive));
      gossiper.listen(metadata::heardOf);
      gossiper.start();
      messenger.start();
    }
  }

  /** A network that is watched. */
  private final class Counted implements Network {
    private final Network network;

    Counted(Network network) {
      this.network = network;
    }

    @Override
    public NodeAddress self() {
      return network.self();
    }

    @Override
    public void listen(Receiver receiver) {
      network.listen(receiver);
    }

    @Override
    public boolean send(NodeAddress peer, byte[] message) {
      messages++;
      bytes += message.length;
      return network.send(peer, message);
    }

    @Override
    public void disconnect(NodeAddress peer) {
      network.disconnect(peer);
    }
  }

  /** What the metadata log sends, and answers with, is counted. */
  private final class MetadataMessenger extends ForwardingMessenger {
    private final NodeAddress self;

    MetadataMessenger(Messenger messenger) {
      super(messenger);
      self = messenger.self();
    }

    private byte[] count(NodeAddress to, byte[] payload) {
      if (!to.equals(self)) {
        metadataMessages++;
        metadataBytes += payload.length;
      }
      return payload;
    }

    @Override
    public void send(NodeAddress to, Verb verb, long token, byte[] payload) {
      count(to, payload);
      super.send(to, verb, token, payload);
    }

    @Override
    public void request(
        NodeAddress to, Verb verb, long token, byte[] payload, long nanos, Answer answer) {
      count(to, payload);
      super.request(to, verb, token, payload, nanos, answer);
    }

    @Override
    public void handle(Verb verb, Handler handler) {
      super.handle(
          verb,
          (from, payload, reply) ->
              handler.handle(
                  from, payload, new AlteredReply(reply, answer -> count(from, answer))));
    }
  }

  private Convergence(int nodes, long seed, LongSupplier processorNanos) {
    this.processorNanos = processorNanos;
    world = new SimulatedWorld(seed);
    Random random = new Random(seed);
    for (int i = 0; i < nodes; i++) {
      SimulatedNode machine = world.addNode();
      members.add(new Member(i, machine));
      infos.add(
          new NodeInfo(
              new UUID(random.nextLong(), random.nextLong()),
              machine.address(),
              machine.address(),
              "dc1",
              "rack" + i % 3,
              State.NORMAL,
              random.longs(TOKENS).boxed().toList(),
              "5.0.0"));
    }
  }

  /**
   * Measures a cluster.
   *
   * @param nodes at least 3
   * @param processorNanos processor time that was used, in nanoseconds
   */
  public static Row measure(int nodes, long seed, LongSupplier processorNanos) {
    try {
      return new Convergence(nodes, seed, processorNanos).measure();
    } catch (IOException e) {
      throw new IllegalStateException("a simulated disk failed that was not to", e);
    }
  }

  private Row measure() throws IOException {
    members.get(0).start();
    List<Change> all = new ArrayList<>();
    infos.stream().skip(1).forEach(node -> all.add(new Change.PutNode(node)));
    world.await(members.get(0).metadata.change(now -> all));
    for (Member member : members.subList(1, members.size())) {
      member.start();
      member.metadata.discover();
    }
    final double meet = seconds(() -> members.stream().allMatch(this::seesAll));
    // Voters are found meanwhile.
    world.run(5 * SECOND);
    watch();
    final long messagesBefore = messages;
    final long bytesBefore = bytes;
    world.run(QUIET_SECONDS * SECOND);
    final double each = (double) QUIET_SECONDS * members.size();
    final double messagesEach = (messages - messagesBefore) / each;
    final double bytesEach = (bytes - bytesBefore) / each;
    final double news = news();
    final Spread change = change();
    final long mistakes = downs;
    final double[] death = death();
    return new Row(
        members.size(),
        meet,
        news,
        messagesEach,
        bytesEach,
        death[0],
        death[1],
        mistakes,
        change.decidedSeconds,
        change.seconds,
        change.messages,
        change.bytes,
        placementMillis());
  }

  private double seconds(BooleanSupplier condition) {
    long began = world.nanos();
    while (!condition.getAsBoolean()) {
      if (world.nanos() - began > 600 * SECOND) {
        throw new IllegalStateException(members.size() + " nodes do not converge");
      }
      world.run(STEP);
    }
    return (world.nanos() - began) / 1e9;
  }

  private boolean seesAll(Member member) {
    return infos.stream().allMatch(node -> member.state.isAlive(node.hostId()));
  }

  private void watch() {
    for (Member member : members) {
      member.state.listen(
          new ClusterView.Listener() {
            @Override
            public void down(NodeInfo node) {
              downs++;
            }
          });
    }
  }

  private double news() {
    Member teller = members.getLast();
    teller.load = 4711;
    UUID id = infos.getLast().hostId();
    return seconds(
        () ->
            members.stream()
                .allMatch(
                    member ->
                        member.gossiper.status(id) != null
                            && member.gossiper.status(id).load() == teller.load));
  }

  /** How a change reaches all nodes; what it says stands with the row. */
  private record Spread(double decidedSeconds, double seconds, long messages, long bytes) {}

  /** A change of the schema. */
  private Spread change() {
    Member proposer = members.getLast();
    long messagesBefore = metadataMessages;
    long bytesBefore = metadataBytes;
    long began = world.nanos();
    long[] decided = new long[1];
    CompletableFuture<ClusterMetadata> made =
        proposer
            .metadata
            .change(
                now ->
                    List.of(
                        new Change.PutKeyspace(
                            new KeyspaceDefinition("k", Map.of("class", "LocalStrategy"), true))))
            .toCompletableFuture();
    made.thenRun(() -> decided[0] = world.nanos());
    while (!made.isDone()
        || members.stream().anyMatch(m -> m.metadata.metadata().schema().keyspace("k") == null)) {
      world.run(STEP / 50);
    }
    double took = (world.nanos() - began) / 1e9;
    return new Spread(
        (decided[0] - began) / 1e9,
        took,
        metadataMessages - messagesBefore,
        metadataBytes - bytesBefore);
  }

  private double[] death() {
    Member dead = members.get(members.size() / 2);
    UUID id = infos.get(members.size() / 2).hostId();
    dead.machine.crash();
    List<Member> others = members.stream().filter(member -> member.number != dead.number).toList();
    double first = seconds(() -> others.stream().anyMatch(m -> !m.state.isAlive(id)));
    double rest = seconds(() -> others.stream().noneMatch(m -> m.state.isAlive(id)));
    return new double[] {first, first + rest};
  }

  private double placementMillis() {
    Map<UUID, NodeInfo> nodes = new HashMap<>();
    infos.forEach(node -> nodes.put(node.hostId(), node));
    ClusterMetadata metadata =
        new ClusterMetadata(
            new UUID(1, 1),
            1,
            members.get(0).metadata.metadata().schema(),
            nodes,
            List.of(infos.get(0).hostId()));
    KeyspaceDefinition keyspace =
        new KeyspaceDefinition("k", Map.of("class", "NetworkTopologyStrategy", "dc1", "3"), true);
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 5; i++) {
      ClusterState fresh = new ClusterState(infos.get(0), metadata);
      long began = processorNanos.getAsLong();
      fresh.replicas(keyspace);
      least = Math.min(least, processorNanos.getAsLong() - began);
    }
    return least / 1e6;
  }
}
