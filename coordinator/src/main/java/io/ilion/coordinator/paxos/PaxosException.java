package io.ilion.coordinator.paxos;

/** An agreement that did not come about, or of which that is not known. */
public final class PaxosException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final Kind kind;
  private final int received;
  private final int required;
  private final int contentions;

  /** What went wrong. */
  public enum Kind {
    /** Too few replicas are alive: nothing was changed. */
    UNAVAILABLE,
    /** Time ran out, and nothing was changed. */
    TIMEOUT,
    /** Some replica may have accepted the update: it may be completed later, or never. */
    UNKNOWN,
    /** The update is decided, but too few replicas are known to have applied it. */
    UNCOMMITTED
  }

  PaxosException(Kind kind, int received, int required, int contentions) {
    super(
        kind + ": " + received + " of " + required + ", " + contentions + " contentions",
        null,
        false,
        false);
    this.kind = kind;
    this.received = received;
    this.required = required;
    this.contentions = contentions;
  }

  /** What went wrong. */
  public Kind kind() {
    return kind;
  }

  /** How many replicas answered (were alive, for UNAVAILABLE). */
  public int received() {
    return received;
  }

  /** How many replicas were needed. */
  public int required() {
    return required;
  }

  /** How often it met other rounds. */
  public int contentions() {
    return contentions;
  }

  /** Whether the update may have been made, or may still be. */
  public boolean isUnknown() {
    return kind == Kind.UNKNOWN || kind == Kind.UNCOMMITTED;
  }
}
