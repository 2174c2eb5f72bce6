package io.ilion.cql.modify;

import io.ilion.cql.function.JsonText;
import io.ilion.model.CqlException;
import io.ilion.model.schema.ColumnDefinition;
import io.ilion.model.schema.TableDefinition;
import io.ilion.model.type.Values;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;

/** Turns the JSON object of an INSERT JSON into the values of columns. */
final class JsonInsert {
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

  private final ObjectMapper mapper =
      JsonMapper.builder(
              JsonFactory.builder().enable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION).build())
          // What stands behind the object is not looked at, as in Cassandra.
          .disable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();
  private final TableDefinition table;
  private final boolean defaultUnset;

  /**
   * Makes the reader of objects for a table.
   *
   * @param defaultUnset whether columns that an object leaves out are unset rather than null
   */
  JsonInsert(TableDefinition table, boolean defaultUnset) {
    this.table = table;
    this.defaultUnset = defaultUnset;
  }

  /** The values of all columns by id. */
  Map<Integer, byte[]> values(String json) {
    Map<String, Object> fields = parse(json);
    Map<Integer, byte[]> values = new HashMap<>();
    for (ColumnDefinition column : table.columns()) {
      boolean given = fields.containsKey(column.name());
      Object field = fields.remove(column.name());
      values.put(column.id(), given ? value(column, field) : defaultUnset ? Values.UNSET : null);
    }
    if (!fields.isEmpty()) {
      throw CqlException.invalid(
          "JSON values map contains unrecognized column: %s", fields.keySet().iterator().next());
    }
    return values;
  }

  private byte[] value(ColumnDefinition column, Object field) {
    if (field == null) {
      return null;
    }
    try {
      // What has a structure may come as a string that holds it.
      return JsonText.toValue(column.type(), field, this::decode);
    } catch (CqlException e) {
      throw CqlException.invalid(
          "%s", "Error decoding JSON value for " + column.name() + ": " + e.getMessage());
    }
  }

  private Object decode(String json) {
    try {
      return mapper.readValue(json, Object.class);
    } catch (JacksonException e) {
      throw CqlException.invalid("%s", "Error decoding JSON string: " + message(e));
    }
  }

  private Map<String, Object> parse(String json) {
    Map<?, ?> parsed;
    try {
      parsed = mapper.readValue(json, LinkedHashMap.class);
    } catch (JacksonException e) {
      throw CqlException.invalid(
          "%s",
          "Could not decode JSON string as a map: "
              + asKnown(e.getClass().getName())
              + ": "
              + message(e)
              + ". (String was: "
              + json
              + ")");
    }
    if (parsed == null) {
      throw CqlException.invalid("Got null for INSERT JSON values");
    }
    Map<String, Object> fields = new LinkedHashMap<>();
    parsed.forEach((name, value) -> fields.put(columnName((String) name), value));
    return fields;
  }

  private static String message(JacksonException e) {
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

  /** Names fold to lower case as in CQL, unless they are in quotes inside the JSON string. */
  private static String columnName(String key) {
    if (key.length() > 1 && key.startsWith("\"") && key.endsWith("\"")) {
      return key.substring(1, key.length() - 1).replace("\"\"", "\"");
    }
    return key.toLowerCase(Locale.ROOT);
  }
}
