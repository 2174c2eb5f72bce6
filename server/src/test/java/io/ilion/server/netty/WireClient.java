package io.ilion.server.netty;

import io.ilion.protocol.Compression;
import io.ilion.protocol.Envelope;
import io.ilion.protocol.EnvelopeReader;
import io.ilion.protocol.EnvelopeWriter;
import io.ilion.protocol.ProtocolVersion;
import io.ilion.protocol.Request;
import io.ilion.protocol.RequestCodec;
import io.ilion.protocol.RequestEnvelope;
import io.ilion.protocol.Response;
import io.ilion.protocol.ResponseCodec;
import io.ilion.protocol.ResponseEnvelope;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.HashMap;
import java.util.Map;

/** A client on a blocking socket, for tests; waits at most some seconds for anything. */
final class WireClient implements AutoCloseable {
  private static final int TIMEOUT_MILLIS = 10_000;

  private final Socket socket;
  private final ProtocolVersion version;
  private final EnvelopeReader reader =
      new EnvelopeReader(UnpooledByteBufAllocator.DEFAULT, 1 << 28);
  private final EnvelopeWriter writer = new EnvelopeWriter(UnpooledByteBufAllocator.DEFAULT);

  WireClient(InetSocketAddress address, ProtocolVersion version) throws IOException {
    this(address, version, null);
  }

  WireClient(InetSocketAddress address, ProtocolVersion version, int localPort) throws IOException {
    this(address, version, new InetSocketAddress(address.getAddress(), localPort));
  }

  WireClient(InetSocketAddress address, ProtocolVersion version, InetSocketAddress from)
      throws IOException {
    this.version = version;
    socket = new Socket();
    socket.setReuseAddress(true);
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(TIMEOUT_MILLIS);
    if (from != null) {
      socket.bind(from);
    }
    socket.connect(address, TIMEOUT_MILLIS);
  }

  /** On a socket that is connected already, and that ends with it. */
  WireClient(Socket socket, ProtocolVersion version) throws IOException {
    this.socket = socket;
    this.version = version;
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(TIMEOUT_MILLIS);
  }

  Socket socket() {
    return socket;
  }

  /** Opens the connection with these options beside CQL_VERSION. */
  Response startUp(Map<String, String> options) throws IOException {
    Map<String, String> all = new HashMap<>(options);
    all.put("CQL_VERSION", "3.0.0");
    Response response = ask(0, new Request.Startup(all));
    if (response instanceof Response.Ready) {
      String name = options.get("COMPRESSION");
      Compression compression = name == null ? Compression.NONE : Compression.ofName(name);
      if (version == ProtocolVersion.V5) {
        reader.useSegments(compression);
        writer.useSegments(compression);
      } else {
        reader.useCompression(compression);
        writer.useCompression(compression);
      }
    }
    return response;
  }

  WireClient ready() throws IOException {
    if (!(startUp(Map.of()) instanceof Response.Ready)) {
      throw new IOException("not ready");
    }
    return this;
  }

  Response ask(int stream, Request request) throws IOException {
    send(stream, request);
    return receive().message();
  }

  void send(int stream, Request... requests) throws IOException {
    ByteBuf out = Unpooled.buffer();
    for (int i = 0; i < requests.length; i++) {
      RequestCodec.encode(
          new RequestEnvelope(version, stream + i, false, null, requests[i], 0), out);
    }
    sendEnvelopes(out);
  }

  void sendEnvelopes(ByteBuf envelopes) throws IOException {
    ByteBuf out = writer.write(envelopes);
    byte[] bytes = new byte[out.readableBytes()];
    out.readBytes(bytes);
    out.release();
    sendRaw(bytes);
  }

  void sendRaw(byte[] bytes) throws IOException {
    OutputStream stream = socket.getOutputStream();
    stream.write(bytes);
    stream.flush();
  }

  /** Waits for the next response; null when the server closed the connection. */
  ResponseEnvelope receive() throws IOException {
    byte[] bytes = new byte[1 << 16];
    while (true) {
      Envelope envelope = reader.next();
      if (envelope != null) {
        return ResponseCodec.decode(envelope);
      }
      int n = socket.getInputStream().read(bytes);
      if (n < 0) {
        return null;
      }
      reader.feed(Unpooled.copiedBuffer(bytes, 0, n));
    }
  }

  /** Reads whatever still comes and says whether the server then closed the connection. */
  boolean isClosedByServer() {
    byte[] bytes = new byte[1 << 16];
    try {
      while (socket.getInputStream().read(bytes) >= 0) {
        // What came before the end does not matter here.
      }
      return true;
    } catch (SocketTimeoutException e) {
      return false;
    } catch (IOException e) {
      return true;
    }
  }

  @Override
  public void close() throws IOException {
    reader.close();
    socket.close();
  }
}
