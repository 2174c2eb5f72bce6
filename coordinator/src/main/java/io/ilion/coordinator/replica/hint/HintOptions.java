package io.ilion.coordinator.replica.hint;

/**
 * The limits of hints.
 *
 * @param windowNanos how long a node may be down before no more hints are kept for it
 * @param mostBytesOfNode that hints for one node may take on disk
 * @param bytesPerSecond that are sent to one node at most
 * @param requestTimeoutNanos after which a hint that has no answer is sent again later
 * @param mostQueuedBytes that hints take in memory while they wait for the disk
 */
public record HintOptions(
    long windowNanos,
    long mostBytesOfNode,
    long bytesPerSecond,
    long requestTimeoutNanos,
    long mostQueuedBytes) {
  private static final long SECOND = 1_000_000_000L;

  /** Three hours, 8 GiB for a node, 32 MiB a second, 8 MiB in memory. */
  public static final HintOptions DEFAULT =
      new HintOptions(3 * 3600 * SECOND, 8L << 30, 32L << 20, 5 * SECOND, 8L << 20);

  /** The same with another window. */
  public HintOptions withWindow(long nanos) {
    return new HintOptions(
        nanos, mostBytesOfNode, bytesPerSecond, requestTimeoutNanos, mostQueuedBytes);
  }

  /** The same with another speed. */
  public HintOptions withBytesPerSecond(long bytes) {
    return new HintOptions(
        windowNanos, mostBytesOfNode, bytes, requestTimeoutNanos, mostQueuedBytes);
  }

  /** Checks the bounds. */
  public HintOptions {
    if (windowNanos < 0
        || mostBytesOfNode < 0
        || bytesPerSecond < 1
        || requestTimeoutNanos < 1
        || mostQueuedBytes < 1) {
      throw new IllegalArgumentException("limits of hints out of bounds");
    }
  }
}
