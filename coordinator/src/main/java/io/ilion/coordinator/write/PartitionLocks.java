package io.ilion.coordinator.write;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;

/**
 * Serializes what reads a partition before it writes it, on the lane that owns the partition: a
 * read may have to wait for a block, and nothing of its kind may come between. Owned by one lane.
 */
final class PartitionLocks {
  private final Map<LockedReads.Id, Queue<Runnable>> waiting = new HashMap<>();
  private final Queue<Runnable> ready = new ArrayDeque<>();
  private boolean draining;

  /**
   * Runs the task when it is alone with the partition; it must call {@link #release} in the end,
   * and must not throw.
   *
   * @return the number of those it waits for
   */
  int acquire(LockedReads.Id key, Runnable task) {
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
  void release(LockedReads.Id key) {
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
