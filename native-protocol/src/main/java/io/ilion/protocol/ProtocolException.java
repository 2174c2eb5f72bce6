package io.ilion.protocol;

import io.ilion.model.ErrorCode;

/**
 * A peer sent something that the protocol does not allow.
 *
 * <p>When it is fatal, the bytes that follow cannot be trusted and the connection has to be closed
 * after the peer has been told. Otherwise only one request is lost: it is answered with an ERROR on
 * its stream, and reading goes on. No stack trace is recorded: these exceptions are caused from
 * outside, as often as somebody likes.
 */
public final class ProtocolException extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private static final int UNKNOWN_VERSION = -1;

  private final ErrorCode code;
  private final int stream;
  private final boolean fatal;
  private final int peerVersion;

  private ProtocolException(ErrorCode code, String message, int stream, boolean fatal) {
    this(code, message, stream, fatal, UNKNOWN_VERSION);
  }

  private ProtocolException(
      ErrorCode code, String message, int stream, boolean fatal, int peerVersion) {
    super(message, null, false, false);
    this.code = code;
    this.stream = stream;
    this.fatal = fatal;
    this.peerVersion = peerVersion;
  }

  /** An error that loses only the request in which it was found. */
  public static ProtocolException recoverable(String message) {
    return new ProtocolException(ErrorCode.PROTOCOL_ERROR, message, 0, false);
  }

  /** An error after which the connection cannot go on. */
  public static ProtocolException fatal(String message) {
    return new ProtocolException(ErrorCode.PROTOCOL_ERROR, message, 0, true);
  }

  /** A fatal error because the peer speaks a version that is not spoken here. */
  static ProtocolException unsupportedVersion(int version, String message) {
    return new ProtocolException(ErrorCode.PROTOCOL_ERROR, message, 0, true, version);
  }

  /** An INVALID error that loses only the request in which it was found. */
  public static ProtocolException invalid(String message) {
    return new ProtocolException(ErrorCode.INVALID, message, 0, false);
  }

  /** Returns this error as one of the given stream. */
  public ProtocolException onStream(int stream) {
    return stream == this.stream
        ? this
        : new ProtocolException(code, getMessage(), stream, fatal, peerVersion);
  }

  /** Returns the code to answer with. */
  public ErrorCode code() {
    return code;
  }

  /** Returns the stream to answer on, 0 when it is not known. */
  public int stream() {
    return stream;
  }

  /** Whether the connection has to be closed. */
  public boolean isFatal() {
    return fatal;
  }

  /** The version that the peer speaks and we do not, or -1 when that is not what is wrong. */
  public int unsupportedVersion() {
    return peerVersion;
  }
}
