package io.ilion.cql.function;

import io.ilion.model.CqlException;
import io.ilion.model.type.CqlType;
import java.util.List;

/**
 * Makes the overload of a generic function for the arguments at hand.
 *
 * @param name without keyspace
 * @param parameters what the function takes, in the words of error messages
 * @param required how many of the parameters must be given
 */
record Factory(String name, List<String> parameters, int required, Maker maker) {

  /** Makes an overload; the types may hold null where a type is not known. */
  @FunctionalInterface
  interface Maker {
    CqlFunction make(Factory factory, List<CqlType> arguments, CqlType receiver);
  }

  static Factory of(String name, Maker maker, String... parameters) {
    return new Factory(name, List.of(parameters), parameters.length, maker);
  }

  static Factory optional(String name, int required, Maker maker, String... parameters) {
    return new Factory(name, List.of(parameters), required, maker);
  }

  CqlFunction make(List<CqlType> arguments, CqlType receiver) {
    if (arguments.size() < required || arguments.size() > parameters.size()) {
      throw CqlException.invalid("Invalid number of arguments for function " + signature());
    }
    return maker.make(this, arguments, receiver);
  }

  /** The type of an argument, which must be known. */
  CqlType known(CqlType type) {
    if (type == null) {
      throw CqlException.invalid(
          "Cannot infer type of argument ? in call to function %s: use type casts to disambiguate",
          signature());
    }
    return type;
  }

  CqlException wrongType(String wanted, CqlType type) {
    return CqlException.invalid(
        "Function system.%s requires %s argument, but found argument of type %s",
        name, wanted, type.cqlName());
  }

  /** The function with its parameters, such as {@code system.mask_hash(any, [text])}. */
  String signature() {
    StringBuilder text = new StringBuilder("system.").append(name).append('(');
    for (int i = 0; i < parameters.size(); i++) {
      String parameter = parameters.get(i);
      text.append(i > 0 ? ", " : "").append(i < required ? parameter : "[" + parameter + "]");
    }
    return text.append(')').toString();
  }
}
