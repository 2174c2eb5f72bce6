package io.ilion.server;

import io.ilion.gossip.ClusterState;
import io.ilion.gossip.ClusterView;
import io.ilion.gossip.Gossiper;
import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.NodeStatus;
import io.ilion.gossip.messaging.Messenger;
import io.ilion.gossip.messaging.MetadataEpochs;
import io.ilion.gossip.messaging.NodeMessenger;
import io.ilion.gossip.metadata.ClusterMetadata;
import io.ilion.model.schema.Schema;
import io.ilion.runtime.Network;
import io.ilion.runtime.NodeAddress;
import io.ilion.runtime.NodeRuntime;
import io.ilion.server.config.Config;
import io.ilion.server.config.Settings;
import io.ilion.server.cql.BurstScheduler;
import io.ilion.server.system.NodeIdentity;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;

/**
 * What a node has of its cluster: the messenger, the view of the members, gossip. A node without
 * seeds is a cluster of its own, and says nothing to anybody.
 */
final class NodeCluster {
  private final NodeRuntime runtime;
  private final BurstScheduler bursts;
  private final ClusterState state;
  private final NodeMessenger messenger;
  private final Gossiper gossiper;

  /**
   * The part of a node in its cluster; silent before {@link #start}.
   *
   * @param bursts what the handlers of messages that arrived together share
   * @param load the bytes that the node's data take on disk
   */
  NodeCluster(
      Config config,
      NodeRuntime runtime,
      BurstScheduler bursts,
      NodeIdentity identity,
      Schema schema,
      LongSupplier load) {
    this.runtime = runtime;
    this.bursts = bursts;
    NodeInfo self = self(config, runtime.network().self(), identity);
    state =
        new ClusterState(
            self,
            new ClusterMetadata(
                self.hostId(),
                schema.epoch() + 1,
                schema,
                Map.of(self.hostId(), self),
                List.of(self.hostId())));
    messenger =
        new NodeMessenger(
            runtime.network(), bursts, runtime.clock(), runtime.random().split(), new Epochs());
    List<NodeAddress> seeds = seeds(config);
    gossiper =
        seeds.isEmpty()
            ? null
            : new Gossiper(
                config.get(Settings.CLUSTER_NAME),
                state,
                seeds,
                messenger,
                runtime.clock(),
                runtime.scheduler().lane(0),
                runtime.random().split(),
                load);
  }

  private static NodeInfo self(Config config, NodeAddress address, NodeIdentity identity) {
    return new NodeInfo(
        identity.hostId(),
        address,
        new NodeAddress(
            config.get(Settings.BROADCAST_ADDRESS), config.get(Settings.NATIVE_TRANSPORT_PORT)),
        config.get(Settings.DC),
        config.get(Settings.RACK),
        NodeInfo.State.NORMAL,
        identity.tokens(),
        Release.CASSANDRA_VERSION);
  }

  /** Where other nodes may be found; a seed without a port has this node's. */
  static List<NodeAddress> seeds(Config config) {
    return config.get(Settings.SEEDS).stream()
        .map(seed -> seed(seed, config.get(Settings.STORAGE_PORT)))
        .toList();
  }

  private static NodeAddress seed(String text, int defaultPort) {
    boolean bracketed = text.startsWith("[");
    int colon = text.lastIndexOf(':');
    boolean hasPort = bracketed ? text.indexOf("]:") > 0 : colon >= 0 && colon == text.indexOf(':');
    String host = hasPort ? text.substring(0, colon) : text;
    return new NodeAddress(
        bracketed ? host.substring(1, host.indexOf(']')) : host,
        hasPort ? Integer.parseInt(text.substring(colon + 1)) : defaultPort);
  }

  /** Whether the node takes part in a cluster with others, or may. */
  static boolean isConnected(Config config) {
    return !config.get(Settings.SEEDS).isEmpty();
  }

  /** Who belongs to the cluster, who is alive, who replicates what. */
  ClusterView view() {
    return state;
  }

  /** The way to the other nodes; who takes requests registers before {@link #start}. */
  Messenger messenger() {
    return messenger;
  }

  /** What a node said of itself last, or null. */
  NodeStatus status(UUID hostId) {
    return gossiper == null ? null : gossiper.status(hostId);
  }

  /** The schema changed; what follows from it is known when this completes. */
  void schemaChanged(Schema schema) {
    runtime
        .scheduler()
        .lane(0)
        .execute(
            () -> {
              ClusterMetadata now = state.metadata();
              state.apply(
                  new ClusterMetadata(
                      now.cluster(), now.epoch() + 1, schema, now.nodes(), now.voters()));
            });
  }

  /** Begins to talk; completes when the node is a member of its cluster. */
  CompletionStage<Void> start() {
    if (gossiper != null) {
      gossiper.start();
      runtime.network().listen(new Receiver());
    }
    return CompletableFuture.completedFuture(null);
  }

  /** Tells the others that this node ends; completes when it is said. */
  CompletionStage<Void> stop() {
    CompletableFuture<Void> said = new CompletableFuture<>();
    if (gossiper != null) {
      gossiper.stop();
    }
    runtime.scheduler().lane(0).execute(() -> said.complete(null));
    return said;
  }

  private final class Epochs implements MetadataEpochs {
    @Override
    public long epoch() {
      return state.epoch();
    }

    @Override
    public CompletionStage<Void> catchUp(long epoch, NodeAddress from) {
      return MetadataEpochs.fixed(state.epoch()).catchUp(epoch, from);
    }
  }

  /** Has the handlers of messages that arrived together hand on their work together. */
  private final class Receiver implements Network.Receiver {
    @Override
    public int lane(NodeAddress from, byte[] message) {
      return messenger.lane(from, message);
    }

    @Override
    public void message(NodeAddress from, byte[] message) {
      bursts.burst(() -> messenger.message(from, message));
    }

    @Override
    public void messages(NodeAddress from, List<byte[]> messages) {
      bursts.burst(() -> messenger.messages(from, messages));
    }

    @Override
    public void connected(NodeAddress peer) {
      messenger.connected(peer);
    }

    @Override
    public void disconnected(NodeAddress peer) {
      messenger.disconnected(peer);
    }
  }
}
