package io.ilion.cql.grammar;

import io.ilion.model.CqlException;
import java.util.stream.Collectors;
import org.antlr.v4.runtime.Token;
import org.antlr.v4.runtime.TokenStream;
import org.antlr.v4.runtime.misc.IntervalSet;

/**
 * Words syntax errors as Cassandra does: line, column, what stands there, what was expected, and a
 * piece of the statement in which the offending token is in brackets. Names of tokens are those of
 * Cassandra's grammar; the end of the text has no line there, but 0:-1, and errors near it no
 * piece.
 */
final class SyntaxErrors {
  private static final int TOKENS_BEFORE = 10;
  private static final int TOKENS_AFTER = 2;

  private final String text;

  SyntaxErrors(String text) {
    this.text = text;
  }

  /** The error of a token where something else was expected. */
  CqlException mismatched(TokenStream tokens, Token token, IntervalSet expected) {
    StringBuilder message = new StringBuilder("mismatched input ").append(display(token));
    message.append(" expecting ");
    if (expected.size() == 1) {
      message.append(name(expected.getMinElement()));
    } else {
      message.append(choice(expected));
    }
    return inParser(tokens, token, message.toString());
  }

  /**
   * The error of a token with which no way of reading the statement goes on.
   *
   * @param expected the types of tokens that could stand there, or null if that is not known
   */
  CqlException noViableAlternative(TokenStream tokens, Token token, IntervalSet expected) {
    CqlException error =
        inParser(tokens, token, "no viable alternative at input " + display(token));
    return expected == null || expected.size() == 0
        ? error
        : CqlException.syntax("%s", error.getMessage() + " expecting " + choice(expected));
  }

  /**
   * The tokens of a set; if it holds every name, the keywords that may be names go without saying.
   */
  private static String choice(IntervalSet expected) {
    boolean names = expected.contains(CqlGrammar.IDENT);
    return expected.toList().stream()
        .filter(type -> !names || !name(type).startsWith("K_"))
        .map(SyntaxErrors::name)
        .collect(Collectors.joining(", ", "{", "}"));
  }

  /** An error with words of its own, at a token. */
  CqlException at(Token token, String message) {
    return CqlException.syntax(
        "%s", "line " + token.getLine() + ":" + token.getCharPositionInLine() + " " + message);
  }

  /** The error of characters that begin no token, or a token that does not end. */
  CqlException inLexer(int line, int column, int start) {
    int first = text.offsetByCodePoints(0, start);
    if (first < text.length()) {
      String rest = text.substring(first);
      String terminator =
          rest.startsWith("'")
              ? "'"
              : rest.startsWith("\"") ? "\"" : rest.startsWith("$$") ? "$" : null;
      if (terminator != null) {
        int newline = text.lastIndexOf('\n');
        long lines = text.chars().filter(c -> c == '\n').count();
        return CqlException.syntax(
            "%s",
            "line "
                + (lines + 1)
                + ":"
                + (text.length() - newline - 1)
                + " mismatched character '<EOF>' expecting '"
                + terminator
                + "'");
      }
      return CqlException.syntax(
          "%s",
          "line "
              + line
              + ":"
              + column
              + " no viable alternative at character '"
              + escape(new String(Character.toChars(rest.codePointAt(0))))
              + "'");
    }
    return CqlException.syntax(
        "%s", "line " + line + ":" + column + " no viable alternative at character '<EOF>'");
  }

  private CqlException inParser(TokenStream tokens, Token token, String message) {
    StringBuilder builder = new StringBuilder("line ");
    if (token.getType() == Token.EOF) {
      builder.append("0:-1");
    } else {
      builder.append(token.getLine()).append(':').append(token.getCharPositionInLine());
    }
    builder.append(' ').append(message);
    appendPiece(builder, tokens);
    return CqlException.syntax("%s", builder.toString());
  }

  /** Appends the tokens around the one at which the parser stands. */
  private void appendPiece(StringBuilder builder, TokenStream tokens) {
    int index = tokens.index();
    Token from = tokens.get(Math.max(0, index - TOKENS_BEFORE));
    Token to = tokens.get(Math.min(tokens.size() - 1, index + TOKENS_AFTER));
    Token offending = tokens.get(Math.min(index, tokens.size() - 1));
    if (to.getType() == Token.EOF || offending.getType() == Token.EOF) {
      return;
    }
    String[] lines = text.split("\n");
    int fromLine = from.getLine() - 1;
    int toLine = to.getLine() - 1;
    int offendingLine = offending.getLine() - 1;
    if (toLine >= lines.length || offendingLine >= lines.length || fromLine >= lines.length) {
      return;
    }
    boolean fromStart = from.getLine() == 1 && from.getCharPositionInLine() == 0;
    boolean toEnd = to.getLine() == lines.length && end(to) == lines[lines.length - 1].length();
    builder.append(" (");
    if (!fromStart) {
      builder.append("...");
    }
    for (int i = fromLine; i <= toLine; i++) {
      String line = lines[i];
      int begin = i == fromLine ? Math.min(from.getCharPositionInLine(), line.length()) : 0;
      int stop = i == toLine ? Math.min(end(to), line.length()) : line.length();
      if (i == offendingLine) {
        int open = Math.clamp(offending.getCharPositionInLine(), begin, Math.max(begin, stop));
        int close = Math.clamp(end(offending), open, Math.max(open, stop));
        builder
            .append(line, begin, open)
            .append('[')
            .append(line, open, close)
            .append(']')
            .append(line, close, Math.max(close, stop));
      } else {
        builder.append(line, begin, Math.max(begin, stop));
      }
    }
    if (!toEnd) {
      builder.append("...");
    }
    builder.append(')');
  }

  /** Where a token ends in its line, going by the length of what it means rather than says. */
  private static int end(Token token) {
    return token.getCharPositionInLine() + Texts.of(token).length();
  }

  private static String display(Token token) {
    return "'" + (token.getType() == Token.EOF ? "<EOF>" : escape(Texts.of(token))) + "'";
  }

  private static String escape(String text) {
    return text.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t");
  }

  private static String name(int type) {
    if (type == Token.EOF) {
      return "EOF";
    }
    String symbol = CqlGrammar.VOCABULARY.getSymbolicName(type);
    // Keywords have literal names too, which Cassandra does not show.
    if (symbol != null && symbol.startsWith("K_")) {
      return symbol;
    }
    String literal = CqlGrammar.VOCABULARY.getLiteralName(type);
    return literal != null && type != CqlGrammar.QMARK && type != CqlGrammar.RANGE
        ? literal
        : symbol;
  }
}
