package io.ilion.model.ring;

/**
 * The tokens behind a start up to and including an end, clockwise; it may pass the greatest token
 * and go on from the smallest. One that starts where it ends is the whole ring.
 *
 * @param start exclusive
 * @param end inclusive
 */
public record TokenRange(long start, long end) {

  /** Whether a token lies in the range. */
  public boolean contains(long token) {
    return start < end ? token > start && token <= end : token > start || token <= end;
  }

  /** Whether the range passes from the greatest token to the smallest, or is the whole ring. */
  public boolean wraps() {
    return start >= end;
  }

  /** Which share of the ring the range is, from 0 (exclusive) to 1. */
  public double share() {
    double distance = (double) (end - start);
    if (start == end) {
      return 1;
    }
    // The difference is modulo 2^64: a negative one is what is left of a whole turn.
    return distance > 0 ? distance / 0x1p64 : 1 + distance / 0x1p64;
  }

  @Override
  public String toString() {
    return "(" + start + ", " + end + "]";
  }
}
