package io.ilion.model;

import java.util.List;
import java.util.Objects;

/**
 * An error that a client is told about: a protocol error code and the message that Apache Cassandra
 * gives in the same case.
 *
 * <p>Errors that carry fields beyond the message are subclasses. No stack trace is recorded, since
 * these exceptions are answers to bad requests and must stay cheap.
 */
public class CqlException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final ErrorCode code;

  /** Creates an error with a code and a message. */
  public CqlException(ErrorCode code, String message) {
    this(code, message, null);
  }

  /** Creates an error with a code, a message and the failure that led to it (may be null). */
  public CqlException(ErrorCode code, String message, Throwable cause) {
    super(message, cause, false, false);
    this.code = Objects.requireNonNull(code);
  }

  /** Returns the protocol error code. */
  public ErrorCode code() {
    return code;
  }

  /** Returns an INVALID error; {@code format} is used as it stands when there are no arguments. */
  public static CqlException invalid(String format, Object... args) {
    return new CqlException(ErrorCode.INVALID, text(format, args));
  }

  /** Returns a SYNTAX_ERROR. */
  public static CqlException syntax(String format, Object... args) {
    return new CqlException(ErrorCode.SYNTAX_ERROR, text(format, args));
  }

  /** Returns a CONFIG_ERROR. */
  public static CqlException config(String format, Object... args) {
    return new CqlException(ErrorCode.CONFIG_ERROR, text(format, args));
  }

  /** Returns a PROTOCOL_ERROR. */
  public static CqlException protocol(String format, Object... args) {
    return new CqlException(ErrorCode.PROTOCOL_ERROR, text(format, args));
  }

  /** Returns a SERVER_ERROR. */
  public static CqlException server(String format, Object... args) {
    return new CqlException(ErrorCode.SERVER_ERROR, text(format, args));
  }

  private static String text(String format, Object... args) {
    return args.length == 0 ? format : String.format(format, args);
  }

  /** The schema element to be created exists already. */
  public static final class AlreadyExists extends CqlException {
    private static final long serialVersionUID = 1L;

    private final String keyspace;
    private final String table;

    /** Creates the error for a keyspace; its table is the empty string. */
    public AlreadyExists(String keyspace) {
      this(keyspace, "", String.format("Cannot add existing keyspace \"%s\"", keyspace));
    }

    /** Creates the error for a table. */
    public AlreadyExists(String keyspace, String table) {
      this(
          keyspace,
          table,
          String.format(
              "Cannot add already existing table \"%s\" to keyspace \"%s\"", table, keyspace));
    }

    /** Creates the error with a message of its own. */
    public AlreadyExists(String keyspace, String table, String message) {
      super(ErrorCode.ALREADY_EXISTS, message);
      this.keyspace = keyspace;
      this.table = table;
    }

    /** Returns the keyspace. */
    public String keyspace() {
      return keyspace;
    }

    /** Returns the table, or the empty string when the keyspace itself exists already. */
    public String table() {
      return table;
    }
  }

  /** A function failed while it ran. */
  public static final class FunctionFailure extends CqlException {
    private static final long serialVersionUID = 1L;

    private final String keyspace;
    private final String function;
    private final transient List<String> argumentTypes;

    /** Creates the error; {@code keyspace} is "system" for the functions that come with CQL. */
    public FunctionFailure(
        String keyspace, String function, List<String> argumentTypes, String message) {
      super(ErrorCode.FUNCTION_FAILURE, message);
      this.keyspace = keyspace;
      this.function = function;
      this.argumentTypes = List.copyOf(argumentTypes);
    }

    /** Returns the keyspace of the function. */
    public String keyspace() {
      return keyspace;
    }

    /** Returns the name of the function. */
    public String function() {
      return function;
    }

    /** Returns the CQL names of the argument types. */
    public List<String> argumentTypes() {
      return argumentTypes;
    }
  }
}
