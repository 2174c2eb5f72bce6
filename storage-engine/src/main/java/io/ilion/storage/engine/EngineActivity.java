package io.ilion.storage.engine;

import io.ilion.storage.commitlog.CommitLog;

/**
 * What the engine has done since it was opened, and what it is at now.
 *
 * @param flushes memtables that became files
 * @param flushedBytes of these files
 * @param compactions that have ended well
 * @param compactionReadBytes of the files that they replaced
 * @param compactionWrittenBytes of the files that they made
 * @param waitingCompactions tables, lane by lane, that wait to be looked at
 * @param commitLogBytes of the segments that are still needed
 * @param commitLogSyncs of the commit log to the disk
 * @param commitLogSyncNanos that these have taken in all
 * @param commitLogAppendedBytes written to it
 * @param refusesWrites whether the disk is too full for writes
 */
public record EngineActivity(
    long flushes,
    long flushedBytes,
    long compactions,
    long compactionReadBytes,
    long compactionWrittenBytes,
    int waitingCompactions,
    long commitLogBytes,
    long commitLogSyncs,
    long commitLogSyncNanos,
    long commitLogAppendedBytes,
    boolean refusesWrites) {

  static EngineActivity of(Flusher flusher, Compactions compactions, CommitLog log) {
    ActivityCounters counters = flusher.counters();
    CommitLog.Activity logged = log.activity();
    return new EngineActivity(
        counters.flushes(),
        counters.flushedBytes(),
        counters.compactions(),
        counters.compactionReadBytes(),
        counters.compactionWrittenBytes(),
        compactions.waiting(),
        logged.bytes(),
        logged.syncs(),
        logged.syncNanos(),
        logged.appendedBytes(),
        flusher.diskFull() != null || log.isFull());
  }
}
