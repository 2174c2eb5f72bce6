package io.ilion.coordinator.paxos;

import io.ilion.storage.Slices;
import java.util.List;

/** What is to be decided about a partition. */
public interface PartitionDecision {

  /** The rows that the decision looks at, beside the static one; null if it looks at nothing. */
  Slices slices();

  /**
   * Decides. Called again, with what is there by then, each time that a round has to be repeated;
   * the last call is the one that counts. What it throws ends the attempt.
   *
   * @param timestamp of the changes in microseconds, greater than that of all decided before
   * @param rows what each of a quorum of replicas has of the rows, as {@link PartitionRows} gives
   *     it; all that was decided before is in at least one of them
   * @return the update to be made; empty if nothing is to change
   */
  byte[] decide(long timestamp, List<byte[]> rows);

  /**
   * The timestamp that the changes have to be newer than to be seen, as the last call of {@link
   * #decide} has found: if its own was not, the attempt is repeated with a newer one.
   */
  default long newestSeen() {
    return Long.MIN_VALUE;
  }

  /**
   * Whether, if nothing is to change, no update may be completed any more that was proposed before,
   * and is known to nobody but a minority. Who asks what became of an update wants that, and it may
   * cost a round; who is refused a change does not need it.
   */
  default boolean settles() {
    return true;
  }

  /** Told how it ended. */
  interface Callback {
    /**
     * It ended.
     *
     * @param changed whether the update was made; if not, nothing was to change
     * @param failure null, or why it is not known to have ended well: mostly a {@link
     *     PaxosException}
     */
    void done(boolean changed, Throwable failure);
  }
}
