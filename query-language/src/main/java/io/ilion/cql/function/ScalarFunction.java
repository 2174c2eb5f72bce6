package io.ilion.cql.function;

/** A function of one row. */
public non-sealed interface ScalarFunction extends CqlFunction {

  /**
   * The result for some arguments.
   *
   * @param arguments in wire form, null for null; as many as there are argument types
   * @return in wire form, or null
   */
  byte[] execute(byte[][] arguments, FunctionContext context);

  /** Whether a larger first argument never gives a smaller result, the others being the same. */
  default boolean isMonotonic() {
    return false;
  }
}
