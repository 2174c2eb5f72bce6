package io.ilion.server;

import io.ilion.gossip.ClusterView;
import io.ilion.gossip.NodeInfo;
import io.ilion.protocol.Event;
import io.ilion.protocol.Event.StatusChange.Status;
import io.ilion.protocol.Event.TopologyChange.Change;
import io.ilion.runtime.NodeAddress;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * Tells clients of nodes that come and go, and of those that are up or down. Owned by lane 0.
 * Clients know a node when it is in the ring, so one that is joining is not spoken of; and for them
 * it is up as long as it takes their requests.
 */
final class ClusterEvents implements ClusterView.Listener {
  private final ClusterView view;
  private final Consumer<Event> publish;
  private Map<UUID, NodeInfo> known;

  /** Tells of all that differs from now on. */
  ClusterEvents(ClusterView view, Consumer<Event> publish) {
    this.view = view;
    this.publish = publish;
    this.known = new HashMap<>();
    for (NodeInfo node : view.nodes()) {
      if (isInRing(node)) {
        known.put(node.hostId(), node);
      }
    }
  }

  /** Those in the ring; of one that is new nobody is told before it serves. */
  private Map<UUID, NodeInfo> inRing() {
    Map<UUID, NodeInfo> nodes = new HashMap<>();
    for (NodeInfo node : view.nodes()) {
      if (isInRing(node) && (known.containsKey(node.hostId()) || view.isServing(node.hostId()))) {
        nodes.put(node.hostId(), node);
      }
    }
    return nodes;
  }

  /** Whether clients see a node in the tables of peers. */
  static boolean isInRing(NodeInfo node) {
    return node.state() == NodeInfo.State.NORMAL || node.state() == NodeInfo.State.LEAVING;
  }

  @Override
  public void serving(NodeInfo node, boolean isServing) {
    if (known.containsKey(node.hostId())) {
      Status status = isServing ? Status.UP : Status.DOWN;
      publish.accept(new Event.StatusChange(status, address(node)));
    } else if (isServing) {
      changed(view.epoch());
    }
  }

  @Override
  public void changed(long epoch) {
    Map<UUID, NodeInfo> before = known;
    known = inRing();
    // Who is gone comes first: a successor may have the same address.
    before.forEach(
        (id, node) -> {
          NodeInfo now = known.get(id);
          if (now == null || !isSelf(now) && !hasAddressOf(now, node)) {
            publish.accept(new Event.TopologyChange(Change.REMOVED_NODE, address(node)));
          }
        });
    for (NodeInfo node : known.values()) {
      NodeInfo old = before.get(node.hostId());
      if (isSelf(node) || node.equals(old)) {
        continue;
      }
      if (old == null || !hasAddressOf(node, old)) {
        publish.accept(new Event.TopologyChange(Change.NEW_NODE, address(node)));
        if (view.isServing(node.hostId())) {
          publish.accept(new Event.StatusChange(Status.UP, address(node)));
        }
      } else if (!old.tokens().equals(node.tokens())) {
        publish.accept(new Event.TopologyChange(Change.MOVED_NODE, address(node)));
      }
    }
  }

  private boolean isSelf(NodeInfo node) {
    return node.hostId().equals(view.self().hostId());
  }

  private static boolean hasAddressOf(NodeInfo node, NodeInfo other) {
    return node.nativeAddress().equals(other.nativeAddress());
  }

  private static InetSocketAddress address(NodeInfo node) {
    NodeAddress address = node.nativeAddress();
    return new InetSocketAddress(address.host(), address.port());
  }
}
