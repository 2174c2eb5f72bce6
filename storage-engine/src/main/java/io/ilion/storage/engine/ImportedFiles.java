package io.ilion.storage.engine;

/**
 * What files brought that were added to a table.
 *
 * @param sources how many they were
 * @param files how many were made of them
 * @param partitions of the new files
 * @param rows of the new files
 * @param leftOut how many partitions were left out because they belong elsewhere
 */
public record ImportedFiles(int sources, int files, long partitions, long rows, long leftOut) {}
