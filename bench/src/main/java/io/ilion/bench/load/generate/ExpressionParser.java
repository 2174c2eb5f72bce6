package io.ilion.bench.load.generate;

import io.ilion.bench.load.BenchException;
import java.util.ArrayList;
import java.util.List;

/** Reads expressions such as {@code text(10, 20)} or {@code concat('user', uniform(1, 1000))}. */
final class ExpressionParser {
  private static final int DEEPEST = 50;

  private final String text;
  private int at;
  private int depth;

  private ExpressionParser(String text) {
    this.text = text;
  }

  /**
   * The expression that a text is.
   *
   * @throws BenchException if it is none; says at which character
   */
  static Expression parse(String text) {
    ExpressionParser parser = new ExpressionParser(text);
    Expression expression = parser.expression();
    parser.space();
    if (parser.at < text.length()) {
      throw parser.wrong("nothing more");
    }
    return expression;
  }

  private BenchException wrong(String expected) {
    return new BenchException("'%s', character %d: expected %s".formatted(text, at + 1, expected));
  }

  private void space() {
    while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
      at++;
    }
  }

  private boolean accepts(char symbol) {
    space();
    if (at < text.length() && text.charAt(at) == symbol) {
      at++;
      return true;
    }
    return false;
  }

  private Expression expression() {
    if (++depth > DEEPEST) {
      throw wrong("no more than " + DEEPEST + " functions in each other");
    }
    space();
    int start = at;
    char first = at < text.length() ? text.charAt(at) : 0;
    Expression result;
    if (first == '\'') {
      result = quoted(start);
    } else if (Character.isDigit(first) || first == '-' || first == '.') {
      result = number(start);
    } else if (Character.isLetter(first) || first == '_') {
      while (at < text.length() && isNamePart(text.charAt(at))) {
        at++;
      }
      String name = text.substring(start, at);
      result =
          accepts('(')
              ? new Expression.Call(start, name, arguments())
              : new Expression.Name(start, name);
    } else {
      throw wrong("a function, a name, a number or a text in single quotes");
    }
    depth--;
    return result;
  }

  private static boolean isNamePart(char symbol) {
    return Character.isLetterOrDigit(symbol) || symbol == '_';
  }

  private List<Expression> arguments() {
    List<Expression> arguments = new ArrayList<>();
    if (accepts(')')) {
      return arguments;
    }
    do {
      arguments.add(expression());
    } while (accepts(','));
    if (!accepts(')')) {
      throw wrong("',' or ')'");
    }
    return arguments;
  }

  private Expression number(int start) {
    at++;
    while (at < text.length() && (isNamePart(text.charAt(at)) || isInNumber())) {
      at++;
    }
    String digits = text.substring(start, at).replace("_", "");
    try {
      double unused = Double.parseDouble(digits);
    } catch (NumberFormatException e) {
      at = start;
      throw new BenchException(wrong("a number").getMessage(), e);
    }
    return new Expression.Number(start, digits);
  }

  private boolean isInNumber() {
    char symbol = text.charAt(at);
    char before = text.charAt(at - 1);
    return symbol == '.' || ((symbol == '-' || symbol == '+') && (before == 'e' || before == 'E'));
  }

  private Expression quoted(int start) {
    StringBuilder content = new StringBuilder();
    for (at++; at < text.length(); at++) {
      if (text.charAt(at) != '\'') {
        content.append(text.charAt(at));
      } else if (at + 1 < text.length() && text.charAt(at + 1) == '\'') {
        content.append('\'');
        at++;
      } else {
        at++;
        return new Expression.Text(start, content.toString());
      }
    }
    throw wrong("the end of the text that begins at character " + (start + 1));
  }
}
