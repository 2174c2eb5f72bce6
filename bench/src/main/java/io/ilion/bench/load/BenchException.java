package io.ilion.bench.load;

/** A workload, an option or a run that cannot be, for a reason that a person can understand. */
public final class BenchException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** With a message of one line that says where and what would be right. */
  public BenchException(String message) {
    super(message);
  }

  /** With a cause, for those who debug. */
  public BenchException(String message, Throwable cause) {
    super(message, cause);
  }
}
