package io.ilion.coordinator.read;

/** A read without pages would bring more than a node may hold for it. */
public final class ResultTooLargeException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** Says how many bytes would have been allowed. */
  public ResultTooLargeException(long most) {
    super("a result without pages takes more than " + most + " bytes", null, false, false);
  }
}
