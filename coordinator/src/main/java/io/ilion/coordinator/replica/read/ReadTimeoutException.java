package io.ilion.coordinator.replica.read;

import io.ilion.model.Consistency;
import io.ilion.model.CqlException;
import io.ilion.model.ErrorCode;

/** Too few replicas answered a read in time. */
public final class ReadTimeoutException extends CqlException {
  private static final long serialVersionUID = 1L;

  private final Consistency level;
  private final int received;
  private final int blockFor;
  private final boolean dataPresent;

  /** Says how many of those that were waited for have answered. */
  public ReadTimeoutException(Consistency level, int received, int blockFor, boolean dataPresent) {
    super(
        ErrorCode.READ_TIMEOUT, "Operation timed out - received only " + received + " responses.");
    this.level = level;
    this.received = received;
    this.blockFor = blockFor;
    this.dataPresent = dataPresent;
  }

  /** The level that was asked for. */
  public Consistency level() {
    return level;
  }

  /** How many replicas answered. */
  public int received() {
    return received;
  }

  /** How many had to. */
  public int blockFor() {
    return blockFor;
  }

  /** Whether one of the answers had the data, and not only a digest. */
  public boolean dataPresent() {
    return dataPresent;
  }
}
