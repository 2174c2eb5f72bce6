package io.ilion.storage.engine;

import java.util.UUID;

/**
 * A compaction that has put new files in the place of others.
 *
 * @param kind what it was for, as that of one that runs
 * @param sourceBytes of the files that it replaced
 * @param sources how many these were
 * @param resultBytes of the files that it made
 * @param results how many these are
 */
public record EndedCompaction(
    UUID id,
    UUID tableId,
    String kind,
    long endedMillis,
    long sourceBytes,
    int sources,
    long resultBytes,
    int results) {}
