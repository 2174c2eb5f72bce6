/**
 * The functions and operators that come with CQL. They take and give values in wire form; what they
 * know of the world (time, new unique values) reaches them through {@link
 * io.ilion.cql.function.FunctionContext}.
 */
package io.ilion.cql.function;
