package io.ilion.storage.engine;

import io.ilion.storage.commitlog.CommitLogOptions;

/**
 * The settings of a storage engine.
 *
 * @param dataDirectory where SSTables and the manifest stand
 * @param commitLogDirectory where the commit log stands
 * @param syncMode when a write counts as durable
 * @param groupWindowNanos group mode: how long a group waits for company at least; 0 syncs as soon
 *     as the last sync ended
 * @param periodNanos periodic mode: the time between syncs
 * @param segmentBytes the size at which a segment of the commit log ends
 * @param commitLogBytes the size of the whole commit log from which on the oldest tables are
 *     flushed
 * @param memtableBytes the budget of all memtables together
 * @param cacheBytes the budget of the block cache
 * @param compactors how many compactions may run at once
 * @param compactionBytesPerSecond the limit of what all compactions write; 0 for none
 */
public record EngineConfig(
    String dataDirectory,
    String commitLogDirectory,
    SyncMode syncMode,
    long groupWindowNanos,
    long periodNanos,
    int segmentBytes,
    long commitLogBytes,
    long memtableBytes,
    long cacheBytes,
    int compactors,
    long compactionBytesPerSecond) {

  /** When a write counts as durable. */
  public enum SyncMode {
    /** After the sync of its group, which may wait for company while many write. */
    GROUP,
    /** After a sync that waits for nobody; it takes whatever came during the sync before. */
    BATCH,
    /** After it was handed to the operating system; syncs follow periodically. */
    PERIODIC
  }

  /** Checks the bounds. */
  public EngineConfig {
    if (segmentBytes < 4096
        || commitLogBytes < segmentBytes
        || memtableBytes < 64 * 1024
        || cacheBytes < 0
        || compactors < 1
        || groupWindowNanos < 0
        || periodNanos < 1
        || compactionBytesPerSecond < 0) {
      throw new IllegalArgumentException("settings of the storage engine out of bounds");
    }
  }

  CommitLogOptions commitLog() {
    return new CommitLogOptions(
        commitLogDirectory,
        syncMode == SyncMode.PERIODIC,
        syncMode == SyncMode.GROUP,
        syncMode == SyncMode.GROUP ? groupWindowNanos : 0,
        periodNanos,
        segmentBytes,
        commitLogBytes);
  }

  /** The default settings for a node of a given amount of memory. */
  public static EngineConfig of(String directory, long memoryBytes) {
    return new EngineConfig(
        directory + "/data",
        directory + "/commitlog",
        SyncMode.GROUP,
        0,
        10_000_000_000L,
        32 << 20,
        Math.max(64L << 20, Math.min(8L << 30, 4 * memoryBytes)),
        Math.max(1L << 20, memoryBytes / 4),
        memoryBytes / 4,
        2,
        64L << 20);
  }
}
