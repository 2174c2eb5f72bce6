package io.ilion.driver;

import io.ilion.model.Consistency;
import java.time.Duration;
import java.util.Map;

/**
 * How a statement is executed. Immutable; what is not set is taken from the session's defaults.
 *
 * <p>Statements have methods of the same names, so that this class is needed only where settings
 * are shared, such as the session's defaults:
 *
 * <pre>{@code
 * Session.builder().defaults(Settings.NONE.consistency(Consistency.LOCAL_QUORUM).pageSize(500));
 * }</pre>
 */
public final class Settings implements Cloneable {
  /** Nothing is set. */
  public static final Settings NONE = new Settings();

  Consistency consistency;
  Consistency serialConsistency;
  Duration timeout;
  int pageSize;
  Boolean idempotent;
  String keyspace;
  Long timestamp;
  Integer nowInSeconds;
  Boolean tracing;
  byte[] pagingState;
  Map<String, byte[]> customPayload;
  Long routingToken;

  private Settings() {}

  private Settings copy() {
    try {
      return (Settings) super.clone();
    } catch (CloneNotSupportedException e) {
      throw new AssertionError("it is cloneable", e);
    }
  }

  /** These settings, and where they are silent the others. */
  Settings over(Settings others) {
    Settings copy = copy();
    copy.consistency = consistency != null ? consistency : others.consistency;
    copy.serialConsistency =
        serialConsistency != null ? serialConsistency : others.serialConsistency;
    copy.timeout = timeout != null ? timeout : others.timeout;
    copy.pageSize = pageSize != 0 ? pageSize : others.pageSize;
    copy.idempotent = idempotent != null ? idempotent : others.idempotent;
    copy.keyspace = keyspace != null ? keyspace : others.keyspace;
    copy.nowInSeconds = nowInSeconds != null ? nowInSeconds : others.nowInSeconds;
    copy.tracing = tracing != null ? tracing : others.tracing;
    copy.customPayload = customPayload != null ? customPayload : others.customPayload;
    return copy;
  }

  /** Whether there is something that holds for one execution only. */
  boolean isOfOneExecution() {
    return timestamp != null || pagingState != null || routingToken != null;
  }

  /** How many replicas have to answer. The default of a session is LOCAL_ONE. */
  public Settings consistency(Consistency value) {
    Settings copy = copy();
    copy.consistency = value;
    return copy;
  }

  /** SERIAL or LOCAL_SERIAL, for the decision of conditional updates. */
  public Settings serialConsistency(Consistency value) {
    if (value != null && !value.isSerial()) {
      throw new IllegalArgumentException(value + " is no serial consistency");
    }
    Settings copy = copy();
    copy.serialConsistency = value;
    return copy;
  }

  /** How long to wait, all tries together; zero waits for ever. A session's default is 2 s. */
  public Settings timeout(Duration value) {
    Settings copy = copy();
    copy.timeout = value;
    return copy;
  }

  /** How many rows a page has at most; negative for no pages. A session's default is 5000. */
  public Settings pageSize(int rows) {
    Settings copy = copy();
    copy.pageSize = rows;
    return copy;
  }

  /**
   * Whether executing it twice is as good as once, so that the driver may try again. Without being
   * told so, that is believed of SELECT only; and of a conditional statement never.
   */
  public Settings idempotent(boolean value) {
    Settings copy = copy();
    copy.idempotent = value;
    return copy;
  }

  /** The keyspace for names without one (version 5; before that the session's is used). */
  public Settings keyspace(String value) {
    Settings copy = copy();
    copy.keyspace = value;
    return copy;
  }

  /** The timestamp of what is written, in microseconds, unless the statement names one. */
  public Settings timestamp(long micros) {
    Settings copy = copy();
    copy.timestamp = micros;
    return copy;
  }

  /** The time by which expiry is decided, in seconds (version 5). */
  public Settings nowInSeconds(int value) {
    Settings copy = copy();
    copy.nowInSeconds = value;
    return copy;
  }

  /** Whether the servers keep a trace of it, whose id comes with the result. */
  public Settings tracing(boolean value) {
    Settings copy = copy();
    copy.tracing = value;
    return copy;
  }

  /** Where to go on: the paging state of a page of the same statement, with the same values. */
  public Settings pagingState(byte[] value) {
    Settings copy = copy();
    copy.pagingState = value;
    return copy;
  }

  /** Bytes for a query handler of the server (version 4 and later). */
  public Settings customPayload(Map<String, byte[]> value) {
    Settings copy = copy();
    copy.customPayload = value == null ? null : Map.copyOf(value);
    return copy;
  }

  /**
   * The token whose replicas it is sent to, where its values do not tell: such as a SELECT of a
   * range of tokens.
   */
  public Settings routingToken(long token) {
    Settings copy = copy();
    copy.routingToken = token;
    return copy;
  }
}
