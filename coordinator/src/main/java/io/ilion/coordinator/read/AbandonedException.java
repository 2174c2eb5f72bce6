package io.ilion.coordinator.read;

/** Ends a read that nobody waits for, since it was answered otherwise: most often by a timeout. */
final class AbandonedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  AbandonedException() {
    super("the read was abandoned", null, false, false);
  }
}
