package io.ilion.gossip;

import io.ilion.gossip.NodeInfo.State;
import io.ilion.model.ring.Placement;
import io.ilion.model.ring.ReplicationStrategy;
import io.ilion.model.ring.Ring;
import io.ilion.model.ring.Ring.Member;
import io.ilion.model.ring.TokenRange;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.UUID;

/**
 * Replicas by two rings: the present one of the nodes that are NORMAL or LEAVING, and the one that
 * there will be when those that join have joined and those that leave have left. Who is a replica
 * of a token in the future, and is none now, is pending. A joining node with the tokens of another
 * replaces it.
 */
final class RingReplicas implements KeyspaceReplicas {
  /** The ends of the ranges, ascending. */
  private final long[] ends;

  private final ReplicaSet[] sets;
  private final List<TokenRange> ranges;
  private final boolean localOnly;

  private RingReplicas(long[] ends, ReplicaSet[] sets, NodeInfo self) {
    this.ends = ends;
    this.sets = sets;
    List<TokenRange> all = new ArrayList<>(ends.length);
    for (int i = 0; i < ends.length; i++) {
      all.add(new TokenRange(ends[Math.floorMod(i - 1, ends.length)], ends[i]));
    }
    ranges = List.copyOf(all);
    localOnly =
        Arrays.stream(sets)
            .allMatch(set -> set.pending().isEmpty() && set.natural().equals(List.of(self)));
  }

  /** The replicas under a strategy, as one of the nodes sees them. */
  static RingReplicas of(ReplicationStrategy strategy, Collection<NodeInfo> nodes, NodeInfo self) {
    if (strategy instanceof ReplicationStrategy.Local) {
      return everywhere(self);
    }
    Map<String, NodeInfo> byName = new HashMap<>();
    nodes.forEach(node -> byName.put(node.hostId().toString(), node));
    Map<Member, List<Long>> present = new LinkedHashMap<>();
    Map<Member, List<Long>> future = new LinkedHashMap<>();
    TreeSet<Long> taken = new TreeSet<>();
    for (NodeInfo node : nodes) {
      if (node.state() == State.JOINING) {
        future.put(member(node), node.tokens());
        taken.addAll(node.tokens());
      }
    }
    for (NodeInfo node : nodes) {
      boolean normal = node.state() == State.NORMAL;
      if (normal || node.state() == State.LEAVING) {
        present.put(member(node), node.tokens());
      }
      if (normal) {
        List<Long> kept = node.tokens().stream().filter(token -> !taken.contains(token)).toList();
        if (!kept.isEmpty()) {
          future.put(member(node), kept);
        }
      }
    }
    if (present.isEmpty()) {
      return everywhere(self);
    }
    TreeSet<Long> tokens = new TreeSet<>();
    present.values().forEach(tokens::addAll);
    future.values().forEach(tokens::addAll);
    Placement now = new Placement(Ring.of(present), strategy);
    Placement then = future.equals(present) ? now : new Placement(Ring.of(future), strategy);
    long[] ends = tokens.stream().mapToLong(Long::longValue).toArray();
    ReplicaSet[] sets = new ReplicaSet[ends.length];
    Map<ReplicaSet, ReplicaSet> shared = new HashMap<>();
    for (int i = 0; i < ends.length; i++) {
      List<Member> natural = now.replicas(ends[i]);
      List<Member> later = then == now ? natural : then.replicas(ends[i]);
      ReplicaSet set =
          new ReplicaSet(
              natural.stream().map(m -> byName.get(m.name())).toList(),
              without(later, natural, byName),
              without(natural, later, byName));
      sets[i] = shared.computeIfAbsent(set, s -> s);
    }
    return new RingReplicas(ends, sets, self);
  }

  private static List<NodeInfo> without(
      List<Member> some, List<Member> others, Map<String, NodeInfo> byName) {
    return some.stream()
        .filter(member -> !others.contains(member))
        .map(member -> byName.get(member.name()))
        .toList();
  }

  private static RingReplicas everywhere(NodeInfo self) {
    return new RingReplicas(
        new long[] {Long.MIN_VALUE}, new ReplicaSet[] {new ReplicaSet(List.of(self))}, self);
  }

  private static Member member(NodeInfo node) {
    UUID id = node.hostId();
    return new Member(id.toString(), node.datacenter(), node.rack());
  }

  @Override
  public ReplicaSet of(long token) {
    if (sets.length == 1) {
      return sets[0];
    }
    int found = Arrays.binarySearch(ends, token);
    int index = found < 0 ? -found - 1 : found;
    return sets[index == ends.length ? 0 : index];
  }

  @Override
  public boolean isLocalOnly() {
    return localOnly;
  }

  @Override
  public List<TokenRange> ranges() {
    return ranges;
  }
}
