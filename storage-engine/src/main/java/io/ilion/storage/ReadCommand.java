package io.ilion.storage;

import java.util.UUID;

/**
 * What to read on one lane: some rows of one partition, or of every partition in a range.
 *
 * @param tableId the table
 * @param partitionKey the one partition, or null for a range
 * @param token the token of the partition key; unused for a range
 * @param range the range of partitions, or null for one partition
 * @param slices which rows of each partition
 * @param reversed whether rows come against clustering order (single partition, or each in turn)
 * @param columns null, or of a read of one row the ids, ascending, of all columns that the sink
 *     needs, none of them static, a counter or of many cells: what of the row is older than the
 *     values of these need not be looked for; {@link LaneStore#readSettled} has a use for them too
 * @param purgeBeforeSeconds what was deleted or has expired before this second is left out, as a
 *     compaction would leave it out; Long.MIN_VALUE for nothing
 */
public record ReadCommand(
    UUID tableId,
    byte[] partitionKey,
    long token,
    PartitionRange range,
    Slices slices,
    boolean reversed,
    int[] columns,
    long purgeBeforeSeconds) {

  /** A read of one partition. */
  public static ReadCommand partition(
      UUID tableId, byte[] partitionKey, long token, Slices slices, boolean reversed) {
    return new ReadCommand(
        tableId, partitionKey, token, null, slices, reversed, null, Long.MIN_VALUE);
  }

  /**
   * A read of one row by its full clustering key.
   *
   * @param columns all that the sink needs; see {@link #columns}
   */
  public static ReadCommand row(
      UUID tableId, byte[] partitionKey, long token, Slices row, int[] columns) {
    return new ReadCommand(tableId, partitionKey, token, null, row, false, columns, Long.MIN_VALUE);
  }

  /** A read of all partitions in a range. */
  public static ReadCommand range(UUID tableId, PartitionRange range, Slices slices) {
    return new ReadCommand(tableId, null, 0, range, slices, false, null, Long.MIN_VALUE);
  }

  /** The same read of another table, whose columns are the same. */
  public ReadCommand of(UUID otherTable) {
    return new ReadCommand(
        otherTable, partitionKey, token, range, slices, reversed, columns, purgeBeforeSeconds);
  }

  /** The same read of all that is there, and not only of what some columns need. */
  public ReadCommand whole() {
    return new ReadCommand(
        tableId, partitionKey, token, range, slices, reversed, null, purgeBeforeSeconds);
  }

  /**
   * The same read without what could be purged, so that replicas of which some have purged it, and
   * others not yet, find the same.
   */
  public ReadCommand purged(long beforeSeconds) {
    return new ReadCommand(
        tableId, partitionKey, token, range, slices, reversed, columns, beforeSeconds);
  }

  /**
   * Partitions between two positions of the ring order (token, then key), as one token range that
   * does not wrap.
   *
   * @param startToken the first token
   * @param startKey where to begin among the partitions of the first token; null for their
   *     beginning
   * @param startInclusive whether the partition of startKey itself belongs to it
   * @param endToken the last token, inclusive
   */
  public record PartitionRange(
      long startToken, byte[] startKey, boolean startInclusive, long endToken) {
    /** The whole ring. */
    public static final PartitionRange ALL =
        new PartitionRange(Long.MIN_VALUE, null, true, Long.MAX_VALUE);
  }
}
