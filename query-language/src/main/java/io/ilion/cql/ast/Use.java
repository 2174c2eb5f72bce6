package io.ilion.cql.ast;

/** USE keyspace. */
public record Use(String keyspace) implements Statement {}
