package io.ilion.coordinator.write;

/**
 * What writes get warnings for, or are refused for. A limit of -1 is none.
 *
 * @param batchWarnBytes of a batch of several partitions, as Cassandra counts its size
 * @param unloggedBatchWarnPartitions the most partitions of an unlogged batch without a warning
 * @param maxMutationBytes the most that one partition may be changed by at once
 * @param valueWarnBytes of one cell's value, or of the key of a collection's element
 * @param itemsWarn elements of a collection, in one write
 */
public record WriteLimits(
    long batchWarnBytes,
    long batchFailBytes,
    int unloggedBatchWarnPartitions,
    long maxMutationBytes,
    long valueWarnBytes,
    long valueFailBytes,
    int itemsWarn,
    int itemsFail) {

  /** Neither a warning nor a refusal. */
  public static final WriteLimits NONE =
      new WriteLimits(-1, -1, -1, Long.MAX_VALUE, -1, -1, -1, -1);
}
