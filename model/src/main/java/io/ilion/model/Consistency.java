package io.ilion.model;

/** The consistency levels of CQL, with their codes on the wire. */
public enum Consistency {
  ANY(0),
  ONE(1),
  TWO(2),
  THREE(3),
  QUORUM(4),
  ALL(5),
  LOCAL_QUORUM(6),
  EACH_QUORUM(7),
  SERIAL(8),
  LOCAL_SERIAL(9),
  LOCAL_ONE(10);

  private static final Consistency[] BY_CODE = values();

  private final int code;

  Consistency(int code) {
    this.code = code;
  }

  /** Returns the code of this level in the native protocol. */
  public int code() {
    return code;
  }

  /** Whether this level may stand as the serial consistency of a conditional update. */
  public boolean isSerial() {
    return this == SERIAL || this == LOCAL_SERIAL;
  }

  /** Returns the level of a code, or null when there is none. */
  public static Consistency ofCode(int code) {
    return code >= 0 && code < BY_CODE.length ? BY_CODE[code] : null;
  }
}
