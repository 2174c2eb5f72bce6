package io.ilion.model.ring;

/**
 * Which lane owns a token: ScyllaDB's biased-token-round-robin, so that its drivers send a request
 * to the lane that owns the row. The most significant bits are ignored, so that a lane owns many
 * small slices of the ring and load spreads evenly.
 *
 * @param laneCount at least 1
 */
public record LaneMapping(int laneCount) {
  /** How many most significant bits of a token do not count. */
  public static final int IGNORED_BITS = 12;

  /** The index of the lane that owns a token. */
  public int laneOf(long token) {
    long biased = (token ^ Long.MIN_VALUE) << IGNORED_BITS;
    return (int) ((biased >>> 32) * laneCount >>> 32);
  }
}
