package io.ilion.server.operations;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What an operation was given, checked against its parameters. Immutable. */
public final class Arguments {
  private final Map<Parameter<?>, Object> values;

  private Arguments(Map<Parameter<?>, Object> values) {
    this.values = values;
  }

  /**
   * Checks what was given.
   *
   * @param given values by the names of parameters, as JSON has them; one that is null is not given
   * @throws OperationException if one is unknown, of the wrong type or missing
   */
  public static Arguments of(Operation operation, Map<String, ?> given) {
    List<Parameter<?>> parameters = operation.parameters();
    for (String name : given.keySet()) {
      if (parameters.stream().noneMatch(parameter -> parameter.name().equals(name))) {
        String known =
            parameters.isEmpty()
                ? "it takes nothing"
                : "it takes "
                    + parameters.stream().map(Parameter::name).collect(Collectors.joining(", "));
        throw OperationException.badArgument(
            operation.name() + " does not know '" + name + "'; " + known);
      }
    }
    Map<Parameter<?>, Object> values = new HashMap<>();
    for (Parameter<?> parameter : parameters) {
      Object value = given.get(parameter.name());
      if (value != null) {
        values.put(parameter, parameter.type().read(parameter.name(), value));
      } else if (parameter.byDefault() != null) {
        values.put(parameter, parameter.byDefault());
      } else if (parameter.isRequired()) {
        throw OperationException.badArgument(
            operation.name() + " needs '" + parameter.name() + "': " + parameter.description());
      }
    }
    return new Arguments(values);
  }

  /** The value of a parameter, or null if it was not given and has no default. */
  public <T> T get(Parameter<T> parameter) {
    @SuppressWarnings("unchecked") // It was read by the parameter's own type.
    T value = (T) values.get(parameter);
    return value;
  }

  /** What was given, and what is so by default, as JSON has it. */
  Map<String, Object> toJson(Operation operation) {
    Map<String, Object> json = new LinkedHashMap<>();
    operation.parameters().forEach(parameter -> put(json, parameter));
    return json;
  }

  private <T> void put(Map<String, Object> json, Parameter<T> parameter) {
    T value = get(parameter);
    if (value != null) {
      json.put(parameter.name(), parameter.type().toJson(value));
    }
  }
}
