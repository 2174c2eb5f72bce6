package io.ilion.bench.load.generate;

/**
 * Gives a value for each operation: always the same one for the same seed and the same number of
 * the operation, so that a run can be repeated, and divided among processes.
 */
public interface Generator {

  /** The value: a Long, a Double, a Boolean, a String, bytes, a UUID, a collection, or null. */
  Object value(Draw draw);

  /** The value as a whole number. */
  default long number(Draw draw) {
    return Scalars.number(value(draw));
  }

  /** The value as a number with a fraction. */
  default double real(Draw draw) {
    return Scalars.real(value(draw));
  }

  /** One that gives whole numbers, and does not make an object of each if none is wanted. */
  @FunctionalInterface
  interface OfNumbers extends Generator {
    @Override
    long number(Draw draw);

    @Override
    default Object value(Draw draw) {
      return number(draw);
    }

    @Override
    default double real(Draw draw) {
      return number(draw);
    }
  }
}
