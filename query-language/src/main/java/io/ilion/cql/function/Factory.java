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
    CqlFunction make(Factory factory, Arguments arguments, CqlType receiver);
  }

  /** The arguments of a call. */
  record Arguments(Factory factory, List<Argument> list) {

    int size() {
      return list.size();
    }

    /** The type of an argument, or null if it is not known. */
    CqlType typeOrNull(int index) {
      return list.get(index).type();
    }

    /** Of a list literal the number of elements, else -1. */
    int elements(int index) {
      return list.get(index).elements();
    }

    /** The type of an argument, which must be known. */
    CqlType type(int index) {
      return type(index, null);
    }

    /** The type of an argument, or another type if it is not known; one of them must be. */
    CqlType type(int index, CqlType otherwise) {
      CqlType type = typeOrNull(index) == null ? otherwise : typeOrNull(index);
      if (type == null) {
        throw CqlException.invalid(
            "Cannot infer type of argument %s in call to function %s: use type casts to"
                + " disambiguate",
            list.get(index).text(), factory.signature());
      }
      return type;
    }

    /** Checks an argument whose type the function prescribes. */
    CqlType expect(int index, CqlType expected) {
      CqlType type = typeOrNull(index);
      if (type != null && !expected.assignmentFrom(type).isAssignable()) {
        throw wrong(index, "an argument of type " + expected.cqlName());
      }
      return expected;
    }

    CqlException wrong(int index, String wanted) {
      return CqlException.invalid(
          "Function system.%s requires %s, but found argument %s of type %s",
          factory.name, wanted, list.get(index).text(), typeOrNull(index).cqlName());
    }
  }

  static Factory of(String name, Maker maker, String... parameters) {
    return new Factory(name, List.of(parameters), parameters.length, maker);
  }

  static Factory optional(String name, int required, Maker maker, String... parameters) {
    return new Factory(name, List.of(parameters), required, maker);
  }

  CqlFunction make(List<Argument> arguments, CqlType receiver) {
    if (arguments.size() < required || arguments.size() > parameters.size()) {
      throw CqlException.invalid("Invalid number of arguments for function " + signature());
    }
    return maker.make(this, new Arguments(this, arguments), receiver);
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
