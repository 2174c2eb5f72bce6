package io.ilion.gossip.topology;

import io.ilion.gossip.NodeInfo;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The tokens of a data centre, to which those of a newcomer are added and from which they are taken
 * again. Its nodes are numbers from 0; the newcomer is the last. A range is the number of the token
 * that ends it.
 */
final class TokenRing {
  private final int newcomer;
  private final int[] racks;
  private final int rackCount;
  private long[] tokens;
  private int[] owners;

  /** A ring of nodes that have tokens, and of a newcomer in a rack that has none. */
  TokenRing(List<NodeInfo> nodes, String rack) {
    newcomer = nodes.size();
    racks = new int[newcomer + 1];
    Map<String, Integer> numbers = new HashMap<>();
    for (int node = 0; node <= newcomer; node++) {
      String name = node == newcomer ? rack : nodes.get(node).rack();
      racks[node] = numbers.computeIfAbsent(name, other -> numbers.size());
    }
    rackCount = numbers.size();
    tokens = nodes.stream().flatMap(node -> node.tokens().stream()).mapToLong(t -> t).toArray();
    Arrays.sort(tokens);
    owners = new int[tokens.length];
    for (int node = 0; node < newcomer; node++) {
      for (long token : nodes.get(node).tokens()) {
        owners[Arrays.binarySearch(tokens, token)] = node;
      }
    }
  }

  int newcomer() {
    return newcomer;
  }

  int nodeCount() {
    return racks.length;
  }

  int rackOf(int node) {
    return racks[node];
  }

  int rackCount() {
    return rackCount;
  }

  /** How many tokens, and so ranges, there are. */
  int size() {
    return tokens.length;
  }

  int owner(int range) {
    return owners[range];
  }

  /** The token behind which a range begins. */
  long start(int range) {
    return tokens[range == 0 ? tokens.length - 1 : range - 1];
  }

  /** Which part of the whole ring a range is. */
  double share(int range) {
    return share(start(range), tokens[range]);
  }

  /** Which part of the whole ring is behind a token up to another. */
  static double share(long start, long end) {
    return start == end ? 1 : ((end - start) >>> 1) / 0x1p63;
  }

  /** The token behind which a range has a share of the whole ring less than before. */
  long tokenAfter(int range, double share) {
    return start(range) + ((long) (share * 0x1p63) << 1);
  }

  /** The range that a token is in. */
  int rangeOf(long token) {
    int at = Arrays.binarySearch(tokens, token);
    int range = at < 0 ? -at - 1 : at;
    return range == tokens.length ? 0 : range;
  }

  /** Whether a token is in a range and does not end it. The smallest number is no token. */
  boolean isPlace(int range, long token) {
    long start = start(range);
    return token != Long.MIN_VALUE && token != start && share(start, token) < share(range);
  }

  /** Gives the newcomer a token that nobody has. */
  void put(long token) {
    int at = -Arrays.binarySearch(tokens, token) - 1;
    int behind = tokens.length - at;
    tokens = Arrays.copyOf(tokens, tokens.length + 1);
    owners = Arrays.copyOf(owners, tokens.length);
    System.arraycopy(tokens, at, tokens, at + 1, behind);
    System.arraycopy(owners, at, owners, at + 1, behind);
    tokens[at] = token;
    owners[at] = newcomer;
  }

  /** Takes a token from the newcomer. */
  void take(long token) {
    int at = Arrays.binarySearch(tokens, token);
    int behind = tokens.length - at - 1;
    System.arraycopy(tokens, at + 1, tokens, at, behind);
    System.arraycopy(owners, at + 1, owners, at, behind);
    tokens = Arrays.copyOf(tokens, tokens.length - 1);
    owners = Arrays.copyOf(owners, tokens.length);
  }
}
