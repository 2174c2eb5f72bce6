package io.ilion.gossip.messaging;

import io.ilion.runtime.Network;
import io.ilion.runtime.NodeAddress;
import io.ilion.runtime.NodeRuntime;
import io.ilion.runtime.Scheduler;
import io.ilion.runtime.simulated.SimulatedNode;
import io.ilion.runtime.simulated.SimulatedWorld;

/** A node with nothing but a messenger. */
final class Peer {
  static final int LANES = 3;

  final SimulatedNode machine;
  final Scheduler scheduler;
  final NodeMessenger messenger;

  Peer(SimulatedNode machine, MetadataEpochs epochs) {
    this(machine, epochs, MessengerLimits.DEFAULT, Network.MAX_MESSAGE_BYTES);
  }

  /** A node that has room for messages of so many bytes only on its way to others. */
  Peer(SimulatedNode machine, MetadataEpochs epochs, MessengerLimits limits, int room) {
    this.machine = machine;
    NodeRuntime runtime = machine.start(LANES);
    scheduler = runtime.scheduler();
    messenger =
        new NodeMessenger(
            new NarrowNetwork(runtime.network(), room),
            scheduler,
            runtime.clock(),
            runtime.random().split(),
            epochs,
            limits);
  }

  Peer(SimulatedWorld world) {
    this(world.addNode(), MetadataEpochs.fixed(1));
  }

  NodeAddress address() {
    return machine.address();
  }

  Peer handling(Verb verb, Messenger.Handler handler) {
    messenger.handle(verb, handler);
    return this;
  }

  Peer started() {
    messenger.start();
    return this;
  }

  Asked ask(int lane, NodeAddress to, Verb verb, long token, byte[] payload, long timeout) {
    Asked asked = new Asked(scheduler, lane);
    scheduler.lane(lane).execute(() -> messenger.request(to, verb, token, payload, timeout, asked));
    return asked;
  }

  /** Drops what is larger than there is room for, and says so. */
  private record NarrowNetwork(Network network, int room) implements Network {
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
      return message.length <= room && network.send(peer, message);
    }

    @Override
    public void disconnect(NodeAddress peer) {
      network.disconnect(peer);
    }
  }
}
