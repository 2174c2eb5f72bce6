package io.ilion.driver.internal;

import java.util.Arrays;

/**
 * The streams of a connection: which are free, and who waits on which. A stream that was freed last
 * is taken first, so that few are in use when few requests are on their way. Grows up to a limit.
 */
final class Streams {
  private static final int FIRST_SIZE = 64;

  private final int limit;
  private Outgoing[] requests;
  private int[] free;
  private int freeCount;

  /** How many streams were ever in use. */
  private int size;

  Streams(int limit) {
    this.limit = limit;
    requests = new Outgoing[Math.min(FIRST_SIZE, limit)];
    free = new int[requests.length];
  }

  boolean hasFree() {
    return freeCount > 0 || size < limit;
  }

  /** Gives a request a stream; only if there is one. */
  int take(Outgoing request) {
    int stream;
    if (freeCount > 0) {
      stream = free[--freeCount];
    } else {
      if (size == requests.length) {
        int grown = Math.min(limit, size * 2);
        requests = Arrays.copyOf(requests, grown);
        free = Arrays.copyOf(free, grown);
      }
      stream = size++;
    }
    requests[stream] = request;
    return stream;
  }

  /** Who waits on a stream, or null. */
  Outgoing get(int stream) {
    return stream < 0 || stream >= size ? null : requests[stream];
  }

  void replace(int stream, Outgoing request) {
    requests[stream] = request;
  }

  void free(int stream) {
    requests[stream] = null;
    free[freeCount++] = stream;
  }

  /** All streams in use are below. */
  int size() {
    return size;
  }
}
