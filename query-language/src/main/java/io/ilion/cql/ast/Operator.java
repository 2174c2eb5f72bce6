package io.ilion.cql.ast;

/** An operator of a relation (WHERE) or of a condition (IF). */
public enum Operator {
  EQ("="),
  LT("<"),
  LTE("<="),
  GT(">"),
  GTE(">="),
  NEQ("!="),
  IN("IN"),
  CONTAINS("CONTAINS"),
  CONTAINS_KEY("CONTAINS KEY"),
  LIKE("LIKE"),
  IS_NOT("IS NOT");

  private final String text;

  Operator(String text) {
    this.text = text;
  }

  /** Whether it bounds a range: one of {@code < <= > >=}. */
  public boolean isSlice() {
    return this == LT || this == LTE || this == GT || this == GTE;
  }

  /** The operator as CQL writes it. */
  @Override
  public String toString() {
    return text;
  }
}
