package io.ilion.coordinator;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/** Told that a write ended, on any lane. */
@FunctionalInterface
public interface WriteCallback {
  /** Null for success: everything is durable. */
  void done(Throwable failure);

  /**
   * What each of several writes has to tell: the given callback is told once, when the last of them
   * ended, of the first failure.
   *
   * @param count at least one
   */
  static WriteCallback all(int count, WriteCallback callback) {
    if (count == 1) {
      return callback;
    }
    AtomicInteger left = new AtomicInteger(count);
    AtomicReference<Throwable> first = new AtomicReference<>();
    return failure -> {
      if (failure != null) {
        first.compareAndSet(null, failure);
      }
      if (left.decrementAndGet() == 0) {
        callback.done(first.get());
      }
    };
  }
}
