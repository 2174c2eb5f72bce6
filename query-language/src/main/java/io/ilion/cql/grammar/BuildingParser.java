package io.ilion.cql.grammar;

import io.ilion.model.CqlException;
import org.antlr.v4.runtime.DefaultErrorStrategy;
import org.antlr.v4.runtime.InputMismatchException;
import org.antlr.v4.runtime.NoViableAltException;
import org.antlr.v4.runtime.Parser;
import org.antlr.v4.runtime.ParserRuleContext;
import org.antlr.v4.runtime.RecognitionException;
import org.antlr.v4.runtime.Token;
import org.antlr.v4.runtime.TokenStream;

/**
 * The parser, which builds the syntax tree as rules end and stops at the first error. Instances are
 * for one text.
 */
final class BuildingParser extends CqlGrammar {
  /** How many rules may be in each other; far more than the brackets allow. */
  private static final int MAX_DEPTH = 1_500;

  private final SyntaxErrors errors;
  private final AstBuilder builder = new AstBuilder();
  private boolean failed;
  private int depth;

  BuildingParser(TokenStream tokens, SyntaxErrors errors) {
    super(tokens);
    this.errors = errors;
    removeErrorListeners();
    setErrorHandler(new FirstError());
  }

  /** Bounds the recursion where no bracket does, as in types. */
  @Override
  public void enterRule(ParserRuleContext localContext, int state, int ruleIndex) {
    super.enterRule(localContext, state, ruleIndex);
    if (++depth > MAX_DEPTH) {
      failed = true;
      throw errors.at(getCurrentToken(), "the statement is nested too deeply");
    }
  }

  /** Rules end through here also when an error has been thrown: then nothing is built. */
  @Override
  public void exitRule() {
    Node node = (Node) _ctx;
    Node parent = (Node) _ctx.getParent();
    super.exitRule();
    depth--;
    if (failed) {
      return;
    }
    failed = true;
    node.built = builder.build(node);
    node.height += AstBuilder.addedHeight(node);
    if (node.height > CqlParser.MAX_HEIGHT) {
      throw errors.at(
          node.start,
          "the expression is nested too deeply, at most " + CqlParser.MAX_HEIGHT + " expected");
    }
    if (parent != null) {
      parent.height = Math.max(parent.height, node.height);
    }
    node.children = null;
    failed = false;
  }

  private final class FirstError extends DefaultErrorStrategy {
    /** Optional parts are looked for where they may stand; errors show where tokens must. */
    @Override
    public void sync(Parser recognizer) {}

    @Override
    public Token recoverInline(Parser recognizer) {
      throw fail(
          errors.mismatched(_input, recognizer.getCurrentToken(), recognizer.getExpectedTokens()));
    }

    @Override
    public void reportError(Parser recognizer, RecognitionException e) {
      if (e instanceof NoViableAltException noViable) {
        Token token = e.getOffendingToken();
        // Behind the first token of a decision, what could follow is not known any more.
        boolean first = noViable.getStartToken().getTokenIndex() == token.getTokenIndex();
        throw fail(
            errors.noViableAlternative(
                _input, token, first ? recognizer.getExpectedTokens() : null));
      }
      if (e instanceof InputMismatchException) {
        throw fail(errors.mismatched(_input, e.getOffendingToken(), e.getExpectedTokens()));
      }
      throw fail(errors.noViableAlternative(_input, recognizer.getCurrentToken(), null));
    }

    private CqlException fail(CqlException e) {
      failed = true;
      return e;
    }
  }
}
