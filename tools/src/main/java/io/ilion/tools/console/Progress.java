package io.ilion.tools.console;

import java.io.PrintStream;
import java.time.Duration;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Says how far a long work is: on a terminal one line that is written over again and again,
 * elsewhere a line every now and then. Safe for use by many threads; whoever finds it due pays for
 * it.
 *
 * <pre>{@code
 * try (Progress progress = Progress.on(System.err, style)) {
 *   for (Chunk chunk : chunks) {
 *     load(chunk);
 *     progress.update(() -> rows + " rows, " + errors + " errors");
 *   }
 *   progress.finish("5,000,000 rows in 31 s");
 * }
 * }</pre>
 */
public final class Progress implements AutoCloseable {
  private static final long TERMINAL_NANOS = Duration.ofMillis(100).toNanos();
  private static final long PLAIN_NANOS = Duration.ofSeconds(10).toNanos();
  private static final String CLEAR = "\r\u001b[K";
  private static final String[] EIGHTHS = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};

  private final PrintStream out;
  private final Style style;
  private final LongSupplier nanos;
  private final long interval;
  private volatile long due;
  private boolean shown;
  private boolean closed;
  private Thread ending;
  private String lastWords;

  /**
   * Progress on a stream, most often the standard error. A process that is interrupted meanwhile
   * leaves no half line behind.
   */
  public static Progress on(PrintStream out, Style style) {
    Progress progress =
        new Progress(
            out, style, System::nanoTime, style.isTerminal() ? TERMINAL_NANOS : PLAIN_NANOS);
    progress.ending = Thread.ofPlatform().name("ilion-progress").unstarted(progress::interrupted);
    Runtime.getRuntime().addShutdownHook(progress.ending);
    return progress;
  }

  /** Progress that says nothing. */
  public static Progress none() {
    return new Progress(null, Style.PLAIN, () -> 0, Long.MAX_VALUE);
  }

  /** For tests, and for intervals other than 0.1 s on a terminal and 10 s elsewhere. */
  public Progress(PrintStream out, Style style, LongSupplier nanos, long intervalNanos) {
    this.out = out;
    this.style = style;
    this.nanos = nanos;
    this.interval = intervalNanos;
    this.due = nanos.getAsLong() + (style.isTerminal() ? 0 : intervalNanos);
  }

  /** Shows where the work is, if it is time to; the text is made only then. One line. */
  public void update(Supplier<String> text) {
    if (out == null || nanos.getAsLong() - due < 0) {
      return;
    }
    synchronized (this) {
      long now = nanos.getAsLong();
      if (closed || now - due < 0) {
        return;
      }
      due = now + interval;
      if (style.isTerminal()) {
        out.print(CLEAR + fitted(text.get()));
        shown = true;
      } else {
        out.println(text.get());
      }
      out.flush();
    }
  }

  /** Says something that stays, such as a warning, above the line of progress. */
  public synchronized void say(String line) {
    if (out == null) {
      return;
    }
    erase();
    out.println(line);
    out.flush();
    due = nanos.getAsLong();
  }

  /** What to say when the process ends before the work does; null, as at first, for nothing. */
  public synchronized void ifInterrupted(String line) {
    lastWords = line;
  }

  private synchronized void interrupted() {
    ending = null;
    if (!closed) {
      close();
      if (lastWords != null) {
        out.println(lastWords);
        out.flush();
      }
    }
  }

  /** Replaces the line of progress by its end, which stays. */
  public synchronized void finish(String line) {
    close();
    if (out != null) {
      out.println(line);
      out.flush();
    }
  }

  /** Removes the line of progress; nothing is shown from now on. */
  @Override
  public synchronized void close() {
    if (!closed && out != null) {
      erase();
      out.flush();
    }
    closed = true;
    if (ending != null) {
      try {
        Runtime.getRuntime().removeShutdownHook(ending);
      } catch (IllegalStateException e) {
        // The process ends already, and has nothing to erase.
        return;
      }
      ending = null;
    }
  }

  private void erase() {
    if (shown) {
      out.print(CLEAR);
      shown = false;
    }
  }

  private String fitted(String text) {
    int most = style.width() - 1;
    StringBuilder line = new StringBuilder();
    int width = 0;
    for (int i = 0; i < text.length(); ) {
      int point = text.codePointAt(i);
      String symbol = Character.toString(point);
      width += TableText.width(symbol);
      if (width > most) {
        break;
      }
      line.append(symbol);
      i += symbol.length();
    }
    return line.toString();
  }

  /** A bar of this many columns for a fraction from 0 to 1. */
  public static String bar(double fraction, int width) {
    double bounded = Math.max(0, Math.min(1, fraction));
    int eighths = (int) Math.round(bounded * width * EIGHTHS.length);
    String bar = "█".repeat(eighths / EIGHTHS.length) + EIGHTHS[eighths % EIGHTHS.length];
    return bar + " ".repeat(width - bar.length());
  }

  /** A time as a person says it: {@code 7 s}, {@code 3 min 12 s}, {@code 2 h 5 min}. */
  public static String duration(Duration time) {
    long seconds = Math.max(0, time.toSeconds());
    if (seconds < 60) {
      return seconds + " s";
    }
    return seconds < 3600
        ? seconds / 60 + " min " + seconds % 60 + " s"
        : seconds / 3600 + " h " + seconds % 3600 / 60 + " min";
  }

  /** A number with a comma between thousands. */
  public static String count(long number) {
    return String.format(java.util.Locale.ROOT, "%,d", number);
  }
}
