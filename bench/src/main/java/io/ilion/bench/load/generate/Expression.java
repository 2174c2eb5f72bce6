package io.ilion.bench.load.generate;

import java.util.List;

/**
 * What was written for a generator: a number, a text in single quotes, a name, or a function with
 * its arguments.
 */
sealed interface Expression {

  /** Where it begins in the text, from 0. */
  int at();

  /** A number as it was written. */
  record Number(int at, String digits) implements Expression {}

  /** A text without its quotes. */
  record Text(int at, String text) implements Expression {}

  /** The name of another generator. */
  record Name(int at, String name) implements Expression {}

  /** A function; {@code name()} has no arguments. */
  record Call(int at, String name, List<Expression> arguments) implements Expression {}
}
