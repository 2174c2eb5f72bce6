package io.ilion.driver;

import io.ilion.protocol.ProtocolVersion;
import io.ilion.protocol.Request;

/** The preparation of a statement, which goes the way of all statements. */
final class PrepareRequest extends Statement<PrepareRequest> {
  private final String text;
  private final String keyspace;

  PrepareRequest(String text, String keyspace, Settings settings) {
    super(settings);
    this.text = text;
    this.keyspace = keyspace;
  }

  @Override
  public PrepareRequest with(Settings settings) {
    return new PrepareRequest(text, keyspace, settings);
  }

  @Override
  public String text() {
    return text;
  }

  @Override
  Request message(ProtocolVersion version, Attempt attempt) {
    return message(version, text, keyspace);
  }

  static Request message(ProtocolVersion version, String text, String keyspace) {
    return new Request.Prepare(text, version.atLeast(ProtocolVersion.V5) ? keyspace : null);
  }

  @Override
  boolean isNaturallyIdempotent() {
    return true;
  }

  @Override
  boolean isConditional() {
    return false;
  }
}
