package io.ilion.server.operations;

import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.regex.Pattern;

/**
 * Something that an operator can ask of a node. Where nodetool has it, its name is nodetool's.
 *
 * <p>Its result is made of what JSON has: {@code Map} with text as keys, {@code List}, {@code
 * String}, {@code Number} (finite), {@code Boolean} and null; whatever a reader should see first
 * stands first in a map. Units are part of the names, as in {@code memtable_bytes}.
 *
 * @param name lower-case letters, digits, hyphens
 * @param description what it does in one line, without a capital at its beginning
 * @param parameters what may be given; those that are positional in the order of a command line
 * @param changesNode whether anything is other than before; if not, a GET may ask for it
 * @param isLong whether it may take longer than a request should: it then becomes a {@link Task}
 * @param body does it
 */
public record Operation(
    String name,
    String description,
    List<Parameter<?>> parameters,
    boolean changesNode,
    boolean isLong,
    Body body) {
  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]*");

  /** Does what an operation is for. */
  @FunctionalInterface
  public interface Body {
    /**
     * Begins; called on a lane for operations alone, which may look into a directory, but is held
     * up while this does not return. The stage may complete on any thread. What goes wrong is
     * thrown, or ends the stage, as an {@link OperationException} if the operator can do something
     * about it.
     *
     * @param progress to be told how far it is, if the operation is long
     */
    CompletionStage<?> run(Arguments arguments, Progress progress);
  }

  /** Checks the name. */
  public Operation {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException("an operation cannot be named '" + name + "'");
    }
    parameters = List.copyOf(parameters);
    if (parameters.stream().map(Parameter::name).distinct().count() != parameters.size()) {
      throw new IllegalArgumentException(name + " has two parameters of one name");
    }
  }

  /** One that only looks. */
  public static Operation query(
      String name, String description, List<Parameter<?>> parameters, Body body) {
    return new Operation(name, description, parameters, false, false, body);
  }

  /** One that changes something and is done soon. */
  public static Operation change(
      String name, String description, List<Parameter<?>> parameters, Body body) {
    return new Operation(name, description, parameters, true, false, body);
  }

  /** One that may take long. */
  public static Operation task(
      String name, String description, List<Parameter<?>> parameters, Body body) {
    return new Operation(name, description, parameters, true, true, body);
  }
}
