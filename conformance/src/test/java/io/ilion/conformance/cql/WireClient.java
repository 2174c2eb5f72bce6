package io.ilion.conformance.cql;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Map;

/**
 * One blocking connection of the native protocol, version 4 or 5, uncompressed, with one request in
 * flight. Not safe for use by several threads.
 */
final class WireClient implements AutoCloseable {
  static final int STARTUP = 0x01;
  static final int QUERY = 0x07;
  static final int PREPARE = 0x09;
  static final int EXECUTE = 0x0a;
  static final int BATCH = 0x0d;

  private static final int READY = 0x02;
  private static final int HEADER_BYTES = 9;
  private static final int MAX_BODY_BYTES = 256 << 20;
  private static final int TIMEOUT_MILLIS = 60_000;

  /** An answer as it came: its opcode, the flags of its header and its body. */
  record Envelope(int opcode, int flags, byte[] body) {}

  private final int version;
  private final Socket socket;
  private final OutputStream out;
  private final InputStream in;
  private boolean framed;

  private WireClient(int version, Socket socket) throws IOException {
    this.version = version;
    this.socket = socket;
    this.out = new BufferedOutputStream(socket.getOutputStream());
    this.in = new BufferedInputStream(socket.getInputStream());
  }

  /** Connects and performs the handshake; a server that refuses is an {@link IOException}. */
  static WireClient connect(InetSocketAddress address, int version) throws IOException {
    Socket socket = new Socket();
    try {
      socket.connect(address, TIMEOUT_MILLIS);
      socket.setSoTimeout(TIMEOUT_MILLIS);
      socket.setTcpNoDelay(true);
      WireClient client = new WireClient(version, socket);
      byte[] options = new WireWriter().stringMap(Map.of("CQL_VERSION", "3.0.0")).toBytes();
      Envelope answer = client.request(STARTUP, options);
      if (answer.opcode() != READY) {
        throw new IOException("STARTUP was answered by opcode " + answer.opcode());
      }
      client.framed = version >= 5;
      return client;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  int version() {
    return version;
  }

  /** Sends one request and waits for its answer. */
  Envelope request(int opcode, byte[] body) throws IOException {
    byte[] envelope =
        new WireWriter().u8(version).u8(0).u16(0).u8(opcode).i32(body.length).raw(body).toBytes();
    if (framed) {
      Segments.write(out, envelope);
    } else {
      out.write(envelope);
    }
    out.flush();
    return framed ? readFramed() : readEnvelope(new DataInputStream(in));
  }

  private Envelope readFramed() throws IOException {
    byte[] payload = Segments.read(new DataInputStream(in));
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    whole.write(payload);
    while (whole.size() < HEADER_BYTES || whole.size() < HEADER_BYTES + bodyLength(whole)) {
      whole.write(Segments.read(new DataInputStream(in)));
    }
    byte[] bytes = whole.toByteArray();
    if (bytes.length != HEADER_BYTES + bodyLength(whole)) {
      throw new IOException("an answer of " + bytes.length + " bytes with surplus bytes");
    }
    return readEnvelope(new DataInputStream(new ByteArrayInputStream(bytes)));
  }

  private static int bodyLength(ByteArrayOutputStream envelope) {
    WireReader reader = new WireReader(envelope.toByteArray());
    reader.take(5);
    return reader.i32();
  }

  private Envelope readEnvelope(DataInputStream from) throws IOException {
    int answered = from.readUnsignedByte();
    int flags = from.readUnsignedByte();
    int stream = from.readShort();
    int opcode = from.readUnsignedByte();
    int length = from.readInt();
    if (length < 0 || length > MAX_BODY_BYTES) {
      throw new IOException("an answer that claims a body of " + length + " bytes");
    }
    byte[] body = new byte[length];
    from.readFully(body);
    if (answered != (0x80 | version) || stream != 0) {
      throw new IOException(
          "an answer of version byte " + Integer.toHexString(answered) + ", stream " + stream);
    }
    return new Envelope(opcode, flags, body);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
