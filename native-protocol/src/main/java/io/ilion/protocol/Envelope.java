package io.ilion.protocol;

import io.netty.buffer.ByteBuf;

/**
 * One message as it stands on the wire, already decompressed.
 *
 * @param header its header; the flag COMPRESSED is cleared
 * @param body its body, lent by the reader that gave it: valid until that reader is used again
 */
public record Envelope(EnvelopeHeader header, ByteBuf body) {}
