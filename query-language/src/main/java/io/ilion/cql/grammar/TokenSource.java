package io.ilion.cql.grammar;

import org.antlr.v4.runtime.ANTLRErrorListener;
import org.antlr.v4.runtime.BaseErrorListener;
import org.antlr.v4.runtime.CharStream;
import org.antlr.v4.runtime.CommonToken;
import org.antlr.v4.runtime.RecognitionException;
import org.antlr.v4.runtime.Recognizer;
import org.antlr.v4.runtime.Token;

/**
 * The lexer with what its grammar cannot say: a number right before a range is split in two, the
 * first error ends it, and too many tokens or open brackets are an error before they take memory.
 */
final class TokenSource extends CqlLexer {
  private final SyntaxErrors errors;
  private Token pending;
  private int open;
  private int count;

  TokenSource(CharStream input, SyntaxErrors errors) {
    super(input);
    this.errors = errors;
    removeErrorListeners();
    addErrorListener(new FirstError());
  }

  @Override
  public Token nextToken() {
    if (pending != null) {
      Token token = pending;
      pending = null;
      return token;
    }
    Token token = super.nextToken();
    if (++count > CqlParser.MAX_TOKENS) {
      throw errors.at(
          token, "the statement is too long, at most " + CqlParser.MAX_TOKENS + " tokens expected");
    }
    switch (token.getType()) {
      case LPAREN, LBRACKET, LBRACE, EXPR -> {
        if (++open > CqlParser.MAX_NESTING) {
          throw errors.at(
              token,
              "brackets are nested too deeply, at most " + CqlParser.MAX_NESTING + " expected");
        }
      }
      case RPAREN, RBRACKET, RBRACE -> open = Math.max(0, open - 1);
      case NUMBER_RANGE -> {
        return split((CommonToken) token);
      }
      default -> {}
    }
    return token;
  }

  /** {@code 1..} is an integer and a range, {@code 1...} a float {@code 1.} and a range. */
  private Token split(CommonToken token) {
    CommonToken range = new CommonToken(token);
    range.setType(RANGE);
    range.setStartIndex(token.getStopIndex() - 1);
    range.setCharPositionInLine(
        token.getCharPositionInLine() + range.getStartIndex() - token.getStartIndex());
    pending = range;
    CommonToken number = new CommonToken(token);
    number.setStopIndex(token.getStopIndex() - 2);
    number.setType(number.getText().endsWith(".") ? FLOAT : INTEGER);
    return number;
  }

  private final class FirstError extends BaseErrorListener implements ANTLRErrorListener {
    @Override
    public void syntaxError(
        Recognizer<?, ?> recognizer,
        Object offendingSymbol,
        int line,
        int column,
        String message,
        RecognitionException e) {
      throw errors.inLexer(line, column, _tokenStartCharIndex);
    }
  }
}
