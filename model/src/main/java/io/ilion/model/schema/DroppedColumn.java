package io.ilion.model.schema;

/**
 * A column that a table once had.
 *
 * @param column as it was
 * @param droppedMicros when, in microseconds since 1970
 */
public record DroppedColumn(ColumnDefinition column, long droppedMicros) {}
