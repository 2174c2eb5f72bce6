package io.ilion.server.netty;

/**
 * What the links of one lane have waiting, as a share of what may wait on all links of the node.
 * Owned by the lane.
 *
 * <p>A link that is stuck may have half of what it leaves to others, and a little in any case. So
 * however many are stuck, there is room for those that are not.
 */
final class OutgoingBytes {
  /** What each link may have waiting however many are stuck. */
  static final int LEAST = 16 << 10;

  private final RequestBudget all;
  private final long most;
  private final RequestBudget.Share share;

  /** The share of a lane that has nothing waiting. */
  OutgoingBytes(RequestBudget all, long most) {
    this.all = all;
    this.most = most;
    this.share = all.new Share();
  }

  /**
   * Takes room for a message. One that is larger than what all may have has room on a link where
   * nothing waits, while no more than half is taken.
   *
   * @param waiting what waits on its link already
   */
  boolean tryTake(long bytes, long waiting) {
    long then = waiting + bytes;
    long free = all.free();
    if (then > LEAST && then > free / 2 && (waiting > 0 || free < most / 2)) {
      return false;
    }
    share.acquire(bytes);
    return true;
  }

  /** A message is written, or dropped. */
  void giveBack(long bytes) {
    share.release(bytes);
  }
}
