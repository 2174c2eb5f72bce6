package io.ilion.runtime;

import java.util.List;

/**
 * Messages between nodes. A message is a flat byte string; it arrives once and whole, or not at
 * all: connections break, peers die, and whoever needs an answer waits for it with a deadline of
 * its own. While a connection lasts messages of one sender arrive in the order in which they were
 * sent; over a simulated network not even that, so nothing may rely on it.
 *
 * <p>Nothing here blocks, and what waits to be sent is bounded.
 */
public interface Network {

  /** The most bytes that one message may have. */
  int MAX_MESSAGE_BYTES = 32 << 20;

  /** The address under which other nodes reach this one. */
  NodeAddress self();

  /** Begins to listen. Called once, before the first message is sent. */
  void listen(Receiver receiver);

  /**
   * Sends a message, and connects first if there is no connection. Any thread may call this.
   *
   * @param message at most {@link #MAX_MESSAGE_BYTES}; kept, and must not change
   * @return false if the message was dropped at once: too much waits for this peer already, or the
   *     node stops; true promises nothing
   */
  boolean send(NodeAddress peer, byte[] message);

  /** Closes the connections to a peer, as to one that is no member any more. */
  void disconnect(NodeAddress peer);

  /** Takes what arrives. */
  interface Receiver {
    /**
     * The lane that a message is for. Called on any thread; looks at the first bytes and does
     * nothing else.
     *
     * @return in {@code 0 .. Scheduler.laneCount() - 1}
     */
    int lane(NodeAddress from, byte[] message);

    /** A message arrived; called on the lane that it is for. The array is the receiver's. */
    void message(NodeAddress from, byte[] message);

    /** Messages that arrived together, all for one lane; called on it. */
    default void messages(NodeAddress from, List<byte[]> messages) {
      for (byte[] message : messages) {
        message(from, message);
      }
    }

    /** Messages to a peer can leave; called on lane 0. */
    void connected(NodeAddress peer);

    /**
     * The connection to a peer broke or could not be made; called on lane 0. What was sent and not
     * answered may be lost.
     */
    void disconnected(NodeAddress peer);
  }

  /** The network of a node that has no peers: nothing arrives, and everything sent is dropped. */
  static Network alone(NodeAddress self) {
    return new Network() {
      @Override
      public NodeAddress self() {
        return self;
      }

      @Override
      public void listen(Receiver receiver) {}

      @Override
      public boolean send(NodeAddress peer, byte[] message) {
        return false;
      }

      @Override
      public void disconnect(NodeAddress peer) {}
    };
  }
}
