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
   * @param arguments what is known of them; of no interest for operators
   * @param receiver the type that the result is wanted in, or null
   * @param table of the statement, or null: {@code token} takes its partition key
   * @return empty if the name is unknown
   */
  List<CqlFunction> candidates(
      String name, List<Argument> arguments, CqlType receiver, TableDefinition table);
}
