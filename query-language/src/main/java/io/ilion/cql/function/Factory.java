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

  /**
   * The arguments of a call.
   *
   * @param types with null where a type is not known
   * @param texts the arguments as messages show them
   */
  record Arguments(Factory factory, List<CqlType> types, List<String> texts) {

    int size() {
      return types.size();
    }

    /** The type of an argument, or null if it is not known. */
    CqlType typeOrNull(int index) {
      return types.get(index);
    }

    /** The type of an argument, which must be known. */
    CqlType type(int index) {
      return type(index, null);
    }

    /** The type of an argument, or another type if it is not known; one of them must be. */
    CqlType type(int index, CqlType otherwise) {
      CqlType type = types.get(index) == null ? otherwise : types.get(index);
      if (type == null) {
        throw CqlException.invalid(
            "Cannot infer type of argument %s in call to function %s: use type casts to"
                + " disambiguate",
            texts.get(index), factory.signature());
      }
      return type;
    }

    /** Checks an argument whose type the function prescribes. */
    CqlType expect(int index, CqlType expected) {
      CqlType type = types.get(index);
      if (type != null && !expected.assignmentFrom(type).isAssignable()) {
        throw wrong(index, "an argument of type " + expected.cqlName());
      }
      return expected;
    }

    CqlException wrong(int index, String wanted) {
      return CqlException.invalid(
          "Function system.%s requires %s, but found argument %s of type %s",
          factory.name, wanted, texts.get(index), types.get(index).cqlName());
    }
  }

  static Factory of(String name, Maker maker, String... parameters) {
    return new Factory(name, List.of(parameters), parameters.length, maker);
  }

  static Factory optional(String name, int required, Maker maker, String... parameters) {
    return new Factory(name, List.of(parameters), required, maker);
  }

  CqlFunction make(List<CqlType> arguments, List<String> texts, CqlType receiver) {
    if (arguments.size() < required || arguments.size() > parameters.size()) {
      throw CqlException.invalid("Invalid number of arguments for function " + signature());
    }
    return maker.make(this, new Arguments(this, arguments, texts), receiver);
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
