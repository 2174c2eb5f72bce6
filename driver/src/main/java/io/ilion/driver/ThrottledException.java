package io.ilion.driver;

/** The driver itself refused a request, because it has too many already. It was not sent. */
public final class ThrottledException extends DriverException {
  private static final long serialVersionUID = 1L;

  /** A refusal with its reason. */
  public ThrottledException(String message) {
    this(message, null);
  }

  private ThrottledException(String message, Throwable cause) {
    super(message, null, cause);
  }

  @Override
  ThrottledException copy() {
    return new ThrottledException(getMessage(), this);
  }
}
