package io.ilion.coordinator.repair;

/**
 * How repairs go about their work.
 *
 * @param bytesPerSecond that each replica reads for one repair at most; 0 for no limit
 * @param pageBytes that are read at once, so that others have their turn
 * @param partBytes about so much of a table is compared at once
 * @param leaves of the first tree of a part
 * @param refineBytes a leaf that differs and holds more is compared again by its parts
 * @param marginSeconds a deletion counts as repaired if it is older than the repair by so much: for
 *     as long a write may be on its way, and by as much the clocks of nodes may differ
 */
public record RepairLimits(
    long bytesPerSecond,
    int pageBytes,
    long partBytes,
    int leaves,
    long refineBytes,
    long marginSeconds) {

  /** What suits most machines. */
  public static final RepairLimits DEFAULT =
      new RepairLimits(64L << 20, 64 << 10, 256L << 20, 1024, 64 << 10, 3600);

  /** Checks the bounds. */
  public RepairLimits {
    if (bytesPerSecond < 0
        || pageBytes < 1
        || partBytes < 1
        || leaves < 1
        || leaves > MerkleTree.MAX_LEAVES
        || refineBytes < 1
        || marginSeconds < 0) {
      throw new IllegalArgumentException("limits of repairs out of bounds");
    }
  }
}
