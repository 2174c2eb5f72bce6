package io.ilion.cql.ast;

/**
 * The name of a column, field, alias and the like. Two identifiers are equal if their names are,
 * wherever they stand.
 *
 * @param name the name with its case decided: lower case if it was written without quotes
 * @param position where it stands
 */
public record Identifier(String name, Position position) {
  /** Makes an identifier that stands nowhere in a text. */
  public static Identifier of(String name) {
    return new Identifier(name, Position.NONE);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Identifier that && name.equals(that.name);
  }

  @Override
  public int hashCode() {
    return name.hashCode();
  }

  /** The bare name, as messages show it. */
  @Override
  public String toString() {
    return name;
  }
}
