/**
 * The CQL native protocol, versions 3, 4 and 5, for both sides of a connection.
 *
 * <p>Bytes become {@linkplain io.ilion.protocol.Envelope envelopes} in an {@link
 * io.ilion.protocol.EnvelopeReader}, envelopes become messages in {@link
 * io.ilion.protocol.RequestCodec} and {@link io.ilion.protocol.ResponseCodec}. All of it is plain
 * computation over buffers: no channel, no thread, no clock. Whatever arrives, the only exception
 * that leaves this package because of it is {@link io.ilion.protocol.ProtocolException}, and no
 * length or count that a peer claims is believed before it has been held against a limit and
 * against the bytes that are there.
 */
package io.ilion.protocol;
