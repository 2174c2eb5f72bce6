package io.ilion.cql.ast;

/** An operator between two numbers (or a date and a duration). */
public enum ArithmeticOperator {
  ADD('+'),
  SUBTRACT('-'),
  MULTIPLY('*'),
  DIVIDE('/'),
  MODULO('%');

  private final char symbol;

  ArithmeticOperator(char symbol) {
    this.symbol = symbol;
  }

  @Override
  public String toString() {
    return String.valueOf(symbol);
  }
}
