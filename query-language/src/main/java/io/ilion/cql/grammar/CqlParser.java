package io.ilion.cql.grammar;

import io.ilion.cql.ast.RawType;
import io.ilion.cql.ast.Statement;
import io.ilion.cql.ast.Term;
import io.ilion.model.CqlException;
import java.util.function.Function;
import org.antlr.v4.runtime.CharStreams;
import org.antlr.v4.runtime.CommonTokenStream;
import org.antlr.v4.runtime.Token;
import org.antlr.v4.runtime.TokenStream;
import org.antlr.v4.runtime.atn.PredictionMode;

/**
 * Parses CQL.
 *
 * <p>Every method throws a {@link CqlException} with the code SYNTAX_ERROR, and nothing else, for a
 * text that is not CQL: malformed, longer than {@link #MAX_LENGTH} characters or {@link
 * #MAX_TOKENS} tokens, or nested deeper than {@link #MAX_NESTING} brackets. The time is linear in
 * the length of the text.
 */
public final class CqlParser {
  /** The longest text that is parsed, in characters. */
  public static final int MAX_LENGTH = 16 << 20;

  /** How many tokens a statement may have: each takes some 200 bytes until it is planned. */
  public static final int MAX_TOKENS = 1_100_000;

  /** How many brackets may be open at once. */
  public static final int MAX_NESTING = 200;

  /** How deep a syntax tree may be; an operator nests its operands. */
  public static final int MAX_HEIGHT = 500;

  private CqlParser() {}

  /** Parses one statement; it may end with semicolons. */
  public static Statement parse(String text) {
    return (Statement) parse(text, CqlParser::query);
  }

  private static Node query(CqlGrammar parser) {
    return isExplain(parser.getTokenStream()) ? parser.explainQuery() : parser.query();
  }

  /** Whether a text begins with EXPLAIN SELECT or EXPLAIN ANALYZE SELECT. */
  private static boolean isExplain(TokenStream tokens) {
    return isWord(tokens.LT(1), "explain")
        && (tokens.LA(2) == CqlGrammar.K_SELECT
            || (isWord(tokens.LT(2), "analyze") && tokens.LA(3) == CqlGrammar.K_SELECT));
  }

  private static boolean isWord(Token token, String word) {
    return token.getType() == CqlGrammar.IDENT && token.getText().equalsIgnoreCase(word);
  }

  /** Parses a value, as it stands in an INSERT. */
  public static Term parseTerm(String text) {
    return (Term) parse(text, CqlGrammar::standaloneTerm);
  }

  /** Parses an expression, as it stands in the selectors of a SELECT. */
  public static Term parseExpression(String text) {
    return (Term) parse(text, CqlGrammar::standaloneSelector);
  }

  /** Parses a type. */
  public static RawType parseType(String text) {
    return (RawType) parse(text, CqlGrammar::standaloneType);
  }

  private static Object parse(String text, Function<CqlGrammar, Node> rule) {
    if (text.length() > MAX_LENGTH) {
      throw CqlException.syntax(
          "line 1:%d the statement is too long: %d characters, at most %d expected",
          MAX_LENGTH, text.length(), MAX_LENGTH);
    }
    TokenSource tokens = new TokenSource(CharStreams.fromString(text), new SyntaxErrors(text));
    CommonTokenStream stream = new CommonTokenStream(tokens);
    stream.fill();
    // Predicting without the callers' context is much faster, and where it succeeds the result is
    // that of the full prediction; only where it fails the latter has to decide.
    try {
      return run(stream, text, PredictionMode.SLL, rule);
    } catch (CqlException e) {
      stream.seek(0);
      return run(stream, text, PredictionMode.LL, rule);
    }
  }

  private static Object run(
      CommonTokenStream stream, String text, PredictionMode mode, Function<CqlGrammar, Node> rule) {
    BuildingParser parser = new BuildingParser(stream, new SyntaxErrors(text));
    parser.getInterpreter().setPredictionMode(mode);
    try {
      return rule.apply(parser).built;
    } catch (NumberFormatException e) {
      throw CqlException.syntax(
          "%s",
          "Failed parsing statement: ["
              + text
              + "] reason: NumberFormatException "
              + e.getMessage());
    }
  }
}
