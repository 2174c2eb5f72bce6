package io.ilion.storage.commitlog;

/**
 * How the commit log works.
 *
 * @param directory where its segments stand
 * @param acknowledgeUnsynced periodic mode: a write is acknowledged when the operating system has
 *     it
 * @param gathers whether a group waits for company when many write at once; else none waits
 * @param groupWindowNanos how long a group always waits for company; 0 for as the load suggests
 * @param periodNanos periodic mode: the time between syncs
 * @param segmentBytes the size at which a segment ends
 * @param totalBytes the size of all segments from which on the oldest tables are to be flushed
 */
public record CommitLogOptions(
    String directory,
    boolean acknowledgeUnsynced,
    boolean gathers,
    long groupWindowNanos,
    long periodNanos,
    int segmentBytes,
    long totalBytes) {}
