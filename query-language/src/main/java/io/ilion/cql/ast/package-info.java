/**
 * The abstract syntax tree of CQL: immutable records, unresolved. Names are as the statement means
 * them (unquoted identifiers in lower case, quoted ones as written), types and columns are not
 * looked up, literals keep their text. Lists are never null; what a statement may leave out is null
 * where its Javadoc says so.
 */
package io.ilion.cql.ast;
