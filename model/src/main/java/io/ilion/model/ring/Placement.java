package io.ilion.model.ring;

import io.ilion.model.ring.Ring.Member;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The replicas of every token of a ring under a strategy, in the order in which a clockwise walk
 * meets them; equal to Cassandra's (its SimpleStrategy and NetworkTopologyStrategy) for the same
 * tokens, so that drivers, which compute them too, agree. Immutable; computed once for a ring.
 */
public final class Placement {
  private final Ring ring;
  private final List<List<Member>> replicas;

  /** Places every range of a ring. */
  public Placement(Ring ring, ReplicationStrategy strategy) {
    this.ring = ring;
    List<List<Member>> all = new ArrayList<>(ring.size());
    // Neighbouring ranges often have the same replicas; one list then serves them all.
    Map<List<Member>, List<Member>> shared = new HashMap<>();
    Topology topology = new Topology(ring);
    for (int index = 0; index < ring.size(); index++) {
      List<Member> of = replicas(ring, index, strategy, topology);
      all.add(shared.computeIfAbsent(of, List::copyOf));
    }
    replicas = List.copyOf(all);
  }

  /** The replicas of a token; fewer than asked for if there are too few members. */
  public List<Member> replicas(long token) {
    return ring.size() == 0 ? List.of() : replicas.get(ring.indexOf(token));
  }

  /** The replicas of the range at an index of the ring. */
  public List<Member> replicasOfRange(int index) {
    return replicas.get(index);
  }

  /** The ranges that a member replicates, in the order of the ring. */
  public List<TokenRange> ranges(Member member) {
    List<TokenRange> found = new ArrayList<>();
    for (int index = 0; index < replicas.size(); index++) {
      if (replicas.get(index).contains(member)) {
        found.add(ring.range(index));
      }
    }
    return found;
  }

  /** Which share of all data a member has, from 0 to 1. */
  public double ownership(Member member) {
    return ranges(member).stream().mapToDouble(TokenRange::share).sum();
  }

  private static List<Member> replicas(
      Ring ring, int index, ReplicationStrategy strategy, Topology topology) {
    if (strategy instanceof ReplicationStrategy.Simple simple) {
      return next(ring, index, simple.factor());
    }
    if (strategy instanceof ReplicationStrategy.NetworkTopology network) {
      return byDatacenter(ring, index, network.factors(), topology);
    }
    return List.of(ring.owner(index));
  }

  private static List<Member> next(Ring ring, int index, int factor) {
    int count = Math.min(factor, ring.members().size());
    Set<Member> found = new LinkedHashSet<>();
    for (int i = index; found.size() < count; i++) {
      found.add(ring.owner(i));
    }
    return List.copyOf(found);
  }

  private static List<Member> byDatacenter(
      Ring ring, int index, Map<String, Integer> factors, Topology topology) {
    Map<String, Choice> choices = new HashMap<>();
    factors.forEach(
        (datacenter, factor) -> {
          int members = topology.members.getOrDefault(datacenter, 0);
          int racks = topology.racks.getOrDefault(datacenter, Set.of()).size();
          if (factor > 0 && members > 0) {
            choices.put(datacenter, new Choice(factor, members, racks));
          }
        });
    Set<Member> found = new LinkedHashSet<>();
    for (int i = index; !choices.isEmpty(); i++) {
      Member member = ring.owner(i);
      Choice choice = choices.get(member.datacenter());
      if (choice != null && !found.contains(member) && choice.takes(member)) {
        found.add(member);
        if (choice.left == 0) {
          choices.remove(member.datacenter());
        }
      }
    }
    return List.copyOf(found);
  }

  /** How many members and which racks each data centre has. */
  private static final class Topology {
    final Map<String, Integer> members = new HashMap<>();
    final Map<String, Set<String>> racks = new HashMap<>();

    Topology(Ring ring) {
      for (Member member : ring.members()) {
        members.merge(member.datacenter(), 1, Integer::sum);
        racks.computeIfAbsent(member.datacenter(), name -> new HashSet<>()).add(member.rack());
      }
    }
  }

  /**
   * What is still to be chosen in one data centre. A rack is used a second time only if there are
   * fewer racks than replicas, and then at once, when the walk meets it.
   */
  private static final class Choice {
    private final Set<String> racks = new HashSet<>();
    private int left;
    private int repeats;

    Choice(int factor, int members, int racks) {
      left = Math.min(factor, members);
      repeats = factor - racks;
    }

    boolean takes(Member member) {
      if (!racks.add(member.rack())) {
        if (repeats <= 0) {
          return false;
        }
        repeats--;
      }
      left--;
      return true;
    }
  }
}
