package io.ilion.cql.ast;

/**
 * The name of a table, type, index or view, perhaps with its keyspace.
 *
 * @param keyspace the keyspace, or null if the statement names none
 * @param name the name in the keyspace
 * @param position where the name begins
 */
public record QualifiedName(String keyspace, String name, Position position) {
  /** Whether the statement names the keyspace. */
  public boolean hasKeyspace() {
    return keyspace != null;
  }

  /** {@code keyspace.name}, or the name alone. */
  @Override
  public String toString() {
    return keyspace == null ? name : keyspace + "." + name;
  }
}
