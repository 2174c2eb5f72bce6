package io.ilion.cql.ast;

import java.util.Map;

/** The value of a property in a WITH clause. */
public sealed interface PropertyValue {
  /** A constant or a keyword, as text (a string without its quotes). */
  record Text(String text) implements PropertyValue {}

  /** A map of constants, as texts, in the order of the statement. */
  record Mapping(Map<String, String> entries) implements PropertyValue {}
}
