package io.ilion.runtime.simulated;

import io.ilion.runtime.Network;
import io.ilion.runtime.NodeAddress;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * The network of a world. Each direction between two nodes has its own {@link LinkFaults}, and may
 * be cut while the other is not. A sender learns of a peer that it cannot reach as with TCP: at
 * once when the peer's process has ended, after a while when messages vanish.
 */
public final class SimulatedNetwork {
  private static final int DELIVERY = 0x40;
  private static final long SILENCE_NANOS = 5_000_000_000L;
  private static final long MAX_UNDERWAY_BYTES = 64L << 20;

  private final SimulatedWorld world;
  private final SimulatedRandom random;
  private final Map<Direction, Link> links = new HashMap<>();
  private final Map<NodeAddress, Endpoint> endpoints = new HashMap<>();
  private LinkFaults faults = LinkFaults.NONE;
  private long delivered;

  private record Direction(NodeAddress from, NodeAddress to) {}

  /** One direction between two nodes. */
  private static final class Link {
    private LinkFaults faults;
    private boolean cut;
    private long lastArrival;
    private long underwayBytes;
  }

  SimulatedNetwork(SimulatedWorld world, SimulatedRandom random) {
    this.world = world;
    this.random = random;
  }

  private Link link(NodeAddress from, NodeAddress to) {
    return links.computeIfAbsent(new Direction(from, to), d -> new Link());
  }

  /** What all links do that have no faults of their own. */
  public void setFaults(LinkFaults all) {
    faults = all;
  }

  /** What one direction between two nodes does; null for what all do. */
  public void setFaults(NodeAddress from, NodeAddress to, LinkFaults own) {
    link(from, to).faults = own;
  }

  /** Has every message of one direction vanish, those under way included. */
  public void cut(NodeAddress from, NodeAddress to) {
    link(from, to).cut = true;
  }

  /** Cuts both directions between two sets of nodes. */
  public void partition(Set<NodeAddress> some, Set<NodeAddress> others) {
    for (NodeAddress a : some) {
      for (NodeAddress b : others) {
        cut(a, b);
        cut(b, a);
      }
    }
  }

  /** Mends all that was cut; delays and losses stay. */
  public void heal() {
    links.values().forEach(link -> link.cut = false);
  }

  /** The number of messages that have arrived. */
  public long delivered() {
    return delivered;
  }

  Network of(SimulatedNode node, SimulatedNode.Process process) {
    Endpoint endpoint = new Endpoint(node.address(), process);
    endpoints.put(node.address(), endpoint);
    return endpoint;
  }

  /** A process ended: its peers find their connections closed. */
  void ended(SimulatedNode node) {
    for (Map.Entry<NodeAddress, SimulatedNode> other : world.nodes().entrySet()) {
      Endpoint endpoint = endpoints.get(other.getKey());
      if (endpoint != null && !other.getValue().equals(node)) {
        Link back = link(node.address(), other.getKey());
        world.schedule(
            random.between(50_000, 1_000_000),
            () -> endpoint.process.isAlive() && !back.cut,
            DELIVERY,
            () -> endpoint.lost(node.address()));
      }
    }
  }

  /** One process on the network. */
  private final class Endpoint implements Network {
    private final NodeAddress self;
    private final SimulatedNode.Process process;
    private final Set<NodeAddress> connected = new HashSet<>();
    private Receiver receiver;

    Endpoint(NodeAddress self, SimulatedNode.Process process) {
      this.self = self;
      this.process = process;
    }

    private boolean listens() {
      return receiver != null && process.isAlive();
    }

    @Override
    public NodeAddress self() {
      return self;
    }

    @Override
    public void listen(Receiver to) {
      if (receiver != null) {
        throw new IllegalStateException("this node listens already");
      }
      receiver = to;
    }

    @Override
    public boolean send(NodeAddress peer, byte[] message) {
      if (message.length > MAX_MESSAGE_BYTES) {
        throw new IllegalArgumentException("a message of " + message.length + " bytes");
      }
      if (!process.isAlive()
          || link(self, peer).underwayBytes + message.length > MAX_UNDERWAY_BYTES) {
        return false;
      }
      world.give(process::isAlive, DELIVERY, () -> put(peer, message));
      return true;
    }

    /** Puts a message on its way, or has the sender told that it cannot be. */
    private void put(NodeAddress peer, byte[] message) {
      Link link = link(self, peer);
      Endpoint target = endpoints.get(peer);
      if (link.cut || link(peer, self).cut) {
        watch(peer);
      } else if (target == null || !target.listens()) {
        after(random.between(50_000, 500_000), () -> lost(peer, true));
        return;
      } else if (connected.add(peer)) {
        after(random.between(20_000, 200_000), () -> receiver.connected(peer));
      }
      LinkFaults now = link.faults == null ? faults : link.faults;
      world.note(Arrays.hashCode(message));
      if (random.chance(now.lost())) {
        return;
      }
      deliver(link, now, target, message);
      if (random.chance(now.repeated())) {
        deliver(link, now, target, message);
      }
    }

    private void deliver(Link link, LinkFaults now, Endpoint target, byte[] message) {
      long delay = random.between(now.leastDelayNanos(), now.mostDelayNanos());
      if (random.chance(now.late())) {
        delay *= random.between(1, 100);
      }
      if (now.ordered()) {
        delay = Math.max(delay, link.lastArrival + 1 - world.nanos());
        link.lastArrival = world.nanos() + delay;
      }
      link.underwayBytes += message.length;
      world.schedule(
          delay,
          () -> true,
          DELIVERY,
          () -> {
            link.underwayBytes -= message.length;
            // A process that began later on the same machine has other connections.
            if (!link.cut && target != null && target.listens()) {
              target.arrive(self, message.clone());
            }
          });
    }

    private void arrive(NodeAddress from, byte[] message) {
      delivered++;
      process.lane(receiver.lane(from, message)).execute(() -> receiver.message(from, message));
    }

    private void after(long nanos, Runnable task) {
      world.schedule(nanos, this::listens, DELIVERY, () -> process.lane(0).execute(task));
    }

    /** Messages vanish: if they still do after a while the connection counts as broken. */
    private void watch(NodeAddress peer) {
      after(
          SILENCE_NANOS,
          () -> {
            if (link(self, peer).cut || link(peer, self).cut) {
              lost(peer, false);
            }
          });
    }

    private void lost(NodeAddress peer) {
      if (listens()) {
        process.lane(0).execute(() -> lost(peer, false));
      }
    }

    /** Tells of a broken connection, or of one that could not be made. */
    private void lost(NodeAddress peer, boolean attempted) {
      if (connected.remove(peer) || attempted) {
        receiver.disconnected(peer);
      }
    }

    @Override
    public void disconnect(NodeAddress peer) {
      connected.remove(peer);
    }
  }
}
