package io.ilion.coordinator.replica.read;

import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.ReplicaSet;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Who else gets what the replicas lacked that a read has asked, since some nodes are about to be
 * replicas: they may have fetched what they will own before any of those had it whom they fetched
 * it from.
 *
 * <p>Who of them is down cannot get it now, and may go on where it was when it is there again. As
 * of a write so many other replicas more have to have it then, those that were not asked: if one of
 * them makes room for the newcomer, a quorum still has one of those who are left.
 */
final class ComingReplicas {
  private final ReplicaReads reads;
  private final ReadContext context;
  private final List<NodeInfo> sources;
  private final Map<NodeInfo, List<AnswerMerger.Update>> updates = new LinkedHashMap<>();

  /** How many of the sources are more than the level asks for. */
  private final int spare;

  /** How many of those have to do for newcomers that are down. */
  private int standing;

  private boolean enough = true;

  /**
   * Looks who it is.
   *
   * @param sources whose answers were merged, at least as many as the level asks for
   */
  ComingReplicas(
      ReplicaReads reads,
      ReadContext context,
      List<NodeInfo> sources,
      int blockFor,
      AnswerMerger.Result merged) {
    this.reads = reads;
    this.context = context;
    this.sources = sources;
    spare = sources.size() - blockFor;
    for (List<AnswerMerger.Update> lacked : merged.repairs()) {
      for (AnswerMerger.Update update : lacked) {
        add(update);
      }
    }
  }

  private void add(AnswerMerger.Update update) {
    ReplicaSet set = reads.replicas(context.table(), update.token());
    int down = 0;
    for (NodeInfo node : set.pending()) {
      if (reads.isAlive(node)) {
        give(node, update);
      } else if (reads.counts(context.level(), node)) {
        down++;
      }
    }
    if (down > 0) {
      standing = Math.max(standing, Math.min(down, spare));
      standIn(update, set, down - spare);
    }
  }

  /** Has so many replicas that were not asked get it, or all if they are fewer. */
  private void standIn(AnswerMerger.Update update, ReplicaSet set, int count) {
    int left = count;
    boolean more = false;
    for (NodeInfo node : set.natural()) {
      if (left > 0 && !sources.contains(node) && reads.counts(context.level(), node)) {
        if (reads.isAlive(node)) {
          give(node, update);
          left--;
        } else {
          more = true;
        }
      }
    }
    enough &= left <= 0 || !more;
  }

  private void give(NodeInfo node, AnswerMerger.Update update) {
    updates.computeIfAbsent(node, n -> new ArrayList<>()).add(update);
  }

  /** What each of them gets. */
  Map<NodeInfo, List<AnswerMerger.Update>> updates() {
    return updates;
  }

  /** How many nodes have to have everything besides those that the level asks for. */
  int required() {
    return updates.size() + standing;
  }

  /** Whether enough are alive. */
  boolean areEnough() {
    return enough;
  }
}
