package io.ilion.cql.term;

import io.ilion.cql.function.AggregateFunction;
import java.util.List;

/**
 * A call of an aggregate in a selection; its result takes the slot of its position in the list of
 * calls.
 */
public record AggregateCall(AggregateFunction function, List<PreparedTerm> arguments) {}
