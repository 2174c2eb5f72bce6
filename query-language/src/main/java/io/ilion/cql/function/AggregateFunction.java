package io.ilion.cql.function;

/** A function of many rows. */
public non-sealed interface AggregateFunction extends CqlFunction {

  /** The state of one group before its first row. */
  State newState();

  /** What has been seen of one group. */
  interface State {
    /** Takes the arguments of one row, in wire form, null for null. */
    void add(byte[][] arguments);

    /** The result so far, in wire form or null. */
    byte[] result();
  }
}
