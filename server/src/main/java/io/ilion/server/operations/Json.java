package io.ilion.server.operations;

import java.util.LinkedHashMap;
import java.util.Map;

/** Makes results. */
final class Json {
  private Json() {}

  /** An object with names and values in turn, in this order. */
  static Map<String, Object> object(Object... namesAndValues) {
    Map<String, Object> object = new LinkedHashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      object.put((String) namesAndValues[i], namesAndValues[i + 1]);
    }
    return object;
  }

  /** A number that JSON can say: 0 for what is none. */
  static double finite(double value) {
    return Double.isFinite(value) ? value : 0;
  }
}
