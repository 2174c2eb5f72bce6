package io.ilion.coordinator.replica.read;

import io.ilion.runtime.NodeAddress;

/** A node cannot read what it has, and so cannot give it to who streams; another one may. */
public final class DamagedSourceException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final transient NodeAddress source;
  private final long token;

  /**
   * Says what is damaged.
   *
   * @param token behind which the source was asked
   * @param what the file, and what is wrong with it
   */
  public DamagedSourceException(NodeAddress source, long token, String what) {
    super(source + " cannot read what it has behind token " + token + ": " + what);
    this.source = source;
    this.token = token;
  }

  /** The node. */
  public NodeAddress source() {
    return source;
  }

  /** Where in the ring it is: in the range that was asked for. */
  public long token() {
    return token;
  }
}
