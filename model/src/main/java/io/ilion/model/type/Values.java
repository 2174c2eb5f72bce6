package io.ilion.model.type;

/** Sentinels among the byte values of the CQL layer, compared by identity. */
public final class Values {
  /** The value of a bound variable that was left unset. Null stands for CQL's null. */
  public static final byte[] UNSET = new byte[0];

  /** The zero-length value. */
  public static final byte[] EMPTY = new byte[0];

  private Values() {}

  /** Says whether a value is the sentinel of an unset variable. */
  @SuppressWarnings("ReferenceEquality")
  public static boolean isUnset(byte[] value) {
    return value == UNSET;
  }
}
