package io.ilion.tools.load.codec;

/** A field cannot be a value of its column. Cheap: it has no stack, as there may be very many. */
public final class FieldException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** A field that is wrong; the message says how. */
  public FieldException(String message) {
    super(message, null, false, false);
  }
}
