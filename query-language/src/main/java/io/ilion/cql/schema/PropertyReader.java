package io.ilion.cql.schema;

import io.ilion.cql.ast.PropertyValue;
import io.ilion.model.CqlException;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Reads the properties after WITH; whatever nobody asked for is unknown. */
final class PropertyReader {
  private static final int MOST_VALUE_CHARACTERS = 1_000;

  private final Map<String, PropertyValue> properties = new LinkedHashMap<>();
  private final Set<String> known = new LinkedHashSet<>();

  PropertyReader(Map<String, PropertyValue> properties) {
    properties.forEach((key, value) -> this.properties.put(key.toLowerCase(Locale.ROOT), value));
  }

  boolean has(String name) {
    known.add(name);
    return properties.containsKey(name);
  }

  String text(String name, String otherwise) {
    if (!has(name)) {
      return otherwise;
    }
    if (properties.get(name) instanceof PropertyValue.Text text) {
      return text.text();
    }
    throw CqlException.syntax("Invalid value for property '%s'. It should be a string", name);
  }

  Map<String, String> map(String name, Map<String, String> otherwise) {
    if (!has(name)) {
      return otherwise;
    }
    if (properties.get(name) instanceof PropertyValue.Mapping mapping) {
      return mapping.entries();
    }
    throw CqlException.syntax("Invalid value for property '%s'. It should be a map.", name);
  }

  /** Refuses values of a map that nobody can mean: what stores a table keeps them in a file. */
  static void checkLengths(String name, Map<String, String> given) {
    given.forEach(
        (option, value) -> {
          if (value.length() > MOST_VALUE_CHARACTERS) {
            throw CqlException.config(
                "The value of '%s' in '%s' has %d characters; at most %d are taken",
                option, name, value.length(), MOST_VALUE_CHARACTERS);
          }
        });
  }

  boolean flag(String name, boolean otherwise) {
    if (!has(name)) {
      return otherwise;
    }
    String text = text(name, "");
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "true", "1", "yes" -> true;
      case "false", "0", "no" -> false;
      default ->
          throw CqlException.syntax(
              "Invalid boolean value %s for '%s'. Positive values can be '1', 'true' or 'yes'."
                  + " Negative values can be '0', 'false' or 'no'.",
              text, name);
    };
  }

  int integer(String name, int otherwise) {
    if (!has(name)) {
      return otherwise;
    }
    String text = text(name, "");
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw CqlException.syntax("Invalid integer value %s for '%s'", text, name);
    }
  }

  double decimal(String name, double otherwise) {
    if (!has(name)) {
      return otherwise;
    }
    String text = text(name, "");
    try {
      return Double.parseDouble(text);
    } catch (NumberFormatException e) {
      throw CqlException.syntax("Invalid double value %s for '%s'", text, name);
    }
  }

  /** Refuses the first property, by name, that nothing above asked for. */
  void refuseOthers(String message) {
    for (String name : new TreeSet<>(properties.keySet())) {
      if (!known.contains(name)) {
        throw CqlException.syntax(message, name);
      }
    }
  }
}
