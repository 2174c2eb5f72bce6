package io.ilion.driver.internal;

import io.ilion.protocol.ProtocolVersion;
import io.ilion.protocol.RequestEnvelope;
import io.ilion.protocol.ResponseEnvelope;

/** What stands in the place of a request and is none: nothing is ever asked of it. */
final class Marker extends Outgoing {
  Marker() {
    super(NEVER);
  }

  @Override
  protected RequestEnvelope message(ProtocolVersion version, int stream) {
    throw new IllegalStateException();
  }

  @Override
  protected void onResponse(Connection connection, ResponseEnvelope response) {
    throw new IllegalStateException();
  }

  @Override
  protected void onFailure(Throwable error, boolean sent) {
    throw new IllegalStateException();
  }

  @Override
  protected void onTimeout() {
    throw new IllegalStateException();
  }
}
