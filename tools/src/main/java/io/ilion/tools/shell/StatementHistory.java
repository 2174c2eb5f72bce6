package io.ilion.tools.shell;

import java.time.Instant;
import java.util.Locale;
import org.jline.reader.impl.history.DefaultHistory;

/** A history that keeps no passwords. */
final class StatementHistory extends DefaultHistory {
  @Override
  public void add(Instant time, String line) {
    String upper = line.toUpperCase(Locale.ROOT);
    if (!upper.contains("PASSWORD") && !upper.stripLeading().startsWith("LOGIN")) {
      super.add(time, line);
    }
  }
}
