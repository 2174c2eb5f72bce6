package io.ilion.cql.ast;

/**
 * Where in the text of a statement a node begins.
 *
 * @param line the line, counted from 1
 * @param column the character in the line, counted from 0
 */
public record Position(int line, int column) {
  /** The position of nodes that no text stands for. */
  public static final Position NONE = new Position(0, 0);

  /** The usual form in messages, {@code line:column}. */
  @Override
  public String toString() {
    return line + ":" + column;
  }
}
