package io.ilion.coordinator;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;

/**
 * Serializes what reads something before it writes it, such as a partition, on the lane that owns
 * it: a read may have to wait for a block, and nothing of its kind may come between. Owned by one
 * lane.
 *
 * @param <K> names what is locked
 */
public final class KeyedLocks<K> {
  private final Map<K, Queue<Runnable>> waiting = new HashMap<>();
  private final Queue<Runnable> ready = new ArrayDeque<>();
  private boolean draining;

  /**
   * Runs the task when it is alone with the key; it must call {@link #release} in the end, and must
   * not throw.
   *
   * @return the number of those it waits for
   */
  public int acquire(K key, Runnable task) {
    Queue<Runnable> queue = waiting.get(key);
    if (queue == null) {
      waiting.put(key, new ArrayDeque<>(0));
      task.run();
      return 0;
    }
    queue.add(task);
    return queue.size();
  }

  /** Lets the next one in. */
  public void release(K key) {
    Runnable next = waiting.get(key).poll();
    if (next == null) {
      waiting.remove(key);
      return;
    }
    // Those who wait run one after the other, not each within the release of the one before.
    ready.add(next);
    if (!draining) {
      draining = true;
      while (!ready.isEmpty()) {
        ready.poll().run();
      }
      draining = false;
    }
  }
}
