package io.ilion.cql.grammar;

import org.antlr.v4.runtime.Token;

/** What the text of a token means. */
final class Texts {
  private Texts() {}

  /** The content of a string or quoted name, the text itself for other tokens. */
  static String of(Token token) {
    String text = token.getText();
    return switch (token.getType()) {
      case CqlGrammar.STRING_LITERAL -> unquote(text);
      case CqlGrammar.QUOTED_NAME, CqlGrammar.EMPTY_QUOTED_NAME ->
          undouble(text.substring(1, text.length() - 1), '"');
      default -> text;
    };
  }

  private static String unquote(String text) {
    return text.startsWith("$")
        ? text.substring(2, text.length() - 2)
        : undouble(text.substring(1, text.length() - 1), '\'');
  }

  private static String undouble(String text, char quote) {
    return text.indexOf(quote) < 0
        ? text
        : text.replace(String.valueOf(quote).repeat(2), String.valueOf(quote));
  }
}
