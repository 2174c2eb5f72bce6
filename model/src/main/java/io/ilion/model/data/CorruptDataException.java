package io.ilion.model.data;

/**
 * Bytes that are not what their layout says; whoever reads them fails loudly and serves nothing.
 */
public final class CorruptDataException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** Says what is wrong, and where. */
  public CorruptDataException(String message) {
    super(message);
  }

  /** Says what is wrong, and where, and what showed it. */
  public CorruptDataException(String message, Throwable cause) {
    super(message, cause);
  }
}
