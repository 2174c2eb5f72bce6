package io.ilion.cql.function;

import io.ilion.model.type.CqlType;
import java.util.List;

/** One overload of a function of CQL. */
public sealed interface CqlFunction permits ScalarFunction, AggregateFunction {

  /**
   * The name, without keyspace; functions that come with CQL are in the keyspace {@code system}.
   */
  String name();

  /** The types of its arguments. */
  List<CqlType> argumentTypes();

  /** The type of its result. */
  CqlType returnType();

  /** Whether it is an aggregate. */
  default boolean isAggregate() {
    return this instanceof AggregateFunction;
  }
}
