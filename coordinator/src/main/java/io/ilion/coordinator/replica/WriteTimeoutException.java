package io.ilion.coordinator.replica;

import io.ilion.model.Consistency;
import io.ilion.model.ErrorCode;
import io.ilion.model.WriteType;

/** Too few replicas answered a write in time. It may have been made, or be made later. */
public final class WriteTimeoutException extends TooFewAnswersException {
  private static final long serialVersionUID = 1L;

  private final WriteType type;
  private final int contentions;

  /** Says how many of those that were waited for have answered. */
  public WriteTimeoutException(Consistency level, int received, int blockFor, WriteType type) {
    this(level, received, blockFor, type, 0, late(received));
  }

  private WriteTimeoutException(
      Consistency level,
      int received,
      int blockFor,
      WriteType type,
      int contentions,
      String message) {
    super(ErrorCode.WRITE_TIMEOUT, message, level, received, blockFor);
    this.type = type;
    this.contentions = contentions;
  }

  /**
   * Of a conditional update that was not proposed in time, so that nothing was changed.
   *
   * @param contentions how often it met others
   */
  public static WriteTimeoutException ofDecision(
      Consistency level, int received, int blockFor, int contentions) {
    return new WriteTimeoutException(
        level,
        received,
        blockFor,
        WriteType.CAS,
        contentions,
        "CAS operation timed out: received "
            + received
            + " of "
            + blockFor
            + " required responses after "
            + contentions
            + " contention retries");
  }

  /** How often a conditional update met others; 0 of any other write. */
  public int contentions() {
    return contentions;
  }

  /** The kind of write. */
  public WriteType type() {
    return type;
  }
}
