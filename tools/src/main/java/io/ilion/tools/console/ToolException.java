package io.ilion.tools.console;

/**
 * A command cannot go on, for a reason that a person can understand: one line, often a hint what to
 * do, and the exit code. The {@code ilion} command prints both without a stack.
 *
 * <pre>{@code
 * throw ToolException.failed("there is no table shop.books").hint("did you mean shop.book?");
 * }</pre>
 */
public final class ToolException extends RuntimeException {
  /** The exit code of a failure while working. */
  public static final int FAILED = 1;

  /** The exit code of an option or argument that is wrong, and of statements that failed. */
  public static final int WRONG_USE = 2;

  private static final long serialVersionUID = 1L;

  private final int exitCode;
  private final String hint;

  /** A failure; the message is one line without a full stop, the hint is null or another one. */
  public ToolException(int exitCode, String message, String hint, Throwable cause) {
    super(message, cause);
    this.exitCode = exitCode;
    this.hint = hint;
  }

  /** Something went wrong while working: exit code 1. */
  public static ToolException failed(String message) {
    return new ToolException(FAILED, message, null, null);
  }

  /** An option, argument or file says something that cannot be meant: exit code 2. */
  public static ToolException wrongUse(String message) {
    return new ToolException(WRONG_USE, message, null, null);
  }

  /** The same with a line that says what to do about it. */
  public ToolException hint(String advice) {
    return new ToolException(exitCode, getMessage(), advice, getCause());
  }

  /** The same with what caused it, for those who debug. */
  public ToolException causedBy(Throwable reason) {
    return new ToolException(exitCode, getMessage(), hint, reason);
  }

  /** The exit code of the process. */
  public int exitCode() {
    return exitCode;
  }

  /** What to do about it, or null. */
  public String hint() {
    return hint;
  }
}
