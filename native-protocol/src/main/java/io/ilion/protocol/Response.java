package io.ilion.protocol;

import io.ilion.model.ErrorCode;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** A message from a server. */
public sealed interface Response
    permits Response.Error,
        Response.Ready,
        Response.Authenticate,
        Response.Supported,
        Response.AuthChallenge,
        Response.AuthSuccess,
        Response.Notice,
        Result {

  /** Returns the kind of this message. */
  Opcode opcode();

  /**
   * A request failed.
   *
   * @param details the fields of errors that have some, else null
   */
  record Error(ErrorCode code, String message, ErrorDetails details) implements Response {
    /** An error without further fields. */
    public Error(ErrorCode code, String message) {
      this(code, message, null);
    }

    @Override
    public Opcode opcode() {
      return Opcode.ERROR;
    }
  }

  /** The connection is open. */
  record Ready() implements Response {
    @Override
    public Opcode opcode() {
      return Opcode.READY;
    }
  }

  /** The client has to authenticate itself to the authenticator of this class name. */
  record Authenticate(String authenticator) implements Response {
    @Override
    public Opcode opcode() {
      return Opcode.AUTHENTICATE;
    }
  }

  /** What the server supports. */
  record Supported(Map<String, List<String>> options) implements Response {
    @Override
    public Opcode opcode() {
      return Opcode.SUPPORTED;
    }
  }

  /** The next step of authentication; the token may be null. */
  record AuthChallenge(byte[] token) implements Response {
    @Override
    public Opcode opcode() {
      return Opcode.AUTH_CHALLENGE;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof AuthChallenge that && Arrays.equals(token, that.token);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(token);
    }
  }

  /** The client is who it says; the token may be null. */
  record AuthSuccess(byte[] token) implements Response {
    @Override
    public Opcode opcode() {
      return Opcode.AUTH_SUCCESS;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof AuthSuccess that && Arrays.equals(token, that.token);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(token);
    }
  }

  /** An event that the client registered for; goes out on stream -1. */
  record Notice(Event event) implements Response {
    @Override
    public Opcode opcode() {
      return Opcode.EVENT;
    }
  }
}
