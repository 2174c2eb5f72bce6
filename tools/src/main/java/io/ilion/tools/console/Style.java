package io.ilion.tools.console;

import java.util.Map;

/**
 * Whether and how output is coloured, and how wide it may be. Colours are used on a terminal,
 * unless {@code NO_COLOR} is set or {@code TERM} is {@code dumb}; a flag can say otherwise.
 *
 * <pre>{@code
 * Style style = Style.of(Style.Stream.OUT, System.getenv(), null);
 * out.println(style.paint(Style.Tone.ERROR, "broken"));
 * }</pre>
 */
public final class Style {
  /** No terminal, no colours. */
  public static final Style PLAIN = new Style(false, false, 80);

  private static final int DEFAULT_WIDTH = 80;
  private static final String RESET = "\u001b[0m";

  private final boolean terminal;
  private final boolean coloured;
  private final int width;

  /** The streams of the process; the launcher says which of them are terminals. */
  public enum Stream {
    IN('0'),
    OUT('1'),
    ERR('2');

    private final char digit;

    Stream(char digit) {
      this.digit = digit;
    }

    /** Whether this stream is a terminal. */
    public boolean isTerminal() {
      String terminals = System.getProperty("ilion.terminals");
      if (terminals != null) {
        return terminals.indexOf(digit) >= 0;
      }
      return System.console() != null && System.console().isTerminal();
    }
  }

  /** What a piece of text is; each has a colour that can be read on light and on dark ground. */
  public enum Tone {
    PLAIN(""),
    ERROR("\u001b[1;31m"),
    WARNING("\u001b[33m"),
    GOOD("\u001b[32m"),
    HEADING("\u001b[1m"),
    FAINT("\u001b[2m"),
    NULL("\u001b[31m"),
    NUMBER("\u001b[32m"),
    TEXT("\u001b[33m"),
    BLOB("\u001b[35m"),
    TIME("\u001b[36m"),
    KEYWORD("\u001b[1;34m"),
    PARTITION_KEY("\u001b[1;31m"),
    CLUSTERING_KEY("\u001b[1;36m"),
    STATIC_COLUMN("\u001b[1;37m"),
    COLUMN("\u001b[1;35m");

    private final String code;

    Tone(String code) {
      this.code = code;
    }

    /** The escape sequence that begins it; empty for PLAIN. */
    public String code() {
      return code;
    }
  }

  private Style(boolean terminal, boolean coloured, int width) {
    this.terminal = terminal;
    this.coloured = coloured;
    this.width = width;
  }

  /**
   * The style of a stream.
   *
   * @param environment for {@code NO_COLOR}, {@code TERM} and {@code COLUMNS}
   * @param wanted true or false when a flag says so, null when none does
   */
  public static Style of(Stream stream, Map<String, String> environment, Boolean wanted) {
    boolean terminal = stream.isTerminal() && !isDumb(environment);
    boolean coloured =
        wanted != null ? wanted : terminal && environment.getOrDefault("NO_COLOR", "").isEmpty();
    return new Style(terminal, coloured, width(environment));
  }

  /** Whether the terminal can do no more than print one line below the other. */
  public static boolean isDumb(Map<String, String> environment) {
    return environment.getOrDefault("TERM", "").equals("dumb");
  }

  /** A style for a stream that somebody else knows: a capture, a test, JLine's terminal. */
  public static Style of(boolean terminal, boolean coloured, int width) {
    return new Style(terminal, coloured, width);
  }

  private static int width(Map<String, String> environment) {
    String columns =
        environment.getOrDefault("COLUMNS", System.getProperty("ilion.columns", "").trim());
    try {
      int number = Integer.parseInt(columns);
      return number > 0 ? number : DEFAULT_WIDTH;
    } catch (NumberFormatException e) {
      return DEFAULT_WIDTH;
    }
  }

  /** Whether a person looks at it, on a terminal where what was printed can be written over. */
  public boolean isTerminal() {
    return terminal;
  }

  /** Whether it has colours. */
  public boolean isColoured() {
    return coloured;
  }

  /** How many columns a line has; 80 when nobody knows. */
  public int width() {
    return width;
  }

  /** The same without colours. */
  public Style plain() {
    return new Style(terminal, false, width);
  }

  /** A text in the colour of a tone, or as it is. */
  public String paint(Tone tone, String text) {
    return !coloured || tone.code.isEmpty() || text.isEmpty() ? text : tone.code + text + RESET;
  }
}
