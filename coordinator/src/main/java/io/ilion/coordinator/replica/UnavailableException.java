package io.ilion.coordinator.replica;

import io.ilion.model.Consistency;
import io.ilion.model.CqlException;
import io.ilion.model.ErrorCode;

/** Too few replicas are alive for a consistency level; nothing was sent to any of them. */
public final class UnavailableException extends CqlException {
  private static final long serialVersionUID = 1L;

  private final Consistency level;
  private final int required;
  private final int alive;

  /**
   * Says what is missing.
   *
   * @param where empty, or the data centre that lacks replicas as {@code " in DC name"}
   */
  public UnavailableException(Consistency level, String where, int required, int alive) {
    super(ErrorCode.UNAVAILABLE, "Cannot achieve consistency level " + level + where);
    this.level = level;
    this.required = required;
    this.alive = alive;
  }

  /** The level that was asked for. */
  public Consistency level() {
    return level;
  }

  /** How many replicas have to answer. */
  public int required() {
    return required;
  }

  /** How many are alive. */
  public int alive() {
    return alive;
  }
}
