package io.ilion.cql.function;

import io.ilion.model.type.CqlType;

/**
 * What is known of an argument before a function is chosen.
 *
 * @param type its type, of a literal the one that it prefers; null if it is not known by itself
 * @param text the argument as messages show it
 * @param elements of a list literal the number of elements, for it may be a vector; else -1
 */
public record Argument(CqlType type, String text, int elements) {

  /** An argument that is no list literal. */
  public Argument(CqlType type, String text) {
    this(type, text, -1);
  }
}
