package io.ilion.tools.shell;

import java.util.Locale;

/** Names and texts between how they are written and what they mean. */
final class Names {
  private Names() {}

  /** A name as it is kept: without quotes as it is written, or else in lower case. */
  static String internal(String written) {
    return written.startsWith("\"") && written.length() > 1
        ? written.substring(1, written.length() - 1).replace("\"\"", "\"")
        : written.toLowerCase(Locale.ROOT);
  }

  /** A name as it has to be written: in quotes if it needs them. */
  static String written(String name) {
    boolean plain = !name.isEmpty() && !Character.isDigit(name.charAt(0)) && name.charAt(0) != '_';
    for (int i = 0; i < name.length() && plain; i++) {
      char c = name.charAt(i);
      plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    }
    return plain ? name : '"' + name.replace("\"", "\"\"") + '"';
  }

  /** The text of a string literal; what is none as it is. */
  static String text(String literal) {
    if (literal.startsWith("$$") && literal.endsWith("$$") && literal.length() >= 4) {
      return literal.substring(2, literal.length() - 2);
    }
    return literal.startsWith("'") && literal.endsWith("'") && literal.length() >= 2
        ? literal.substring(1, literal.length() - 1).replace("''", "'")
        : literal;
  }
}
