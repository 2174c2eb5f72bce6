package io.ilion.gossip.messaging;

import io.ilion.runtime.NodeAddress;
import java.nio.ByteBuffer;

/**
 * Sends requests to other nodes and takes theirs. Messages may be lost, late, repeated and out of
 * order: a handler must bear a request that it has seen before, and whoever asks is always told the
 * end, an answer or a failure, once and not later than its timeout.
 *
 * <p>A message to the node itself takes the same way without the network, so that logic need not
 * tell itself from others.
 */
public interface Messenger {
  /** A token that lane 0 owns: of messages that are about no partition. */
  long LANE_0 = Long.MIN_VALUE;

  /** Where other nodes reach this one. */
  NodeAddress self();

  /**
   * Sends a message that has no answer.
   *
   * @param token of the partition that it is about; it is handled on the lane that owns the token
   * @param payload kept; must not change
   */
  void send(NodeAddress to, Verb verb, long token, byte[] payload);

  /**
   * Sends a request. To be called on a lane of this node, which is told of the answer.
   *
   * @param token as for {@link #send}
   * @param payload kept; must not change
   * @param timeoutNanos after which the request counts as failed
   */
  void request(
      NodeAddress to, Verb verb, long token, byte[] payload, long timeoutNanos, Answer answer);

  /** Registers who takes the requests of a verb; once for each, before the node is started. */
  void handle(Verb verb, Handler handler);

  /** Told how a request ended, once, on the lane that sent it. */
  interface Answer {
    /** The answer, from its position to its limit; valid for as long as it is kept. */
    void answered(NodeAddress from, ByteBuffer payload);

    /** No answer will be told of any more. */
    void failed(NodeAddress from, FailureReason reason);
  }

  /** Takes requests, on the lane that owns their token. What it throws is answered as UNKNOWN. */
  interface Handler {
    /**
     * A request arrived.
     *
     * @param payload from its position to its limit
     * @param reply to be used at most once; of a message that wants no answer it does nothing
     */
    void handle(NodeAddress from, ByteBuffer payload, Reply reply);
  }

  /** The way back to whoever asked. Any thread may call this; only the first call counts. */
  interface Reply {
    /** Answers. The payload is kept and must not change. */
    void answer(byte[] payload);

    /** Says that there is no answer, and why. */
    void fail(FailureReason reason);
  }
}
