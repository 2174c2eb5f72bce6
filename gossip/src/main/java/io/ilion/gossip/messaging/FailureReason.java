package io.ilion.gossip.messaging;

/**
 * Why a request to another node has no answer. The codes are those that version 5 of the native
 * protocol gives to clients in its map of failures.
 */
public enum FailureReason {
  /** Something went wrong there; its log says what. */
  UNKNOWN(0),
  /** The read met more tombstones than it may. */
  READ_TOO_MANY_TOMBSTONES(1),
  /** No answer came in time. */
  TIMEOUT(2),
  /** The node does not know the table or column, even after it caught up with the schema. */
  INCOMPATIBLE_SCHEMA(3),
  /** The result of the read grew larger than it may. */
  READ_SIZE(4),
  /** The node is down, or the connection broke. */
  NODE_DOWN(5),
  /** The node has too much to do, or too many requests wait for it. */
  OVERLOADED(0x40),
  /** The node refuses since the sender's view of the cluster is older than its own. */
  STALE_EPOCH(0x41);

  private final int code;

  FailureReason(int code) {
    this.code = code;
  }

  /** The code of this reason on the wire. */
  public int code() {
    return code;
  }

  /** The reason of a code; {@link #UNKNOWN} for one that this version does not know. */
  public static FailureReason ofCode(int code) {
    for (FailureReason reason : values()) {
      if (reason.code == code) {
        return reason;
      }
    }
    return UNKNOWN;
  }
}
