package io.ilion.coordinator.write;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.UUID;

/**
 * Serializes what reads a partition before it writes it, on the lane that owns the partition: a
 * read may have to wait for a block, and nothing of its kind may come between. Owned by one lane.
 */
final class PartitionLocks {
  private final Map<Key, Queue<Runnable>> waiting = new HashMap<>();

  private record Key(UUID table, ByteBuffer partition) {}

  /**
   * Runs the task when it is alone with the partition; it must call {@link #release} in the end.
   */
  void acquire(UUID table, byte[] partitionKey, Runnable task) {
    Queue<Runnable> queue = waiting.get(key(table, partitionKey));
    if (queue == null) {
      waiting.put(key(table, partitionKey), new ArrayDeque<>(0));
      task.run();
    } else {
      queue.add(task);
    }
  }

  /** Lets the next one in. */
  void release(UUID table, byte[] partitionKey) {
    Key key = key(table, partitionKey);
    Runnable next = waiting.get(key).poll();
    if (next == null) {
      waiting.remove(key);
    } else {
      next.run();
    }
  }

  private static Key key(UUID table, byte[] partitionKey) {
    return new Key(table, ByteBuffer.wrap(partitionKey));
  }
}
