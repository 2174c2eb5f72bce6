package io.ilion.cql.function;

import io.ilion.model.CqlException;
import io.ilion.model.type.CqlType;
import io.ilion.model.type.MapType;
import io.ilion.model.type.UserType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.exc.MismatchedInputException;
import tools.jackson.databind.json.JsonMapper;

/** Reads JSON into maps, lists, strings, numbers, booleans and null. */
public final class JsonText {
  private static final int MAX_DEPTH = 500;
  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  // Only for its place in messages, see JsonMessages.
                  .enable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(MAX_DEPTH)
                          .maxStringLength(Integer.MAX_VALUE)
                          .maxNumberLength(100_000)
                          .build())
                  .build())
          // What stands behind a value is not looked at, as in Cassandra.
          .disable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private JsonText() {}

  /**
   * Returns the value of a type that JSON gave. Where a collection, tuple, UDT or vector is
   * expected, a JSON string stands for the JSON text in it, as in the keys of maps.
   *
   * @param parsed as {@link #parse} gives it
   * @return the wire form, null for null
   * @throws CqlException INVALID with Cassandra's message
   */
  public static byte[] toValue(CqlType type, Object parsed) {
    return type.fromJson(unquote(type, parsed));
  }

  private static Object unquote(CqlType type, Object given) {
    List<CqlType> parts = type.componentTypes();
    if (parts.isEmpty() || given == null) {
      return given;
    }
    Object parsed = given instanceof String text ? decode(text) : given;
    if (parsed instanceof List<?> list) {
      List<Object> result = new ArrayList<>(list.size());
      for (int i = 0; i < list.size(); i++) {
        CqlType part = type.isTuple() ? parts.get(Math.min(i, parts.size() - 1)) : parts.get(0);
        result.add(unquote(part, list.get(i)));
      }
      return result;
    }
    if (parsed instanceof Map<?, ?> map) {
      Map<Object, Object> result = new LinkedHashMap<>();
      map.forEach(
          (key, value) -> {
            if (type instanceof UserType udt) {
              int field = udt.fieldNames().indexOf(UserType.jsonName(String.valueOf(key)));
              result.put(key, field < 0 ? value : unquote(parts.get(field), value));
            } else if (type instanceof MapType) {
              result.put(unquote(parts.get(0), key), unquote(parts.get(1), value));
            } else {
              result.put(key, value);
            }
          });
      return result;
    }
    return parsed;
  }

  /** What is in a string, of which only its place in another JSON text is known. */
  private static Object decode(String text) {
    try {
      return MAPPER.readValue(text, Object.class);
    } catch (JacksonException e) {
      throw CqlException.invalid("%s", "Error decoding JSON string: " + JsonMessages.message(e));
    }
  }

  /**
   * Returns what a JSON text says; null for the JSON null.
   *
   * @throws CqlException INVALID if the text is not JSON
   */
  public static Object parse(String text) {
    try {
      return MAPPER.readValue(text, Object.class);
    } catch (JacksonException e) {
      throw CqlException.invalid(
          "Could not decode JSON string '%s': %s", text, JsonMessages.described(e));
    }
  }

  /**
   * Returns the object that a JSON text says, in its order; null for the JSON null.
   *
   * @throws CqlException INVALID if the text is not JSON, or something else than an object
   */
  public static Map<?, ?> parseObject(String text) {
    try {
      return MAPPER.readValue(text, LinkedHashMap.class);
    } catch (JacksonException e) {
      throw CqlException.invalid(
          "Could not decode JSON string as a map: %s. (String was: %s)", describe(e, text), text);
    }
  }

  private static String describe(JacksonException e, String text) {
    if (e instanceof MismatchedInputException) {
      // The text is JSON up to here.
      try {
        if (MAPPER.readValue(text, Object.class) instanceof String string) {
          return JsonMessages.describedForMap(e, string.trim());
        }
      } catch (JacksonException empty) {
        return JsonMessages.described(e);
      }
    }
    return JsonMessages.described(e);
  }
}
