package io.ilion.tools.shell;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CancellationException;

/** The rows of COPY FROM STDIN in UTF-8; they end with a line that has a dot and nothing else. */
final class CopiedRows extends InputStream {
  /** Where the rows are taken from. */
  interface Lines {
    /**
     * The next line with its end, or a part of one; null if there is none.
     *
     * @throws CancellationException if the rows were given up
     */
    String next() throws IOException;
  }

  private final Lines lines;
  private byte[] piece = new byte[0];
  private int at;
  private boolean lineBegins = true;
  private boolean ended;
  private volatile boolean givenUp;

  CopiedRows(Lines lines) {
    this.lines = lines;
  }

  /** Whether whoever typed them wants none of them to be loaded. */
  boolean givenUp() {
    return givenUp;
  }

  /** Leaves the rest of the rows out, so that what stands behind them comes next. */
  void skip() throws IOException {
    while (fill()) {
      at = piece.length;
    }
  }

  private boolean fill() throws IOException {
    if (at == piece.length && !ended) {
      String text = next();
      if (lineBegins && text != null && text.equals(".")) {
        String more = next();
        text = more == null ? text : text + more;
      }
      ended = text == null || (lineBegins && text.matches("\\.\\r?\\n?"));
      if (!ended) {
        lineBegins = text.endsWith("\n");
        piece = text.getBytes(StandardCharsets.UTF_8);
        at = 0;
      }
    }
    return !ended;
  }

  private String next() throws IOException {
    try {
      return lines.next();
    } catch (CancellationException e) {
      givenUp = true;
      throw e;
    }
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (!fill()) {
      return -1;
    }
    int count = Math.min(length, piece.length - at);
    System.arraycopy(piece, at, target, offset, count);
    at += count;
    return count;
  }
}
