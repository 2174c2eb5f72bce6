package io.ilion.cql.ast;

/** TRUNCATE table. */
public record Truncate(QualifiedName table) implements Statement {}
