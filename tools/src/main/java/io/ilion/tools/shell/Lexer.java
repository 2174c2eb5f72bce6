package io.ilion.tools.shell;

import java.util.ArrayList;
import java.util.List;

/**
 * Cuts CQL into tokens, whatever it is: nothing is an error, and no character is lost. What needs
 * only this much (where statements end, colours, completion) works for every version of the
 * language.
 */
final class Lexer {
  /** The kinds of tokens. */
  enum Kind {
    /** A keyword, or a name without quotes. */
    WORD,
    /** A name in double quotes. */
    NAME,
    /** A text in single quotes or between double dollars. */
    STRING,
    /** A number, UUID or blob, or a duration. */
    NUMBER,
    COMMENT,
    SPACE,
    SEMICOLON,
    /** One character of anything else. */
    SYMBOL
  }

  /**
   * A piece of the text.
   *
   * @param end behind its last character
   * @param closed false when what began here has no end: a string, name or comment
   */
  record Token(Kind kind, int start, int end, boolean closed) {
    String in(String text) {
      return text.substring(start, end);
    }

    boolean isBlank() {
      return kind == Kind.SPACE || kind == Kind.COMMENT;
    }

    /** Whether it is this word, in any case. */
    boolean is(String text, String word) {
      return kind == Kind.WORD
          && end - start == word.length()
          && text.regionMatches(true, start, word, 0, word.length());
    }
  }

  private final String text;
  private int at;

  private Lexer(String text, int start) {
    this.text = text;
    this.at = start;
  }

  /** All tokens of a text, blanks and comments included. */
  static List<Token> tokens(String text) {
    Lexer lexer = new Lexer(text, 0);
    List<Token> tokens = new ArrayList<>();
    while (lexer.at < text.length()) {
      tokens.add(lexer.next());
    }
    return tokens;
  }

  /** The tokens that mean something. */
  static List<Token> significant(String text) {
    List<Token> tokens = tokens(text);
    tokens.removeIf(Token::isBlank);
    return tokens;
  }

  /** The token that begins at a place before the end of the text. */
  static Token at(String text, int start) {
    return new Lexer(text, start).next();
  }

  private Token next() {
    int start = at;
    char first = text.charAt(at);
    if (Character.isWhitespace(first)) {
      return run(Kind.SPACE, start, Character::isWhitespace);
    }
    if (follows("--") || follows("//")) {
      int end = text.indexOf('\n', at);
      at = end < 0 ? text.length() : end;
      return new Token(Kind.COMMENT, start, at, true);
    }
    if (follows("/*")) {
      return until("*/", 2, Kind.COMMENT);
    }
    if (follows("$$")) {
      return until("$$", 2, Kind.STRING);
    }
    if (first == '\'') {
      return quoted('\'', Kind.STRING);
    }
    if (first == '"') {
      return quoted('"', Kind.NAME);
    }
    if (first == ';') {
      at++;
      return new Token(Kind.SEMICOLON, start, at, true);
    }
    if (Character.isDigit(first)) {
      return number(start);
    }
    if (isWordPart(first)) {
      return run(Kind.WORD, start, Lexer::isWordPart);
    }
    at++;
    return new Token(Kind.SYMBOL, start, at, true);
  }

  /** Whether a character can stand in a name without quotes. */
  static boolean isWordPart(int c) {
    return c == '_' || Character.isLetterOrDigit(c);
  }

  /** A number, or what begins as one: 1e-5, 0xff, 12h30m, a UUID. */
  private Token number(int start) {
    while (at < text.length()) {
      char c = text.charAt(at);
      boolean sign =
          (c == '-' || c == '+')
              && at > start
              && (text.charAt(at - 1) == 'e' || text.charAt(at - 1) == 'E')
              && at + 1 < text.length()
              && Character.isDigit(text.charAt(at + 1));
      boolean inUuid = c == '-' && (at - start == 8 || at - start >= 13) && isUuid(start);
      boolean point = c == '.' && at + 1 < text.length() && Character.isDigit(text.charAt(at + 1));
      if (!isWordPart(c) && !sign && !point && !inUuid) {
        break;
      }
      at++;
    }
    return new Token(Kind.NUMBER, start, at, true);
  }

  private boolean isUuid(int start) {
    int end = start + 36;
    if (end > text.length()) {
      return false;
    }
    for (int i = 0; i < 36; i++) {
      char c = text.charAt(start + i);
      boolean dash = i == 8 || i == 13 || i == 18 || i == 23;
      if (dash ? c != '-' : Character.digit(c, 16) < 0) {
        return false;
      }
    }
    return true;
  }

  private Token run(Kind kind, int start, java.util.function.IntPredicate part) {
    while (at < text.length() && part.test(text.charAt(at))) {
      at++;
    }
    return new Token(kind, start, at, true);
  }

  private Token quoted(char quote, Kind kind) {
    int start = at++;
    while (at < text.length()) {
      if (text.charAt(at++) == quote) {
        if (at < text.length() && text.charAt(at) == quote) {
          at++;
        } else {
          return new Token(kind, start, at, true);
        }
      }
    }
    return new Token(kind, start, at, false);
  }

  private Token until(String terminator, int skip, Kind kind) {
    int start = at;
    int end = text.indexOf(terminator, at + skip);
    at = end < 0 ? text.length() : end + terminator.length();
    return new Token(kind, start, at, end >= 0);
  }

  private boolean follows(String prefix) {
    return text.startsWith(prefix, at);
  }
}
