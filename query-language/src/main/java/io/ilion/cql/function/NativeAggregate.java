package io.ilion.cql.function;

import io.ilion.model.type.CqlType;
import java.util.List;
import java.util.function.Supplier;

/** An aggregate that comes with CQL, made from what makes its states. */
record NativeAggregate(
    String name, List<CqlType> argumentTypes, CqlType returnType, Supplier<State> states)
    implements AggregateFunction {
  @Override
  public State newState() {
    return states.get();
  }
}
