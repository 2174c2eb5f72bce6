package io.ilion.cql.term;

import io.ilion.model.type.CqlType;

/** A term that is ready to be evaluated. */
public interface PreparedTerm {

  /** The type of its values. */
  CqlType type();

  /**
   * Its value in wire form: null for null; {@code Values.UNSET} only from a bind marker that stands
   * by itself.
   */
  byte[] evaluate(Evaluation evaluation);

  /** Whether its value is the same for every execution and row. */
  default boolean isConstant() {
    return false;
  }

  /** Whether it has bind variables in it. */
  default boolean hasMarker() {
    return false;
  }

  /** A term of one value. */
  record Constant(CqlType type, byte[] value) implements PreparedTerm {
    @Override
    public byte[] evaluate(Evaluation evaluation) {
      return value;
    }

    @Override
    public boolean isConstant() {
      return true;
    }
  }
}
