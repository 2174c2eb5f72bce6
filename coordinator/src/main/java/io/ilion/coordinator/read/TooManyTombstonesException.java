package io.ilion.coordinator.read;

/** A read met more deleted cells than it may. */
public final class TooManyTombstonesException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  TooManyTombstonesException(long count) {
    super("a read met " + count + " tombstones", null, false, false);
  }
}
