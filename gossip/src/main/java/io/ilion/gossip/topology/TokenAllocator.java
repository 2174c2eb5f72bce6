package io.ilion.gossip.topology;

import io.ilion.gossip.NodeInfo;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * Chooses the tokens of a node that joins, so that the nodes of its data centre own equal shares,
 * both of the ranges that their tokens end and, which counts more, of what they replicate. Each
 * token is tried at some places in many ranges, those of the owners with the most first, and stays
 * where the shares differ the least from equal ones; when all have a place each is tried again a
 * few times. What a place would change is computed from its neighbourhood, so that this takes some
 * hundred milliseconds in a ring of a thousand nodes.
 */
public final class TokenAllocator {
  private static final int CANDIDATE_RANGES = 256;
  private static final int PASSES = 4;
  private static final int PARTS = 16;
  private static final double REPLICATED_WEIGHT = 3;

  private final int replicas;
  private final int newcomer;
  private final int[] rackOf;
  private final int rackCount;
  private final Shares primary;
  private final Shares replicated;
  private long[] tokens;
  private int[] owners;

  // Of one computation.
  private final int[] found;
  private final int[] foundBefore;
  private int walked;

  /** What each node has of the ring, against what it should have. */
  private static final class Shares {
    private final double[] wanted;
    private final double[] has;
    private final double[] change;
    private final boolean[] isTouched;
    private final int[] touched;
    private int touchedCount;

    Shares(double[] wanted) {
      this.wanted = wanted;
      has = new double[wanted.length];
      change = new double[wanted.length];
      isTouched = new boolean[wanted.length];
      touched = new int[wanted.length];
    }

    void add(int node, double share) {
      if (!isTouched[node]) {
        isTouched[node] = true;
        touched[touchedCount++] = node;
      }
      change[node] += share;
    }

    double excess(int node) {
      return has[node] / wanted[node];
    }

    /** How much less equal the changes make the shares. */
    double cost() {
      double cost = 0;
      for (int i = 0; i < touchedCount; i++) {
        int node = touched[i];
        cost +=
            unfairness((has[node] + change[node]) / wanted[node])
                - unfairness(has[node] / wanted[node]);
      }
      return cost;
    }

    private static double unfairness(double relative) {
      double off = relative - 1;
      return off * off * off * off;
    }

    void forgetChanges() {
      for (int i = 0; i < touchedCount; i++) {
        change[touched[i]] = 0;
        isTouched[touched[i]] = false;
      }
      touchedCount = 0;
    }

    void makeChanges() {
      for (int i = 0; i < touchedCount; i++) {
        has[touched[i]] += change[touched[i]];
      }
      forgetChanges();
    }
  }

  private TokenAllocator(List<NodeInfo> nodes, String rack, int wantedReplicas) {
    newcomer = nodes.size();
    int nodeCount = nodes.size() + 1;
    Map<String, Integer> racks = new HashMap<>();
    rackOf = new int[nodeCount];
    for (int i = 0; i < newcomer; i++) {
      rackOf[i] = racks.computeIfAbsent(nodes.get(i).rack(), r -> racks.size());
    }
    rackOf[newcomer] = racks.computeIfAbsent(rack, r -> racks.size());
    rackCount = racks.size();
    replicas = Math.min(wantedReplicas, nodeCount);
    found = new int[replicas];
    foundBefore = new int[replicas];
    primary = new Shares(new double[nodeCount]);
    replicated = new Shares(new double[nodeCount]);
    int[] inRack = new int[rackCount];
    Arrays.stream(rackOf).forEach(r -> inRack[r]++);
    for (int i = 0; i < nodeCount; i++) {
      primary.wanted[i] = 1.0 / nodeCount;
      // Where each rack keeps everything once, the nodes of a rack share that.
      replicated.wanted[i] =
          rackCount == replicas ? 1.0 / inRack[rackOf[i]] : (double) replicas / nodeCount;
    }
    int total = nodes.stream().mapToInt(node -> node.tokens().size()).sum();
    long[][] pairs = new long[total][];
    int at = 0;
    for (int i = 0; i < newcomer; i++) {
      for (long token : nodes.get(i).tokens()) {
        pairs[at++] = new long[] {token, i};
      }
    }
    Arrays.sort(pairs, (a, b) -> Long.compare(a[0], b[0]));
    tokens = Arrays.stream(pairs).mapToLong(pair -> pair[0]).toArray();
    owners = Arrays.stream(pairs).mapToInt(pair -> (int) pair[1]).toArray();
    for (int range = 0; range < tokens.length; range++) {
      double share = share(tokens[Math.floorMod(range - 1, tokens.length)], tokens[range]);
      primary.add(owners[range], share);
      int count = replicas(range, -1, found);
      for (int i = 0; i < count; i++) {
        replicated.add(found[i], share);
      }
    }
    primary.makeChanges();
    replicated.makeChanges();
  }

  /**
   * The tokens of a new node.
   *
   * @param ring the nodes of the same data centre that have tokens
   * @param rack of the new node
   * @param count how many tokens it gets
   * @param replicas how many of the data centre keep a row, in most keyspaces
   */
  public static List<Long> allocate(
      Collection<NodeInfo> ring, String rack, int count, int replicas, RandomGenerator random) {
    List<NodeInfo> nodes = ring.stream().filter(node -> !node.tokens().isEmpty()).toList();
    if (nodes.isEmpty()) {
      long offset = random.nextLong();
      List<Long> even = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        even.add(offset + Long.divideUnsigned(-1, count) * i);
      }
      return even.stream().sorted().toList();
    }
    TokenAllocator allocator = new TokenAllocator(nodes, rack, replicas);
    List<Long> chosen = new ArrayList<>();
    for (int pass = 0; pass < PASSES; pass++) {
      for (int i = 0; i < count; i++) {
        if (pass > 0) {
          allocator.remove(chosen.removeFirst());
        }
        chosen.add(allocator.place(random));
      }
    }
    return chosen.stream().sorted().toList();
  }

  /** Puts a token where it does the most good. */
  private long place(RandomGenerator random) {
    double[] excess = new double[tokens.length];
    Integer[] order = new Integer[tokens.length];
    for (int i = 0; i < tokens.length; i++) {
      order[i] = i;
      excess[i] =
          primary.excess(owners[i]) + replicated.excess(owners[i]) + random.nextDouble() / 16;
    }
    Arrays.sort(order, (a, b) -> Double.compare(excess[b], excess[a]));
    int bestRange = -1;
    long best = 0;
    double least = Double.MAX_VALUE;
    for (int i = 0; i < Math.min(CANDIDATE_RANGES, order.length); i++) {
      int range = order[i];
      long start = tokens[Math.floorMod(range - 1, tokens.length)];
      long part = tokens.length == 1 ? 1L << 60 : Long.divideUnsigned(tokens[range] - start, PARTS);
      for (int parts = 1; parts < PARTS && part != 0; parts++) {
        long token = start + part * parts;
        // The smallest number is no token.
        if (token != Long.MIN_VALUE) {
          change(range, token, 1);
          double cost = primary.cost() + REPLICATED_WEIGHT * replicated.cost();
          primary.forgetChanges();
          replicated.forgetChanges();
          if (cost < least) {
            least = cost;
            best = token;
            bestRange = range;
          }
        }
      }
    }
    if (bestRange < 0) {
      throw new IllegalStateException("there is no place for a token");
    }
    change(bestRange, best, 1);
    primary.makeChanges();
    replicated.makeChanges();
    int at = -Arrays.binarySearch(tokens, best) - 1;
    tokens = inserted(tokens, at, best);
    owners = inserted(owners, at, newcomer);
    return best;
  }

  /** Takes a token of the newcomer away again. */
  private void remove(long token) {
    int at = Arrays.binarySearch(tokens, token);
    tokens = without(tokens, at);
    owners = without(owners, at);
    change(at == tokens.length ? 0 : at, token, -1);
    primary.makeChanges();
    replicated.makeChanges();
  }

  /**
   * Computes what a token of the newcomer in a range changes; the token is not in the ring.
   *
   * @param sign -1 for what its removal changed
   */
  private void change(int range, long token, int sign) {
    int size = tokens.length;
    long start = tokens[Math.floorMod(range - 1, size)];
    double taken = sign * share(start, token);
    primary.add(owners[range], -taken);
    primary.add(newcomer, taken);
    // The part behind the token keeps its replicas.
    int before = replicas(range, -1, foundBefore);
    int now = replicas(range, range, found);
    move(before, now, taken);
    for (int back = 1; back < size; back++) {
      int index = Math.floorMod(range - back, size);
      now = replicas(index, range, found);
      if (walked < back) {
        // No walk from here or from further back comes to the token.
        break;
      }
      before = replicas(index, -1, foundBefore);
      move(before, now, sign * share(tokens[Math.floorMod(index - 1, size)], tokens[index]));
    }
  }

  private void move(int before, int now, double share) {
    for (int i = 0; i < before; i++) {
      replicated.add(foundBefore[i], -share);
    }
    for (int i = 0; i < now; i++) {
      replicated.add(found[i], share);
    }
  }

  /** The share of the ring behind a start up to an end. */
  private static double share(long start, long end) {
    return start == end ? 1 : ((end - start) >>> 1) / 0x1p63;
  }

  /**
   * The nodes that replicate a range, as NetworkTopologyStrategy chooses them.
   *
   * @param inserted the range in which the newcomer has a further token, whose owner is met before
   *     that of the range; -1 if there is none
   * @param into the nodes
   * @return how many there are; {@link #walked} says how many ranges further the walk went
   */
  private int replicas(int range, int inserted, int[] into) {
    int size = tokens.length;
    int count = 0;
    int repeats = Math.max(0, replicas - rackCount);
    walked = 0;
    for (int i = 0; count < replicas && i < size; i++) {
      int at = range + i < size ? range + i : range + i - size;
      walked = i;
      if (at == inserted) {
        if (takes(newcomer, into, count, repeats)) {
          into[count++] = newcomer;
        }
        if (count == replicas) {
          break;
        }
      }
      if (takes(owners[at], into, count, repeats)) {
        into[count++] = owners[at];
      }
    }
    return count;
  }

  private boolean takes(int node, int[] found, int count, int repeats) {
    int repeated = 0;
    boolean sameRack = false;
    for (int i = 0; i < count; i++) {
      if (found[i] == node) {
        return false;
      }
      sameRack |= rackOf[found[i]] == rackOf[node];
      for (int j = 0; j < i; j++) {
        if (rackOf[found[j]] == rackOf[found[i]]) {
          repeated++;
          break;
        }
      }
    }
    return !sameRack || repeated < repeats;
  }

  private static long[] without(long[] array, int at) {
    long[] fewer = new long[array.length - 1];
    System.arraycopy(array, 0, fewer, 0, at);
    System.arraycopy(array, at + 1, fewer, at, fewer.length - at);
    return fewer;
  }

  private static int[] without(int[] array, int at) {
    int[] fewer = new int[array.length - 1];
    System.arraycopy(array, 0, fewer, 0, at);
    System.arraycopy(array, at + 1, fewer, at, fewer.length - at);
    return fewer;
  }

  private static long[] inserted(long[] array, int at, long value) {
    long[] more = new long[array.length + 1];
    System.arraycopy(array, 0, more, 0, at);
    more[at] = value;
    System.arraycopy(array, at, more, at + 1, array.length - at);
    return more;
  }

  private static int[] inserted(int[] array, int at, int value) {
    int[] more = new int[array.length + 1];
    System.arraycopy(array, 0, more, 0, at);
    more[at] = value;
    System.arraycopy(array, at, more, at + 1, array.length - at);
    return more;
  }
}
