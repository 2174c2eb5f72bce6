package io.ilion.protocol;

/** The kinds of messages, with their codes in the envelope header. */
public enum Opcode {
  ERROR(0x00, true),
  STARTUP(0x01, false),
  READY(0x02, true),
  AUTHENTICATE(0x03, true),
  OPTIONS(0x05, false),
  SUPPORTED(0x06, true),
  QUERY(0x07, false),
  RESULT(0x08, true),
  PREPARE(0x09, false),
  EXECUTE(0x0A, false),
  REGISTER(0x0B, false),
  EVENT(0x0C, true),
  BATCH(0x0D, false),
  AUTH_CHALLENGE(0x0E, true),
  AUTH_RESPONSE(0x0F, false),
  AUTH_SUCCESS(0x10, true);

  /** A message of version 1. */
  private static final int CREDENTIALS = 0x04;

  private static final Opcode[] BY_CODE = new Opcode[0x11];

  static {
    for (Opcode opcode : values()) {
      BY_CODE[opcode.code] = opcode;
    }
  }

  private final int code;
  private final boolean response;

  Opcode(int code, boolean response) {
    this.code = code;
    this.response = response;
  }

  /** Returns the code on the wire. */
  public int code() {
    return code;
  }

  /** Whether messages of this kind go from the server to the client. */
  public boolean isResponse() {
    return response;
  }

  /**
   * Returns the kind of a code, in the given direction.
   *
   * @throws ProtocolException recoverably when there is none
   */
  public static Opcode of(int code, boolean response) {
    Opcode opcode = code >= 0 && code < BY_CODE.length ? BY_CODE[code] : null;
    if (code == CREDENTIALS) {
      throw ProtocolException.recoverable("Unsupported message");
    }
    if (opcode == null) {
      throw ProtocolException.recoverable("Unknown opcode " + code);
    }
    if (opcode.response != response) {
      throw ProtocolException.recoverable(
          "Wrong protocol direction (expected "
              + direction(opcode.response)
              + ", got "
              + direction(response)
              + ") for opcode "
              + code
              + " ("
              + opcode
              + ")");
    }
    return opcode;
  }

  private static String direction(boolean response) {
    return response ? "RESPONSE" : "REQUEST";
  }
}
