package io.ilion.coordinator.replica.read;

/** A replica knows of others than those that were asked: the read is to be planned anew. */
final class StaleReplicasException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  static final StaleReplicasException INSTANCE = new StaleReplicasException();

  private StaleReplicasException() {
    super("the replicas have changed", null, false, false);
  }
}
