package io.ilion.cql.function;

import io.ilion.model.schema.TableDefinition;
import io.ilion.model.type.CqlType;
import java.util.List;

/** The functions that statements can call. */
public interface FunctionRegistry {

  /**
   * The overloads of a name, generic ones made concrete for the arguments at hand. Whether the
   * arguments really fit is the caller's to decide.
   *
   * @param name in lower case unless it was quoted
   * @param argumentTypes with null where the type is not known by itself (literals, bind markers)
   * @param argumentTexts the arguments as messages show them
   * @param receiver the type that the result is wanted in, or null
   * @param table of the statement, or null: {@code token} takes its partition key
   * @return empty if the name is unknown
   */
  List<CqlFunction> candidates(
      String name,
      List<CqlType> argumentTypes,
      List<String> argumentTexts,
      CqlType receiver,
      TableDefinition table);
}
