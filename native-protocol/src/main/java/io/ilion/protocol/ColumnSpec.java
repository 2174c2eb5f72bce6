package io.ilion.protocol;

/** The description of one column of rows, or of one bound variable. */
public record ColumnSpec(String keyspace, String table, String name, ColumnType type) {}
