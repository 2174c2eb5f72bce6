package io.ilion.cql.function;

import io.ilion.model.CqlException;
import io.ilion.model.type.CqlType;
import java.util.List;

/** A scalar function that comes with CQL, made from a lambda. */
record NativeScalar(
    String name, List<CqlType> argumentTypes, CqlType returnType, boolean isMonotonic, Body body)
    implements ScalarFunction {

  /** What a function does. */
  @FunctionalInterface
  interface Body {
    byte[] apply(byte[][] arguments, FunctionContext context);
  }

  /** What a function of one value does, which is not null. */
  @FunctionalInterface
  interface Unary {
    byte[] apply(byte[] argument);
  }

  /** A function whose result is null as soon as one of its arguments is. */
  static NativeScalar strict(
      String name, CqlType returnType, List<CqlType> argumentTypes, Body body) {
    return new NativeScalar(
        name,
        argumentTypes,
        returnType,
        false,
        (arguments, context) -> {
          for (byte[] argument : arguments) {
            if (argument == null) {
              return null;
            }
          }
          return body.apply(arguments, context);
        });
  }

  /** A function of one argument whose result for null is null. */
  static NativeScalar unary(String name, CqlType returnType, CqlType argumentType, Unary body) {
    return strict(name, returnType, List.of(argumentType), (a, c) -> body.apply(a[0]));
  }

  /** A function that decides itself what null means. */
  static NativeScalar lenient(
      String name, CqlType returnType, List<CqlType> argumentTypes, Body body) {
    return new NativeScalar(name, argumentTypes, returnType, false, body);
  }

  /** A function without arguments whose result depends on the world. */
  static NativeScalar impure(String name, CqlType returnType, Body body) {
    return new NativeScalar(name, List.of(), returnType, false, body);
  }

  /** The same, known to be monotonic. */
  NativeScalar monotonic() {
    return new NativeScalar(name, argumentTypes, returnType, true, body);
  }

  @Override
  public byte[] execute(byte[][] arguments, FunctionContext context) {
    if (arguments.length != argumentTypes.size()) {
      throw CqlException.invalid(
          "Invalid number of arguments in call to function system.%s: %d required but %d provided",
          name, argumentTypes.size(), arguments.length);
    }
    return body.apply(arguments, context);
  }
}
