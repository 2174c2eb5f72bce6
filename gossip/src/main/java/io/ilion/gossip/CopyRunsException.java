package io.ilion.gossip;

import io.ilion.runtime.NodeAddress;
import java.io.IOException;

/** Another process runs with a copy of this node's data directory, and began earlier. */
public final class CopyRunsException extends IOException {
  private static final long serialVersionUID = 1;

  CopyRunsException(NodeAddress self, NodeAddress other) {
    super(
        "This node cannot run at "
            + self
            + ": a copy of its data directory runs at "
            + other
            + ". Remove one of the two, or give this node an empty data directory");
  }

  /** The message says all that an operator has to know. */
  @Override
  public String toString() {
    return getMessage();
  }
}
