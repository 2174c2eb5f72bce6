package io.ilion.coordinator.read;

/**
 * What reads get warnings for, or fail for. A limit of -1 is none.
 *
 * @param tombstonesWarn deleted and expired cells, and ends of deleted ranges, that one read meets
 * @param partitionKeysWarn of one SELECT
 */
public record ReadLimits(
    int tombstonesWarn, int tombstonesFail, int partitionKeysWarn, int partitionKeysFail) {

  /** Neither a warning nor a failure. */
  public static final ReadLimits NONE = new ReadLimits(-1, -1, -1, -1);
}
