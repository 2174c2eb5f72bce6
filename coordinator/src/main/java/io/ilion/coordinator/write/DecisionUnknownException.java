package io.ilion.coordinator.write;

import io.ilion.model.Consistency;
import io.ilion.model.CqlException;
import io.ilion.model.ErrorCode;

/**
 * Some replica may have accepted a conditional update, and fewer than a quorum are known to have:
 * it may have been made, may be completed later, or never.
 */
public final class DecisionUnknownException extends CqlException {
  private static final long serialVersionUID = 1L;

  private final Consistency level;
  private final int accepted;
  private final int required;

  DecisionUnknownException(Consistency level, int accepted, int required) {
    super(
        ErrorCode.CAS_WRITE_UNKNOWN,
        "CAS operation result is unknown - proposal accepted by "
            + accepted
            + " but not a quorum.");
    this.level = level;
    this.accepted = accepted;
    this.required = required;
  }

  /** SERIAL or LOCAL_SERIAL. */
  public Consistency level() {
    return level;
  }

  /** How many replicas are known to have answered. */
  public int accepted() {
    return accepted;
  }

  /** How many would have decided. */
  public int required() {
    return required;
  }
}
