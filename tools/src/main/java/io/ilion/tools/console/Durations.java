package io.ilion.tools.console;

import java.time.Duration;

/** Times as a person writes them. */
public final class Durations {
  private Durations() {}

  /**
   * A time such as {@code 5} (seconds), {@code 2.5s}, {@code 500ms} or {@code 3m}.
   *
   * @throws ToolException if it is none; {@code what} is said before it
   */
  public static Duration parse(String text, String what) {
    int end = 0;
    while (end < text.length()
        && (Character.isDigit(text.charAt(end)) || text.charAt(end) == '.')) {
      end++;
    }
    double factor =
        switch (text.substring(end).strip()) {
          case "", "s" -> 1;
          case "ms" -> 1e-3;
          case "m", "min" -> 60;
          case "h" -> 3600;
          default -> -1;
        };
    try {
      double seconds = Double.parseDouble(text.substring(0, end)) * factor;
      if (seconds >= 0 && seconds < 1e9) {
        return Duration.ofNanos((long) (seconds * 1e9));
      }
    } catch (NumberFormatException e) {
      throw ToolException.wrongUse(what + " " + text + ": expected a time such as 5s or 500ms")
          .causedBy(e);
    }
    throw ToolException.wrongUse(what + " " + text + ": expected a time such as 5s or 500ms");
  }
}
