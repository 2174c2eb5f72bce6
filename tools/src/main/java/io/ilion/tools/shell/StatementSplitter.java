package io.ilion.tools.shell;

import io.ilion.tools.shell.Lexer.Kind;
import io.ilion.tools.shell.Lexer.Token;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds the statements in what is typed or read, piece by piece. A statement ends at a semicolon
 * that is in no string, name, comment or batch; a command of the shell ends with its line as well.
 */
public final class StatementSplitter {
  /**
   * A statement, without its semicolon.
   *
   * @param text from its first to its last character that is neither blank nor comment
   * @param line where it begins in what was read, from 1
   * @param column the same, from 0
   */
  public record Statement(String text, int line, int column) {}

  private final StringBuilder pending = new StringBuilder();
  private int line = 1;
  private int column;

  /** Takes more text, and gives the statements that are complete with it. */
  public List<Statement> add(String more) {
    pending.append(more);
    return take(false);
  }

  /** The input has ended: what is left is a statement too, if anything is. */
  public List<Statement> end() {
    return take(true);
  }

  /** Whether something has begun that has no end yet. */
  boolean isPending() {
    for (Token token : Lexer.tokens(pending.toString())) {
      if (!token.isBlank() || !token.closed()) {
        return true;
      }
    }
    return false;
  }

  /** Whether a text is complete: whole statements, or nothing but blanks and comments. */
  static boolean isComplete(String text) {
    StatementSplitter splitter = new StatementSplitter();
    splitter.add(text + "\n");
    return !splitter.isPending();
  }

  private List<Statement> take(boolean atEnd) {
    String text = pending.toString();
    List<Statement> found = new ArrayList<>();
    int consumed = 0;
    int first = -1;
    int last = -1;
    boolean ofOneLine = false;
    Batch batch = new Batch();
    int at = 0;
    while (at < text.length()) {
      Token token = Lexer.at(text, at);
      at = token.end();
      if (!token.closed() && !atEnd) {
        break;
      }
      if (first >= 0 && ofOneLine && token.kind() == Kind.SPACE && hasNewline(text, token)) {
        found.add(statement(text, consumed, first, last));
        consumed = moveTo(text, consumed, token.end());
        first = -1;
        continue;
      }
      if (token.isBlank()) {
        continue;
      }
      if (token.kind() == Kind.SEMICOLON && !batch.isOpen()) {
        if (first >= 0) {
          found.add(statement(text, consumed, first, last));
        }
        consumed = moveTo(text, consumed, token.end());
        first = -1;
        batch = new Batch();
        continue;
      }
      if (first < 0) {
        first = token.start();
        ofOneLine = ShellCommands.endsWithItsLine(token.in(text));
      }
      last = token.end();
      batch.add(text, token);
    }
    if (atEnd && first >= 0) {
      found.add(statement(text, consumed, first, last));
      consumed = moveTo(text, consumed, text.length());
    }
    pending.delete(0, consumed);
    return found;
  }

  private static boolean hasNewline(String text, Token token) {
    int newline = text.indexOf('\n', token.start());
    return newline >= 0 && newline < token.end();
  }

  private Statement statement(String text, int consumed, int first, int last) {
    int startLine = line;
    int startColumn = column;
    for (int i = consumed; i < first; i++) {
      if (text.charAt(i) == '\n') {
        startLine++;
        startColumn = 0;
      } else {
        startColumn++;
      }
    }
    return new Statement(text.substring(first, last), startLine, startColumn);
  }

  private int moveTo(String text, int from, int to) {
    for (int i = from; i < to; i++) {
      if (text.charAt(i) == '\n') {
        line++;
        column = 0;
      } else {
        column++;
      }
    }
    return to;
  }

  /** Follows the words of a statement: BEGIN ... BATCH opens what APPLY BATCH closes. */
  private static final class Batch {
    private int words;
    private boolean begun;
    private boolean open;
    private boolean applying;

    boolean isOpen() {
      return open;
    }

    void add(String text, Token token) {
      words++;
      if (words == 1) {
        begun = token.is(text, "BEGIN");
      } else if (begun && !open && words <= 3) {
        open = token.is(text, "BATCH");
      } else if (open) {
        if (applying && token.is(text, "BATCH")) {
          open = false;
          begun = false;
        }
        applying = token.is(text, "APPLY");
      }
    }
  }
}
