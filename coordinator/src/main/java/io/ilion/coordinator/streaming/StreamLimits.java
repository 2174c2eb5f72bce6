package io.ilion.coordinator.streaming;

/**
 * How fast ranges are fetched.
 *
 * @param pageBytes after about so many a page ends
 * @param bytesPerSecond of all that a node fetches; 0 for no limit
 * @param atOnce how many tables, or parts of one, are fetched at once
 * @param timeoutNanos after which a page counts as lost
 * @param attempts how often in a row a page is asked for before the fetch fails
 * @param importBytes when so many have arrived, they are made durable at the end of a range
 */
public record StreamLimits(
    int pageBytes,
    long bytesPerSecond,
    int atOnce,
    long timeoutNanos,
    int attempts,
    long importBytes) {

  /** What suits most machines. */
  public static final StreamLimits DEFAULT =
      new StreamLimits(1 << 20, 0, 6, 10_000_000_000L, 30, 256L << 20);

  /** Checks the bounds. */
  public StreamLimits {
    if (pageBytes < 1
        || bytesPerSecond < 0
        || atOnce < 1
        || timeoutNanos < 1
        || attempts < 1
        || importBytes < 1) {
      throw new IllegalArgumentException("limits of streams out of bounds");
    }
  }
}
