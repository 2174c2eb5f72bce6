package io.ilion.gossip.topology;

/** A step of a node's life that cannot be taken as the cluster is. */
public final class TopologyException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final boolean later;

  /**
   * Says why.
   *
   * @param later whether it will be possible without anybody doing anything else
   */
  public TopologyException(boolean later, String message) {
    super(message);
    this.later = later;
  }

  /** Whether it can be tried again later. */
  public boolean isLater() {
    return later;
  }
}
