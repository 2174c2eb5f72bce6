package io.ilion.storage.sstable;

import io.ilion.runtime.Lane;

/**
 * Gets blocks for one cursor: on a lane only from memory, so that the cursor may have to wait; else
 * from the file at once.
 */
final class BlockSource {
  private final SSTable table;
  private final Lane lane;
  private int wanted = -1;
  private byte[] arrived;
  private RuntimeException failure;

  BlockSource(SSTable table, Lane lane) {
    this.table = table;
    this.lane = lane;
  }

  /** The block, or null if it has to be awaited. */
  byte[] get(int block) {
    if (lane == null) {
      byte[] cached = table.cachedBlock(block);
      return cached != null ? cached : table.readBlock(block, false);
    }
    if (block == wanted) {
      if (failure != null) {
        throw failure;
      }
      if (arrived != null) {
        byte[] bytes = arrived;
        arrived = null;
        wanted = -1;
        return bytes;
      }
    }
    byte[] cached = table.cachedBlock(block);
    if (cached == null) {
      wanted = block;
    }
    return cached;
  }

  /** Loads the block that was missing, and runs the task on the lane. */
  void await(Runnable resume) {
    int block = wanted;
    table
        .background()
        .execute(
            () -> {
              byte[] bytes = null;
              RuntimeException thrown = null;
              try {
                bytes = table.readBlock(block, true);
              } catch (RuntimeException e) {
                thrown = e;
              }
              byte[] loaded = bytes;
              RuntimeException cause = thrown;
              lane.execute(
                  () -> {
                    arrived = loaded;
                    failure = cause;
                    resume.run();
                  });
            });
  }
}
