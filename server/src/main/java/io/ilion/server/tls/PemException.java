package io.ilion.server.tls;

/** A file in PEM form is not what it should be. */
public final class PemException extends Exception {
  private static final long serialVersionUID = 1;

  private final String hint;

  PemException(String message) {
    this(message, null);
  }

  /** Takes one line that begins with the file, and what to do about it or null. */
  PemException(String message, String hint) {
    super(message);
    this.hint = hint;
  }

  /** What to do about it, or null. */
  public String hint() {
    return hint;
  }
}
