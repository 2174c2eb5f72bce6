package io.ilion.tools.console;

import org.jline.utils.Signals;

/**
 * Ctrl-C, while something runs that can end early: the first one asks for that, the next one does
 * what it always does, which is to end the process.
 *
 * <pre>{@code
 * try (Interruption interruption = Interruption.asks(run::stop)) {
 *   result = run.measure();
 * }
 * }</pre>
 */
public final class Interruption implements AutoCloseable {
  /** What a shell says of a process that Ctrl-C has ended. */
  public static final int EXIT_CODE = 130;

  private static final String SIGNAL = "INT";

  private final Runnable early;
  private Object usual;

  private Interruption(Runnable early) {
    this.early = early;
  }

  /** Until it is closed, the first Ctrl-C runs this, on a thread of its own. */
  public static Interruption asks(Runnable early) {
    Interruption interruption = new Interruption(early);
    interruption.begin();
    return interruption;
  }

  private synchronized void begin() {
    usual = Signals.register(SIGNAL, this::happens);
  }

  private void happens() {
    close();
    early.run();
  }

  /** Ctrl-C does again what it always does. */
  @Override
  public synchronized void close() {
    if (usual != null) {
      Signals.unregister(SIGNAL, usual);
      usual = null;
    }
  }
}
