package io.ilion.gossip;

/**
 * How suspicious the silence of one node is: the phi-accrual failure detector (Hayashibara, Defago,
 * Yared and Katayama, 2004). Phi is the negative decimal logarithm of the probability that a
 * heartbeat comes as late as this one does, if the intervals between heartbeats are distributed
 * normally with the mean and deviation of those that were seen. Mean and variance are moving
 * averages, so that the detector follows the network; the normal distribution is approximated by a
 * logistic function (Bowling and others, 2009), whose error is below 0.0002.
 *
 * <p>Not safe for several threads.
 */
final class PhiAccrual {
  /** How much a new interval counts for. */
  private static final double WEIGHT = 0.05;

  /** Heartbeats that come all at once do not make what is usual look like a long silence. */
  private static final double LEAST_MEAN = 0.2e9;

  /** Heartbeats that are regular by chance do not make the detector hasty. */
  private static final double LEAST_DEVIATION = 0.5e9;

  /**
   * Nor do heartbeats that come over others, at random intervals, make it slow: who is suspected is
   * asked directly.
   */
  private static final double MOST_DEVIATION = 1e9;

  /** A pause of a collector or of a busy machine is not held against a node. */
  private static final double ACCEPTED_PAUSE = 1e9;

  private double mean;
  private double variance;
  private long last;

  /**
   * A detector that has just heard of the node.
   *
   * @param expectedNanos the interval that is expected until there are better ones
   */
  PhiAccrual(long expectedNanos, long nowNanos) {
    mean = expectedNanos;
    variance = (double) expectedNanos * expectedNanos / 4;
    last = nowNanos;
  }

  /** A heartbeat came. */
  void heard(long nowNanos) {
    // What was forgiven may lie ahead; an interval of less than nothing would spoil the mean for
    // ever.
    double interval = Math.max(0, nowNanos - last);
    last = nowNanos;
    double difference = interval - mean;
    // One long silence says nothing of the next: it must not teach patience.
    if (difference < 10 * mean) {
      mean = Math.max(LEAST_MEAN, mean + WEIGHT * difference);
      variance = (1 - WEIGHT) * (variance + WEIGHT * difference * difference);
    }
  }

  /** The observer itself stood still for a while: silence during it means nothing. */
  void forgive(long nanos) {
    last += nanos;
  }

  /** When a heartbeat came last. */
  long lastNanos() {
    return last;
  }

  /** The suspicion now, from 0 without bound. */
  double phi(long nowNanos) {
    double deviation = Math.clamp(Math.sqrt(variance), LEAST_DEVIATION, MOST_DEVIATION);
    double late = (nowNanos - last - ACCEPTED_PAUSE - mean) / deviation;
    if (late <= 0) {
      return 0;
    }
    // P(later) = e / (1 + e), with e = exp(-exponent).
    double exponent = late * (1.5976 + 0.070566 * late * late);
    return (exponent + Math.log1p(Math.exp(-exponent))) / Math.log(10);
  }
}
