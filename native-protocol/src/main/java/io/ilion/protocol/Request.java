package io.ilion.protocol;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A message from a client. Requests hold no buffer: they may be kept and passed to any thread. */
public sealed interface Request {

  /** Returns the kind of this message. */
  Opcode opcode();

  /** Opens a connection with options such as CQL_VERSION and COMPRESSION. */
  record Startup(Map<String, String> options) implements Request {
    @Override
    public Opcode opcode() {
      return Opcode.STARTUP;
    }
  }

  /** Asks what the server supports; also the clients' heart-beat. */
  record Options() implements Request {
    @Override
    public Opcode opcode() {
      return Opcode.OPTIONS;
    }
  }

  /** Answers AUTHENTICATE or AUTH_CHALLENGE; the token may be null. */
  record AuthResponse(byte[] token) implements Request {
    @Override
    public Opcode opcode() {
      return Opcode.AUTH_RESPONSE;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof AuthResponse that && Arrays.equals(token, that.token);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(token);
    }

    /** Does not show the token. */
    @Override
    public String toString() {
      return "AuthResponse";
    }
  }

  /** Asks for events of these kinds from now on. */
  record Register(Set<Event.Type> types) implements Request {
    @Override
    public Opcode opcode() {
      return Opcode.REGISTER;
    }
  }

  /** Executes the text of a statement. */
  record Query(String query, QueryParameters parameters) implements Request {
    @Override
    public Opcode opcode() {
      return Opcode.QUERY;
    }
  }

  /**
   * Prepares a statement.
   *
   * @param query its text
   * @param keyspace the keyspace in place of the session's, or null (version 5)
   */
  record Prepare(String query, String keyspace) implements Request {
    @Override
    public Opcode opcode() {
      return Opcode.PREPARE;
    }
  }

  /**
   * Executes a prepared statement.
   *
   * @param id the statement
   * @param resultMetadataId what the client knows of the result's columns (version 5, else null)
   * @param parameters values and so on
   */
  record Execute(Digest id, Digest resultMetadataId, QueryParameters parameters)
      implements Request {
    @Override
    public Opcode opcode() {
      return Opcode.EXECUTE;
    }
  }

  /**
   * Executes several statements as one.
   *
   * @param type whether all or none of it has to happen
   * @param statements the statements, in order
   * @param parameters what goes for all of them
   */
  record Batch(BatchType type, List<BatchStatement> statements, QueryParameters parameters)
      implements Request {
    @Override
    public Opcode opcode() {
      return Opcode.BATCH;
    }
  }

  /** The kinds of batches; the ordinal is the code on the wire. */
  enum BatchType {
    LOGGED,
    UNLOGGED,
    COUNTER
  }

  /**
   * One statement of a batch, given by its text or by the id of a prepared statement.
   *
   * @param query the text, or null
   * @param id the prepared statement, or null
   * @param values its bound values, always positional
   */
  record BatchStatement(String query, Digest id, BoundValues values) {

    /** Checks that exactly one of text and id is there. */
    public BatchStatement {
      if ((query == null) == (id == null)) {
        throw new IllegalArgumentException("either a text or an id");
      }
    }
  }
}
