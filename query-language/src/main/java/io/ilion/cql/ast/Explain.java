package io.ilion.cql.ast;

/**
 * EXPLAIN of a SELECT, an extension of Ilion.
 *
 * @param select what is explained
 * @param analyze whether it is executed, and what happened is told
 */
public record Explain(Select select, boolean analyze) implements Statement {}
