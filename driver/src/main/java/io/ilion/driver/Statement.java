package io.ilion.driver;

import io.ilion.model.Consistency;
import io.ilion.protocol.ProtocolVersion;
import io.ilion.protocol.Request;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;

/**
 * What can be executed: a {@link SimpleStatement}, a {@link BoundStatement} or a {@link
 * BatchStatement}. Immutable: each of the methods below returns a statement with one setting more.
 *
 * @param <S> the kind of statement itself
 */
public abstract sealed class Statement<S extends Statement<S>>
    permits SimpleStatement, BoundStatement, BatchStatement, PrepareRequest {
  final Settings settings;

  Statement(Settings settings) {
    this.settings = Objects.requireNonNull(settings);
  }

  /** How it is executed, as far as it differs from the session's defaults. */
  public final Settings settings() {
    return settings;
  }

  /** The same statement with these settings in place of its own. */
  public abstract S with(Settings settings);

  /** See {@link Settings#consistency}. */
  public final S consistency(Consistency value) {
    return with(settings.consistency(value));
  }

  /** See {@link Settings#serialConsistency}. */
  public final S serialConsistency(Consistency value) {
    return with(settings.serialConsistency(value));
  }

  /** See {@link Settings#timeout}. */
  public final S timeout(Duration value) {
    return with(settings.timeout(value));
  }

  /** See {@link Settings#pageSize}. */
  public final S pageSize(int rows) {
    return with(settings.pageSize(rows));
  }

  /** See {@link Settings#idempotent}. */
  public final S idempotent(boolean value) {
    return with(settings.idempotent(value));
  }

  /** See {@link Settings#keyspace}. */
  public final S keyspace(String value) {
    return with(settings.keyspace(value));
  }

  /** See {@link Settings#timestamp}. */
  public final S timestamp(long micros) {
    return with(settings.timestamp(micros));
  }

  /** See {@link Settings#nowInSeconds}. */
  public final S nowInSeconds(int value) {
    return with(settings.nowInSeconds(value));
  }

  /** See {@link Settings#tracing}. */
  public final S tracing(boolean value) {
    return with(settings.tracing(value));
  }

  /** See {@link Settings#pagingState}. */
  public final S pagingState(byte[] value) {
    return with(settings.pagingState(value));
  }

  /** See {@link Settings#customPayload}. */
  public final S customPayload(Map<String, byte[]> value) {
    return with(settings.customPayload(value));
  }

  /** See {@link Settings#routingToken}. */
  public final S routingToken(long token) {
    return with(settings.routingToken(token));
  }

  /** The statement's text, of a batch what it consists of: for logs. */
  public abstract String text();

  /** The message for a server; called on an event loop. */
  abstract Request message(ProtocolVersion version, Attempt attempt);

  /** Whether nothing else was said and it can be repeated. */
  abstract boolean isNaturallyIdempotent();

  /** Whether it has conditions, so that it is never repeated. */
  abstract boolean isConditional();

  /** The serialised partition key that it concerns, or null when that is not known. */
  byte[] routingKey() {
    return null;
  }

  /** The keyspace that it concerns, or null for the session's. */
  String routingKeyspace() {
    return settings.keyspace;
  }
}
