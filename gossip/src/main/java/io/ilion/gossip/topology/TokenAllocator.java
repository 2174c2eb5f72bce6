package io.ilion.gossip.topology;

import io.ilion.gossip.NodeInfo;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/**
 * Chooses the tokens of a node that joins, so that the nodes of its data centre own equal shares
 * whether a keyspace has one replica, two, or as many as most have. Each token is tried in many
 * ranges and stays where the shares become the least unfair; then each is tried again as long as
 * that helps. That ends where no token alone does better; so as long as the shares are not equal
 * enough some tokens are put anywhere, and all tried again from there. Where in a range a token
 * does best needs no trying (see {@link Shares}).
 *
 * <p>No range becomes much smaller than others. A node that has most of its share in a few large
 * ranges cannot be given less of it without giving others too little: what its successors replicate
 * hangs on the same ranges.
 */
public final class TokenAllocator {
  /** A token is tried in so many ranges, drawn at random where there are more. */
  private static final int MOST_CANDIDATES = 512;

  /**
   * The search ends when its walks have looked at so many tokens, and at so many more for each in
   * the ring, or at so many in all; the latter takes half a second to one. In a small ring a step
   * is cheap, and tokens that do for each number of replicas are rare.
   */
  private static final long STEPS_OF_ANY_RING = 500_000;

  private static final long MOST_STEPS_FOR_TOKEN = 2_000;

  private static final long MOST_STEPS = 16_000_000;

  /** As long as trying each token again leaves less than this of the unfairness, that goes on. */
  private static final double WORTH_TRYING = 0.999;

  /** Shares that differ by less than this are equal enough. */
  private static final double GOOD = 0.08;

  /** So much of an average range a token leaves on each side. */
  private static final double LEAST_LENGTH = 0.4;

  private static final int HALVINGS = 12;

  private final TokenRing ring;
  private final List<Shares> shares;
  private final RandomGenerator random;
  private final List<Long> chosen = new ArrayList<>();

  private TokenAllocator(List<NodeInfo> nodes, String rack, int replicas, RandomGenerator random) {
    this.random = random;
    ring = new TokenRing(nodes, rack);
    int most = Math.min(replicas, nodes.size());
    shares = IntStream.rangeClosed(1, most).mapToObj(count -> new Shares(ring, count)).toList();
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
    return new TokenAllocator(nodes, rack, replicas, random).choose(count);
  }

  private List<Long> choose(int count) {
    for (int i = 0; i < count; i++) {
      put(bestPlace(0));
    }
    improve();
    List<Long> best = List.copyOf(chosen);
    double least = spread();
    while (least > GOOD && mayGoOn()) {
      for (int i = 0; i < Math.max(1, count / 4); i++) {
        take(chosen.get(random.nextInt(count)));
        put(anyPlace());
      }
      improve();
      double spread = spread();
      if (spread < least) {
        least = spread;
        best = List.copyOf(chosen);
      } else {
        List.copyOf(chosen).forEach(this::take);
        best.forEach(this::put);
      }
    }
    return best.stream().sorted().toList();
  }

  /** Tries each token again as long as that helps. */
  private void improve() {
    double before;
    double now = sum(Shares::unfairness);
    do {
      before = now;
      for (int i = chosen.size(); i > 0; i--) {
        long token = chosen.getFirst();
        take(token);
        put(bestPlace(ring.rangeOf(token)));
      }
      now = sum(Shares::unfairness);
    } while (now < before * WORTH_TRYING && mayGoOn());
  }

  private boolean mayGoOn() {
    long steps = shares.stream().mapToLong(Shares::steps).sum();
    long most = STEPS_OF_ANY_RING + MOST_STEPS_FOR_TOKEN * ring.size();
    return steps < Math.min(MOST_STEPS, most);
  }

  private double spread() {
    return shares.stream().mapToDouble(Shares::spread).max().orElseThrow();
  }

  private double sum(ToDoubleFunction<Shares> what) {
    double sum = 0;
    for (Shares of : shares) {
      sum += what.applyAsDouble(of);
    }
    return sum;
  }

  /**
   * Where a token does the most good.
   *
   * @param first a range to try in any case
   */
  private long bestPlace(int first) {
    long best = 0;
    double least = Double.MAX_VALUE;
    int size = ring.size();
    boolean isAll = size <= MOST_CANDIDATES;
    for (int i = 0; i < (isAll ? size : MOST_CANDIDATES); i++) {
      int range = isAll ? i : i == 0 ? first : random.nextInt(size);
      double whole = ring.share(range);
      double end = LEAST_LENGTH / size;
      if (whole < 2 * end) {
        continue;
      }
      shares.forEach(of -> of.consider(range, 1));
      double taken = bestPart(end, whole - end);
      double cost = sum(of -> of.cost(taken));
      shares.forEach(Shares::forget);
      long token = ring.tokenAfter(range, taken);
      if (cost < least && ring.isPlace(range, token)) {
        least = cost;
        best = token;
      }
    }
    return least < Double.MAX_VALUE ? best : anyPlace();
  }

  /** Which part of a range the token that is considered should take, between two bounds. */
  private double bestPart(double least, double most) {
    double low = least;
    double high = most;
    for (int i = 0; i < HALVINGS; i++) {
      double middle = (low + high) / 2;
      if (sum(of -> of.growth(middle)) < 0) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return (low + high) / 2;
  }

  private long anyPlace() {
    long token = random.nextLong();
    while (!ring.isPlace(ring.rangeOf(token), token)) {
      token++;
    }
    return token;
  }

  private void put(long token) {
    make(token, 1);
    ring.put(token);
    chosen.add(token);
  }

  private void take(long token) {
    ring.take(token);
    chosen.remove(token);
    make(token, -1);
  }

  private void make(long token, int sign) {
    int range = ring.rangeOf(token);
    double taken = TokenRing.share(ring.start(range), token);
    for (Shares of : shares) {
      of.consider(range, sign);
      of.make(taken);
    }
  }
}
