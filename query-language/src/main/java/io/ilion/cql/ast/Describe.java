package io.ilion.cql.ast;

/**
 * DESCRIBE.
 *
 * @param target what to describe
 * @param keyspace the keyspace of the element, or null; for {@link Target#KEYSPACE} null means the
 *     current one
 * @param name the element, or null for the targets that have none
 * @param full FULL SCHEMA: with the system keyspaces
 * @param only ONLY KEYSPACE: without what it contains
 * @param internals WITH INTERNALS
 */
public record Describe(
    Target target, String keyspace, String name, boolean full, boolean only, boolean internals)
    implements Statement {
  /** The forms of DESCRIBE. */
  public enum Target {
    CLUSTER,
    SCHEMA,
    KEYSPACES,
    KEYSPACE,
    TABLES,
    TABLE,
    INDEX,
    MATERIALIZED_VIEW,
    TYPES,
    TYPE,
    FUNCTIONS,
    FUNCTION,
    AGGREGATES,
    AGGREGATE,
    /** DESCRIBE [keyspace.]name: a keyspace, table, view or index of that name. */
    GENERIC
  }
}
