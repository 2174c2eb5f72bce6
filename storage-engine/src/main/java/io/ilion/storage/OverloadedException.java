package io.ilion.storage;

/**
 * More was written than could be flushed, and the queue of waiting writes is full; or more reads
 * wait for the disk than may; or the storage engine is being closed. Nothing was done.
 */
public final class OverloadedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** Says what is full. */
  public OverloadedException(String message) {
    super(message);
  }
}
