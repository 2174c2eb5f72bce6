package io.ilion.storage;

/** More was written than could be flushed, and the queue of waiting writes is full. */
public final class OverloadedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** Says what is full. */
  public OverloadedException(String message) {
    super(message);
  }
}
