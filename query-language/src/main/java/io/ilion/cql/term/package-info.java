/**
 * Terms made ready: checked against the type that receives them, with their bind variables
 * collected, to be evaluated for each execution.
 */
package io.ilion.cql.term;
