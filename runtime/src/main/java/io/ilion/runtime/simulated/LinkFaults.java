package io.ilion.runtime.simulated;

/**
 * What a link between two nodes does to the messages of one direction.
 *
 * @param leastDelayNanos the least time that a message takes
 * @param mostDelayNanos the most time that a message takes, unless it is late
 * @param lost the probability that a message never arrives
 * @param repeated the probability that a message arrives twice
 * @param late the probability that a message takes up to a hundred times as long
 * @param ordered whether messages arrive in the order in which they were sent
 */
public record LinkFaults(
    long leastDelayNanos,
    long mostDelayNanos,
    double lost,
    double repeated,
    double late,
    boolean ordered) {

  /** A good network in one building. */
  public static final LinkFaults NONE = new LinkFaults(50_000, 300_000, 0, 0, 0, true);

  /** A network that does everything that a network may do. */
  public static final LinkFaults BAD = new LinkFaults(50_000, 20_000_000, 0.05, 0.05, 0.05, false);
}
