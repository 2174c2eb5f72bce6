package io.ilion.server;

import java.io.IOException;

/** This node has left its cluster, and was not told that it may come back as another. */
public final class NodeHasLeftException extends IOException {
  private static final long serialVersionUID = 1;

  NodeHasLeftException() {
    super(
        "This node was decommissioned or removed and will not rejoin the ring unless"
            + " override_decommission is set, by which it forgets its data, or it is started with"
            + " an empty data directory");
  }
}
