package io.ilion.gossip.topology;

import java.util.Arrays;

/**
 * What the nodes of a {@link TokenRing} replicate under one replication factor, against what they
 * should, and what a further token of the newcomer would change of that.
 *
 * <p>What such a token changes behind its range is the same wherever in the range it is; what it
 * changes in the range grows in proportion to the part that it takes. So each node's share is a
 * linear function of that part, and the unfairness of all shares a convex one.
 */
final class Shares {
  private final TokenRing ring;
  private final int replicas;

  /** How many replicas may be of a rack that has one already. */
  private final int repeats;

  private final double[] wanted;
  private final double[] has;

  // What the token that is considered changes: of each node, by how much whatever it takes, and by
  // how much for each part of the ring that it takes.
  private final double[] change;
  private final double[] slope;
  private final boolean[] isTouched;
  private final int[] touched;
  private int touchedCount;

  // Of one walk.
  private final int[] before;
  private final int[] now;
  private boolean isNewcomerTaken;
  private long steps;

  /**
   * The shares of a ring as it is.
   *
   * @param replicas how many nodes keep each row; fewer than there are nodes
   */
  Shares(TokenRing ring, int replicas) {
    this.ring = ring;
    this.replicas = replicas;
    repeats = Math.max(0, replicas - ring.rackCount());
    int nodeCount = ring.nodeCount();
    wanted = wanted();
    has = new double[nodeCount];
    change = new double[nodeCount];
    slope = new double[nodeCount];
    isTouched = new boolean[nodeCount];
    touched = new int[nodeCount];
    before = new int[replicas];
    now = new int[replicas];
    for (int range = 0; range < ring.size(); range++) {
      int count = walk(range, -1, now);
      for (int i = 0; i < count; i++) {
        has[now[i]] += ring.share(range);
      }
    }
  }

  /**
   * What each node should have: as much as any other, as far as the racks allow. A rack keeps a row
   * at least once if there are no more racks than replicas, and at most once if there are no fewer.
   */
  private double[] wanted() {
    int[] inRack = new int[ring.rackCount()];
    for (int node = 0; node < ring.nodeCount(); node++) {
      inRack[ring.rackOf(node)]++;
    }
    double[] ofRack = new double[inRack.length];
    double low = 0;
    double high = 1;
    for (int halving = 0; halving < 50; halving++) {
      double ofNode = (low + high) / 2;
      for (int rack = 0; rack < inRack.length; rack++) {
        double least = replicas < inRack.length ? 0 : 1;
        double most = Math.min(inRack[rack], 1 + repeats);
        ofRack[rack] = Math.clamp(inRack[rack] * ofNode, least, most);
      }
      if (Arrays.stream(ofRack).sum() < replicas) {
        low = ofNode;
      } else {
        high = ofNode;
      }
    }
    double[] ofNodes = new double[ring.nodeCount()];
    for (int node = 0; node < ofNodes.length; node++) {
      int rack = ring.rackOf(node);
      ofNodes[node] = ofRack[rack] / inRack[rack];
    }
    return ofNodes;
  }

  /** How many tokens all walks together have looked at, which is what takes the time. */
  long steps() {
    return steps;
  }

  /**
   * Computes what a token of the newcomer in a range changes; the token is not in the ring. What
   * was considered before must have been made or forgotten.
   *
   * @param sign -1 for what its removal changed
   */
  void consider(int range, int sign) {
    int index = range;
    for (int back = 0; back < ring.size(); back++) {
      int count = walk(index, range, now);
      if (!isNewcomerTaken) {
        // Nor does the token count on any walk from further back.
        break;
      }
      boolean isWithin = back == 0;
      double share = isWithin ? sign : sign * ring.share(index);
      move(now, count, share, isWithin ? slope : change);
      move(before, walk(index, -1, before), -share, isWithin ? slope : change);
      index = index == 0 ? ring.size() - 1 : index - 1;
    }
  }

  private void move(int[] nodes, int count, double share, double[] to) {
    for (int i = 0; i < count; i++) {
      int node = nodes[i];
      if (!isTouched[node]) {
        isTouched[node] = true;
        touched[touchedCount++] = node;
      }
      to[node] += share;
    }
  }

  /** How much more unfair the shares become if the token that is considered takes a part. */
  double cost(double taken) {
    double cost = 0;
    for (int i = 0; i < touchedCount; i++) {
      int node = touched[i];
      double off = off(node);
      double then = off + (change[node] + slope[node] * taken) / wanted[node];
      cost += cube(then) * then - cube(off) * off;
    }
    return cost;
  }

  /** How fast that grows with the part. */
  double growth(double taken) {
    double growth = 0;
    for (int i = 0; i < touchedCount; i++) {
      int node = touched[i];
      if (slope[node] != 0) {
        double then = off(node) + (change[node] + slope[node] * taken) / wanted[node];
        growth += cube(then) * slope[node] / wanted[node];
      }
    }
    return growth;
  }

  /** The token that is considered takes a part of the ring. */
  void make(double taken) {
    for (int i = 0; i < touchedCount; i++) {
      int node = touched[i];
      has[node] += change[node] + slope[node] * taken;
    }
    forget();
  }

  /** Nothing is considered any more. */
  void forget() {
    for (int i = 0; i < touchedCount; i++) {
      change[touched[i]] = 0;
      slope[touched[i]] = 0;
      isTouched[touched[i]] = false;
    }
    touchedCount = 0;
  }

  /** How unfair all shares are. The largest differences count for nearly all. */
  double unfairness() {
    double unfairness = 0;
    for (int node = 0; node < has.length; node++) {
      unfairness += cube(off(node)) * off(node);
    }
    return unfairness;
  }

  /**
   * By how much the largest share is greater than the smallest of the same rack. What a whole rack
   * gets cannot always be had as wanted, and hides then what its nodes do.
   */
  double spread() {
    double[] most = new double[ring.rackCount()];
    double[] least = new double[ring.rackCount()];
    Arrays.fill(least, Double.MAX_VALUE);
    for (int node = 0; node < has.length; node++) {
      int rack = ring.rackOf(node);
      most[rack] = Math.max(most[rack], has[node]);
      least[rack] = Math.min(least[rack], has[node]);
    }
    double spread = 0;
    for (int rack = 0; rack < most.length; rack++) {
      spread = Math.max(spread, most[rack] / least[rack] - 1);
    }
    return spread;
  }

  private double off(int node) {
    return has[node] / wanted[node] - 1;
  }

  private static double cube(double number) {
    return number * number * number;
  }

  /**
   * Finds the nodes that replicate a range, as NetworkTopologyStrategy chooses them.
   *
   * @param inserted the range in which the newcomer has a further token, whose owner is met before
   *     that of the range; -1 if there is none
   * @param into the nodes
   * @return how many there are; {@link #isNewcomerTaken} says whether that token is the one for
   *     which the newcomer is among them
   */
  private int walk(int range, int inserted, int[] into) {
    int count = 0;
    isNewcomerTaken = false;
    int at = range;
    for (int i = 0; i < ring.size(); i++) {
      steps++;
      if (at == inserted && takes(ring.newcomer(), into, count)) {
        isNewcomerTaken = true;
        into[count++] = ring.newcomer();
        if (count == replicas) {
          break;
        }
      }
      if (takes(ring.owner(at), into, count)) {
        into[count++] = ring.owner(at);
        if (count == replicas) {
          break;
        }
      }
      at = at + 1 == ring.size() ? 0 : at + 1;
    }
    return count;
  }

  private boolean takes(int node, int[] found, int count) {
    int repeated = 0;
    boolean isSameRack = false;
    for (int i = 0; i < count; i++) {
      if (found[i] == node) {
        return false;
      }
      isSameRack |= ring.rackOf(found[i]) == ring.rackOf(node);
      for (int j = 0; j < i; j++) {
        if (ring.rackOf(found[j]) == ring.rackOf(found[i])) {
          repeated++;
          break;
        }
      }
    }
    return !isSameRack || repeated < repeats;
  }
}
