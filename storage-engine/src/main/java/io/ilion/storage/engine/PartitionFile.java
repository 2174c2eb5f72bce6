package io.ilion.storage.engine;

/**
 * A file that has something of a partition.
 *
 * @param path of the file
 * @param level that the leveled strategy gave it; 0 with others
 * @param bytes of the whole file, on disk
 * @param partitions in the whole file
 */
public record PartitionFile(String path, int level, long bytes, long partitions) {}
