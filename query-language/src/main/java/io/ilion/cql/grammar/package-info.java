/**
 * From text to syntax tree: the grammar (CqlLexer.g4 and CqlGrammar.g4, which hold no code), the
 * builder of the records of {@link io.ilion.cql.ast}, and the errors with their positions.
 */
package io.ilion.cql.grammar;
