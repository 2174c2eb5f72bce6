package io.ilion.server.connection;

import io.ilion.protocol.Compression;
import io.ilion.protocol.ProtocolException;
import io.ilion.protocol.ProtocolVersion;
import io.ilion.protocol.RequestEnvelope;
import io.ilion.protocol.ResponseEnvelope;

/** What a {@link ConnectionProtocol} wants done, in the order in which it says so. */
public interface ConnectionEffects {

  /** Sends a response. */
  void send(ResponseEnvelope response);

  /** Tells a client whose version is not spoken here so; see ProtocolException. */
  void refuseVersion(ProtocolException refusal);

  /** Executes a request of CQL. */
  void execute(RequestEnvelope request);

  /**
   * What was sent so far goes out as it is; from now on, in both directions, the framing is that of
   * the version with this compression.
   */
  void useFraming(ProtocolVersion version, Compression compression);

  /** Closes the connection after what was sent has gone out. */
  void close();
}
