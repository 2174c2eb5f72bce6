package io.ilion.server.cql;

import io.ilion.server.Exchange;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.ObjLongConsumer;

/**
 * Requests of one kind in the order of their deadlines, which is that of their arrival, since all
 * have the same time; when that changes, it does for those that wait already. Owned by one lane. A
 * request costs two array stores: those that are over are dropped when they come to the head, or
 * all at once before the arrays would grow.
 */
final class DeadlineQueue<T extends DeadlineQueue.Timed> {
  private static final int FEW = 256;
  private static final long FEW_BYTES = 1 << 20;

  private final LongSupplier timeoutNanos;
  private final Consumer<T> expire;
  private Timed[] requests = new Timed[FEW];
  private long[] arrivals = new long[FEW];
  private int head;
  private int tail;
  private long bytes;
  private long manyBytes = FEW_BYTES;

  /** A request that has a time. */
  interface Timed {
    /** Whether it has been answered, or is being. */
    boolean isOver();

    /** The memory that it may hold. */
    int bytes();

    /** The request itself. */
    Exchange exchange();
  }

  /**
   * A queue.
   *
   * @param timeoutNanos how long each may take, by now
   * @param expire told of each request whose time is over and that is not
   */
  DeadlineQueue(LongSupplier timeoutNanos, Consumer<T> expire) {
    this.timeoutNanos = timeoutNanos;
    this.expire = expire;
  }

  /** Adds a request that arrived at a time. */
  void add(T request, long nowNanos) {
    if (tail == requests.length || bytes > manyBytes) {
      compact();
    }
    requests[tail] = request;
    arrivals[tail++] = nowNanos;
    bytes += request.bytes();
  }

  private void compact() {
    int kept = 0;
    bytes = 0;
    for (int i = head; i < tail; i++) {
      Timed request = requests[i];
      if (!request.isOver()) {
        requests[kept] = request;
        arrivals[kept++] = arrivals[i];
        bytes += request.bytes();
      }
    }
    Arrays.fill(requests, kept, Math.max(kept, tail), null);
    head = 0;
    tail = kept;
    manyBytes = Math.max(FEW_BYTES, bytes * 2);
    if (kept > requests.length / 2) {
      requests = Arrays.copyOf(requests, requests.length * 2);
      arrivals = Arrays.copyOf(arrivals, arrivals.length * 2);
    }
  }

  /** Drops what is over at the head, and expires what has had its time. */
  @SuppressWarnings("unchecked")
  void expire(long nowNanos) {
    long timeout = timeoutNanos.getAsLong();
    while (head < tail) {
      T request = (T) requests[head];
      if (!request.isOver()) {
        if (nowNanos - arrivals[head] < timeout) {
          return;
        }
        expire.accept(request);
      }
      bytes -= request.bytes();
      requests[head++] = null;
    }
    head = 0;
    tail = 0;
    bytes = 0;
  }

  /** Shows the requests that are not over, with the times when they arrived. */
  @SuppressWarnings("unchecked")
  void forEach(ObjLongConsumer<T> consumer) {
    for (int i = head; i < tail; i++) {
      T request = (T) requests[i];
      if (!request.isOver()) {
        consumer.accept(request, arrivals[i]);
      }
    }
  }

  boolean isEmpty() {
    return head == tail;
  }

  /** The number of requests that it holds, those included that are over. */
  int size() {
    return tail - head;
  }
}
