package io.ilion.driver;

import java.util.Locale;

/**
 * What the driver has to know of a statement's text: whether it only reads, whether it has
 * conditions, and whether it selects all columns. When in doubt, the careful answer.
 */
record StatementText(boolean isSelect, boolean isConditional, boolean isSelectAll) {

  static StatementText of(String text) {
    Scanner scanner = new Scanner(text);
    String first = scanner.next();
    boolean select = "select".equals(first);
    boolean all = select && "*".equals(scanner.next());
    boolean writes =
        "insert".equals(first)
            || "update".equals(first)
            || "delete".equals(first)
            || "begin".equals(first);
    boolean conditional = false;
    if (writes) {
      for (String word = scanner.next(); word != null; word = scanner.next()) {
        conditional |= word.equals("if");
      }
    }
    return new StatementText(select, conditional, all);
  }

  /** Goes through the words of a text, in lower case; literals, names and comments are passed. */
  private static final class Scanner {
    private final String text;
    private int at;

    Scanner(String text) {
      this.text = text;
    }

    String next() {
      while (at < text.length()) {
        char c = text.charAt(at);
        if (Character.isLetter(c)) {
          int start = at;
          while (at < text.length()
              && (Character.isLetterOrDigit(text.charAt(at)) || text.charAt(at) == '_')) {
            at++;
          }
          return text.substring(start, at).toLowerCase(Locale.ROOT);
        }
        if (c == '*') {
          at++;
          return "*";
        }
        if (c == '\'' || c == '"') {
          skipTo(at + 1, String.valueOf(c));
        } else if (text.startsWith("$$", at)) {
          skipTo(at + 2, "$$");
        } else if (text.startsWith("--", at) || text.startsWith("//", at)) {
          skipTo(at + 2, "\n");
        } else if (text.startsWith("/*", at)) {
          skipTo(at + 2, "*/");
        } else {
          at++;
        }
      }
      return null;
    }

    private void skipTo(int from, String end) {
      int found = text.indexOf(end, from);
      at = found < 0 ? text.length() : found + end.length();
    }
  }
}
