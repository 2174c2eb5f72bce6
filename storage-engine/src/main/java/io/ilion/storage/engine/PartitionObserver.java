package io.ilion.storage.engine;

import java.util.UUID;

/**
 * Told which partitions are written and read, on the lanes that have them: for those who look for a
 * short while, since it costs every request something. Whatever it throws fails the request.
 */
public interface PartitionObserver {

  /**
   * A partition is read, and was named for it.
   *
   * @param key not to be changed
   */
  void read(int lane, UUID tableId, byte[] key);

  /**
   * A partition was written.
   *
   * @param key not to be changed
   * @param bytes of the update
   */
  void wrote(int lane, UUID tableId, byte[] key, int bytes);
}
