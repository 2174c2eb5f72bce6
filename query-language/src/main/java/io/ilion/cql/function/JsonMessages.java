package io.ilion.cql.function;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;

/** The words for mistakes in JSON: clients know those of the parser that Cassandra uses. */
final class JsonMessages {
  /** The source is in the message only to be found and replaced: it may hold what is private. */
  private static final Pattern SOURCE =
      Pattern.compile("\\[Source: \\(String\\).*?; line:", Pattern.DOTALL);

  private static final Pattern TOKEN =
      Pattern.compile("Unrecognized token '(.*?)':.* column: (\\d+)\\]", Pattern.DOTALL);

  /** Clients know no path to the mistake. */
  private static final Pattern PATH =
      Pattern.compile(" \\(through reference chain: .*\\)$", Pattern.DOTALL);

  private static final String REDACTED =
      "[Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line:";

  private static final String STRING_FOR_MAP =
      "Cannot deserialize value of type"
          + " `java.util.LinkedHashMap<java.lang.Object,java.lang.Object>` from String value"
          + " (token `JsonToken.VALUE_STRING`)";

  private JsonMessages() {}

  /** The class of a mistake as Cassandra has it, and what it says of it. */
  static String described(JacksonException e) {
    return asKnown(e.getClass().getName()) + ": " + message(e);
  }

  /** The same where an object was wanted and a string came. */
  static String describedForMap(JacksonException e, String string) {
    return described(e)
        .replace(
            STRING_FOR_MAP,
            "Cannot construct instance of `java.util.LinkedHashMap` (although at least one Creator"
                + " exists): no String-argument constructor/factory method to deserialize from"
                + " String value ('"
                + string
                + "')");
  }

  /** What Cassandra says of a mistake. */
  static String message(JacksonException e) {
    String text =
        SOURCE
            .matcher(asKnown(e.getMessage()))
            .replaceAll(Matcher.quoteReplacement(REDACTED))
            .replace("line: 1, column: 0]", "line: 1]")
            .replace("double-quote to start property name", "double-quote to start field name")
            .replace("to separate property name and value", "to separate field name and value");
    text = PATH.matcher(text).replaceFirst("");
    Matcher token = TOKEN.matcher(text);
    if (!token.find()) {
      return text;
    }
    // Clients know the column behind the token, not that of its beginning.
    int column = Integer.parseInt(token.group(2)) + token.group(1).length();
    return text.substring(0, token.start(2)) + column + text.substring(token.end(2));
  }

  /** The names of classes are part of the message; these are the ones that clients know. */
  private static String asKnown(String text) {
    return text.replace(
            "tools.jackson.core.exc.UnexpectedEndOfInputException",
            "com.fasterxml.jackson.core.io.JsonEOFException")
        .replace(
            "tools.jackson.core.exc.StreamReadException",
            "com.fasterxml.jackson.core.JsonParseException")
        .replace("tools.jackson.", "com.fasterxml.jackson.");
  }
}
