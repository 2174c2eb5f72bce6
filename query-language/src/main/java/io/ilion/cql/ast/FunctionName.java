package io.ilion.cql.ast;

/**
 * The name of a function or an aggregate.
 *
 * @param keyspace the keyspace, or null if the statement names none
 * @param name the name with its case decided
 */
public record FunctionName(String keyspace, String name) {
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
