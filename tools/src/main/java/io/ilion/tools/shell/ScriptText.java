package io.ilion.tools.shell;

import java.io.IOException;
import java.io.Reader;

/**
 * A text of statements, between which the rows of COPY FROM STDIN may stand, read piece by piece:
 * nothing behind a statement is taken before that was executed.
 */
final class ScriptText implements CopiedRows.Lines {
  private final Reader reader;
  private final char[] buffer = new char[16 << 10];
  private int from;
  private int to;

  ScriptText(Reader reader) {
    this.reader = reader;
  }

  /**
   * The text until the end of the next line with a semicolon, or what is there; null at the end.
   */
  String statements() throws IOException {
    return next(true);
  }

  @Override
  public String next() throws IOException {
    return next(false);
  }

  private String next(boolean withSemicolon) throws IOException {
    if (from == to) {
      from = 0;
      to = Math.max(0, reader.read(buffer));
      if (to == 0) {
        return null;
      }
    }
    boolean met = !withSemicolon;
    int end = from;
    while (end < to && !(met && buffer[end] == '\n')) {
      met |= buffer[end] == ';';
      end++;
    }
    end = Math.min(to, end + 1);
    String text = new String(buffer, from, end - from);
    from = end;
    return text;
  }
}
