package io.ilion.protocol;

import java.util.Map;

/**
 * A request with what its envelope says.
 *
 * @param version the protocol version of the envelope
 * @param stream the stream on which the answer goes back
 * @param tracing whether the client wants it traced
 * @param customPayload bytes beside the message (version 4 and later), or null
 * @param message the request itself
 * @param size the bytes of its envelope, header included, decompressed
 */
public record RequestEnvelope(
    ProtocolVersion version,
    int stream,
    boolean tracing,
    Map<String, byte[]> customPayload,
    Request message,
    int size) {}
