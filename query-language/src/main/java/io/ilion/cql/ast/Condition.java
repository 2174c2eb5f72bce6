package io.ilion.cql.ast;

/**
 * One of the conditions after IF, on a column, an element or a field of it. At most one of element
 * and field is there.
 *
 * @param column the column
 * @param element the key or index in {@code column[element]}, or null
 * @param field the field in {@code column.field}, or null
 * @param operator a comparison, IN, CONTAINS or CONTAINS KEY
 * @param value with IN an {@link Term.InList} or a {@link Term.BindMarker}
 */
public record Condition(
    Identifier column, Term element, Identifier field, Operator operator, Term value) {}
