package io.ilion.cql.ast;

/** An operator between two numbers (or a date and a duration). */
public enum ArithmeticOperator {
  ADD('+', "_add"),
  SUBTRACT('-', "_substract"),
  MULTIPLY('*', "_multiply"),
  DIVIDE('/', "_divide"),
  MODULO('%', "_modulo");

  private final char symbol;
  private final String function;

  ArithmeticOperator(char symbol, String function) {
    this.symbol = symbol;
    this.function = function;
  }

  /** The function that it is a call of. */
  public String function() {
    return function;
  }

  @Override
  public String toString() {
    return String.valueOf(symbol);
  }
}
