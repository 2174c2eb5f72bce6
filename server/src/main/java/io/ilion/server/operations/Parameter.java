package io.ilion.server.operations;

/**
 * Something that an operation may be told. One that is neither required nor has a default is null
 * when it is not given. Names are lower-case words with hyphens between them.
 *
 * @param <T> of the value
 * @param description in one line, without a capital at its beginning
 * @param byDefault what it is when it is not given; may be null
 * @param isRequired whether the operation refuses to run without it
 * @param isPositional whether a command line gives it by its place rather than by its name; of type
 *     {@link ParameterType#TEXTS} it takes all places that are left
 */
public record Parameter<T>(
    String name,
    ParameterType<T> type,
    String description,
    T byDefault,
    boolean isRequired,
    boolean isPositional) {

  /** One that may be left out. */
  public static <T> Parameter<T> optional(String name, ParameterType<T> type, String description) {
    return new Parameter<>(name, type, description, null, false, false);
  }

  /** One that has to be given. */
  public static <T> Parameter<T> required(String name, ParameterType<T> type, String description) {
    return new Parameter<>(name, type, description, null, true, false);
  }

  /** One that is false unless it is given. */
  public static Parameter<Boolean> flag(String name, String description) {
    return optional(name, ParameterType.BOOLEAN, description).orElse(false);
  }

  /** As this, with something that it is when it is not given. */
  public Parameter<T> orElse(T value) {
    return new Parameter<>(name, type, description, value, isRequired, isPositional);
  }

  /** As this, given by its place on a command line. */
  public Parameter<T> positional() {
    return new Parameter<>(name, type, description, byDefault, isRequired, true);
  }
}
