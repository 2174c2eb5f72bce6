package io.ilion.server.config;

/** When a write is acknowledged, as seen from the commit log. */
public enum CommitLogSync {
  /** After the group of writes that it belongs to is on disk. */
  GROUP,
  /** After it is on disk; writes that wait share a sync, and none is held back for others. */
  BATCH,
  /** At once; the log is synced every {@code commitlog_sync_period}. */
  PERIODIC
}
