package io.ilion.tools.shell;

import io.ilion.tools.console.FileErrors;
import io.ilion.tools.console.Style;
import io.ilion.tools.console.Style.Tone;
import io.ilion.tools.console.TableText;
import io.ilion.tools.console.ToolException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.IntSupplier;

/**
 * Where the shell writes to: results to the screen, a pager or the file of CAPTURE, what it says
 * itself to the screen, and errors to the standard error.
 */
final class Output {
  /** Shows what is too long for the screen; the lines are made as they are looked at. */
  @FunctionalInterface
  interface Pager {
    /**
     * Shows these lines; returns when the person has seen enough.
     *
     * @param wrapped whether a line that is too long goes on below, rather than beyond the side
     */
    void show(Iterator<String> lines, boolean wrapped);
  }

  private final PrintWriter screen;
  private final OutputStream screenBytes;
  private final PrintWriter errors;
  private final Style style;
  private final Style errorStyle;
  private final Charset charset;
  private Pager pager;
  private IntSupplier height = () -> 0;
  private IntSupplier width = () -> 0;
  private PrintWriter captured;
  private Path capture;
  private boolean forPrograms;

  /**
   * An output.
   *
   * @param screenBytes where the screen's text goes, for what is bytes already
   */
  Output(
      PrintWriter screen,
      OutputStream screenBytes,
      PrintWriter errors,
      Style style,
      Style errorStyle,
      Charset charset) {
    this.screen = screen;
    this.screenBytes = screenBytes;
    this.errors = errors;
    this.style = style;
    this.errorStyle = errorStyle;
    this.charset = charset;
  }

  /** From now on what takes more lines of the screen than it has goes to a pager. */
  void page(Pager newPager, IntSupplier screenHeight, IntSupplier screenWidth) {
    pager = newPager;
    height = screenHeight;
    width = screenWidth;
  }

  /** Nothing but results on the screen from now on: a program reads them. */
  void forPrograms() {
    forPrograms = true;
  }

  /** The style of results. */
  Style style() {
    return captured == null ? style : Style.PLAIN;
  }

  /** The style of what the shell says itself. */
  Style screenStyle() {
    return style;
  }

  /** The screen for bytes; what was written before is to be flushed. */
  OutputStream screenBytes() {
    return screenBytes;
  }

  /** Something that the shell says itself: it is never captured. */
  void say(String line) {
    PrintWriter writer = forPrograms ? errors : screen;
    writer.println(line);
    writer.flush();
  }

  /** An error, or a warning. */
  void error(Tone tone, String line) {
    screen.flush();
    errors.println(errorStyle.paint(tone, line));
    errors.flush();
  }

  /** A line of a result. */
  void result(String line) {
    (captured == null ? screen : captured).println(line);
  }

  /** Rows: to the pager if they are longer than the screen and there is one. */
  void result(Iterator<String> lines) {
    show(lines, false);
  }

  /** The same for text, of which somebody may copy all. */
  void text(Iterator<String> lines) {
    show(lines, true);
  }

  private void show(Iterator<String> lines, boolean wrapped) {
    if (pager == null || captured != null) {
      lines.forEachRemaining(this::result);
      flush();
      return;
    }
    int most = height.getAsInt() - 1;
    int columns = Math.max(1, width.getAsInt());
    int taken = 0;
    List<String> first = new ArrayList<>();
    while (taken < most && lines.hasNext()) {
      String line = lines.next();
      first.add(line);
      taken += 2 * line.length() <= columns ? 1 : linesOf(line, columns);
    }
    if (!lines.hasNext() && taken <= most) {
      first.forEach(this::result);
      flush();
    } else {
      pager.show(new Joined(first.iterator(), lines), wrapped);
    }
  }

  /** How many lines of the screen a line takes, which a terminal breaks where it ends. */
  private static int linesOf(String line, int columns) {
    int length = TableText.width(line.replaceAll("\u001b\\[[0-9;]*m", ""));
    return Math.max(1, (length + columns - 1) / columns);
  }

  private record Joined(Iterator<String> first, Iterator<String> then) implements Iterator<String> {
    @Override
    public boolean hasNext() {
      return first.hasNext() || then.hasNext();
    }

    @Override
    public String next() {
      return first.hasNext() ? first.next() : then.next();
    }
  }

  /**
   * Writes what was held back.
   *
   * @throws ToolException if the file of CAPTURE does not take it: then the screen has results
   *     again
   */
  void flush() {
    screen.flush();
    if (captured != null && captured.checkError()) {
      throw lost();
    }
  }

  private ToolException lost() {
    Path file = capture;
    captured.close();
    captured = null;
    capture = null;
    return ToolException.failed("Could not write to '" + file + "': not all results are in it")
        .hint("is the disk full?");
  }

  /** The file that results go to, or null. */
  Path capture() {
    return capture;
  }

  /**
   * Results go to the end of this file.
   *
   * @throws ToolException if it cannot be written
   */
  void startCapture(Path file) {
    try {
      captured =
          new PrintWriter(
              Files.newBufferedWriter(
                  file, charset, StandardOpenOption.CREATE, StandardOpenOption.APPEND));
      capture = file;
    } catch (IOException e) {
      throw ToolException.failed(
              "Could not open '" + file + "' for append: " + FileErrors.reason(e))
          .causedBy(e);
    }
  }

  /** Results go to the screen again. */
  void endCapture() {
    if (captured != null) {
      if (captured.checkError()) {
        throw lost();
      }
      captured.close();
      captured = null;
      capture = null;
    }
  }
}
