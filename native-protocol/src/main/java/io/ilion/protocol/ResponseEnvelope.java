package io.ilion.protocol;

import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * A response with what its envelope says.
 *
 * @param version the protocol version of the envelope
 * @param stream the stream of the request; -1 for events
 * @param tracingId the trace of the request, or null
 * @param warnings what the client should be told (sent in version 4 and later); may be empty
 * @param customPayload bytes beside the message (version 4 and later), or null
 * @param message the response itself
 */
public record ResponseEnvelope(
    ProtocolVersion version,
    int stream,
    UUID tracingId,
    List<String> warnings,
    Map<String, byte[]> customPayload,
    Response message) {

  /** A response with nothing beside the message. */
  public ResponseEnvelope(ProtocolVersion version, int stream, Response message) {
    this(version, stream, null, List.of(), null, message);
  }
}
