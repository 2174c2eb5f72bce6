package io.ilion.driver.codec;

/** A value does not fit: no codec between the types, or a value that one of them cannot hold. */
public final class CodecException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  /** A misfit and what it is. */
  public CodecException(String message) {
    super(message);
  }

  /** A misfit that something else found. */
  public CodecException(String message, Throwable cause) {
    super(message, cause);
  }
}
