package io.ilion.coordinator.replica;

import io.ilion.model.Consistency;
import io.ilion.model.CqlException;
import io.ilion.model.ErrorCode;
import io.ilion.model.WriteType;

/** Too few replicas answered a write in time. It may have been made, or be made later. */
public final class WriteTimeoutException extends CqlException {
  private static final long serialVersionUID = 1L;

  private final Consistency level;
  private final int received;
  private final int blockFor;
  private final WriteType type;

  /** Says how many of those that were waited for have answered. */
  public WriteTimeoutException(Consistency level, int received, int blockFor, WriteType type) {
    super(
        ErrorCode.WRITE_TIMEOUT, "Operation timed out - received only " + received + " responses.");
    this.level = level;
    this.received = received;
    this.blockFor = blockFor;
    this.type = type;
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

  /** The kind of write. */
  public WriteType type() {
    return type;
  }
}
