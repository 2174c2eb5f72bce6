package io.ilion.tools.console;

/**
 * The standard output takes no more. Where its reader has gone, as {@code head} does when it has
 * seen enough, nobody is told: the command ends as others do that a broken pipe ends.
 */
public final class OutputEndedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** What a shell says of a process that the signal of a broken pipe has ended. */
  private static final int BROKEN_PIPE = 141;

  private final boolean isLeft;

  /** For what the system said of a write. */
  OutputEndedException(Exception reason) {
    super("the standard output: " + reason.getMessage(), reason);
    String text = String.valueOf(reason.getMessage());
    // Other languages have it in brackets.
    this.isLeft = text.toLowerCase(java.util.Locale.ROOT).contains("broken pipe");
  }

  /** Whether its reader has gone, about which nothing is to be said. */
  public boolean isLeft() {
    return isLeft;
  }

  /** The exit code of the process. */
  public int exitCode() {
    return isLeft ? BROKEN_PIPE : ToolException.FAILED;
  }
}
