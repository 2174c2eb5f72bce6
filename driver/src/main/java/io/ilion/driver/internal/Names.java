package io.ilion.driver.internal;

/** The names of CQL. */
public final class Names {
  private Names() {}

  /** A name as it stands in a statement: in quotes, so that it is taken as it is. */
  public static String quote(String name) {
    return '"' + name.replace("\"", "\"\"") + '"';
  }

  /** The name that is meant by a text: in lower case, unless it stands in quotes. */
  public static String internal(String text) {
    if (text.length() > 1 && text.startsWith("\"") && text.endsWith("\"")) {
      return text.substring(1, text.length() - 1).replace("\"\"", "\"");
    }
    return text.toLowerCase(java.util.Locale.ROOT);
  }
}
