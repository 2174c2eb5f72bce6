package io.ilion.coordinator.paxos;

import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.messaging.FailureReason;
import io.ilion.gossip.messaging.Messenger;
import io.ilion.gossip.messaging.Verb;
import io.ilion.model.data.CorruptDataException;
import io.ilion.runtime.NodeAddress;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * Asks some replicas and counts: tells once that enough agreed, or that no more can. Owned by the
 * lane that made it.
 */
final class Poll {
  private final int required;
  private final Predicate<List<NodeInfo>> enough;
  private final Answers answers;
  private final Runnable then;
  private final List<NodeInfo> agreed = new ArrayList<>();
  private int open;
  private int failed;
  private boolean refused;
  private boolean ended;

  /** Looks at answers. */
  interface Answers {
    /** Whether this answer agrees. What it throws counts as a failure. */
    boolean agrees(NodeInfo from, ByteBuffer payload);

    /** A replica failed, did not answer in time, or gave an answer that cannot be read. */
    default void failed(NodeInfo node) {}
  }

  /**
   * A poll that has not begun.
   *
   * @param required so many at least have to agree
   * @param then run once, when enough agreed or no more can
   */
  Poll(int required, Answers answers, Runnable then) {
    this(required, agreed -> agreed.size() >= required, answers, then);
  }

  /** As above; which of those who agreed are enough, someone else says. */
  Poll(int required, Predicate<List<NodeInfo>> enough, Answers answers, Runnable then) {
    this.required = required;
    this.enough = enough;
    this.answers = answers;
    this.then = then;
  }

  /** Asks all of them the same. */
  void ask(
      Messenger messenger,
      List<NodeInfo> nodes,
      Verb verb,
      long token,
      byte[] payload,
      long timeoutNanos) {
    open = nodes.size();
    if (open == 0) {
      end();
    }
    for (NodeInfo node : nodes) {
      messenger.request(
          node.address(),
          verb,
          token,
          payload,
          timeoutNanos,
          new Messenger.Answer() {
            @Override
            public void answered(NodeAddress from, ByteBuffer answer) {
              answer(node, answer);
            }

            @Override
            public void failed(NodeAddress from, FailureReason reason) {
              fail(node);
            }
          });
    }
  }

  private void fail(NodeInfo node) {
    answers.failed(node);
    failed++;
    ended();
  }

  private void answer(NodeInfo node, ByteBuffer payload) {
    boolean agrees;
    try {
      agrees = answers.agrees(node, payload);
    } catch (CorruptDataException | BufferUnderflowException e) {
      fail(node);
      return;
    }
    if (agrees) {
      agreed.add(node);
    } else {
      refused = true;
    }
    ended();
  }

  private void ended() {
    open--;
    if (isCarried() || open == 0 || agreed.size() + open < required) {
      end();
    }
  }

  private void end() {
    if (!ended) {
      ended = true;
      then.run();
    }
  }

  /** Whether enough agreed. */
  boolean isCarried() {
    return enough.test(agreed);
  }

  /** Who agreed so far. */
  List<NodeInfo> agreed() {
    return agreed;
  }

  /** Whether any did not agree; those who failed are not among them. */
  boolean isRefused() {
    return refused;
  }

  /** Whether all who were asked have refused, so that surely nobody agreed. */
  boolean isRefusedByAll() {
    return open == 0 && failed == 0 && agreed.isEmpty();
  }
}
