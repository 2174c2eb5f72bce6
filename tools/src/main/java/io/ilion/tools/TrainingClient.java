package io.ilion.tools;

import io.ilion.model.Consistency;
import io.ilion.protocol.BoundValues;
import io.ilion.protocol.Compression;
import io.ilion.protocol.Digest;
import io.ilion.protocol.EnvelopeWriter;
import io.ilion.protocol.ProtocolVersion;
import io.ilion.protocol.QueryParameters;
import io.ilion.protocol.Request;
import io.ilion.protocol.RequestCodec;
import io.ilion.protocol.RequestEnvelope;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;

/**
 * The least of a client: one connection, requests one at a time or in bursts, answers read and
 * thrown away.
 */
final class TrainingClient implements AutoCloseable {
  private static final int TIMEOUT_MILLIS = 10_000;
  private static final int LARGEST_ANSWER = 64 << 20;
  private static final int ENVELOPE_HEADER = 9;
  private static final int ERROR = 0x00;

  private final ProtocolVersion version;
  private final Socket socket;
  private final DataInputStream in;
  private final OutputStream out;
  private final EnvelopeWriter envelopes = new EnvelopeWriter(UnpooledByteBufAllocator.DEFAULT);
  private final boolean segments;

  /** What is left of the segment that was read last. */
  private ByteBuffer payload = ByteBuffer.allocate(0);

  private boolean started;

  /** A statement that the node has prepared; the second id is null before version 5. */
  record Prepared(Digest id, Digest resultMetadataId) {
    /** The request that executes it. */
    Request with(byte[]... values) {
      QueryParameters parameters =
          QueryParameters.of(Consistency.ONE, BoundValues.of(List.of(values)));
      return new Request.Execute(id, resultMetadataId, parameters);
    }
  }

  private TrainingClient(ProtocolVersion version, Socket socket) throws IOException {
    this.version = version;
    this.segments = version.atLeast(ProtocolVersion.V5);
    this.socket = socket;
    this.in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
    this.out = socket.getOutputStream();
  }

  static TrainingClient connect(InetSocketAddress address, ProtocolVersion version)
      throws IOException {
    Socket socket = new Socket();
    socket.setSoTimeout(TIMEOUT_MILLIS);
    socket.setTcpNoDelay(true);
    socket.connect(address, TIMEOUT_MILLIS);
    TrainingClient client = new TrainingClient(version, socket);
    client.request(new Request.Startup(Map.of("CQL_VERSION", "3.0.0")));
    if (client.segments) {
      client.envelopes.useSegments(Compression.NONE);
    }
    client.started = true;
    return client;
  }

  /** Sends a statement and waits for its answer; an error answers with an IOException. */
  void query(String cql) throws IOException {
    request(new Request.Query(cql, QueryParameters.of(Consistency.ONE)));
  }

  Prepared prepare(String cql) throws IOException {
    ByteBuffer answer = request(new Request.Prepare(cql, null));
    answer.getInt();
    return new Prepared(digest(answer), segments ? digest(answer) : null);
  }

  private static Digest digest(ByteBuffer answer) {
    byte[] bytes = new byte[answer.getShort()];
    answer.get(bytes);
    return new Digest(bytes);
  }

  private ByteBuffer request(Request request) throws IOException {
    send(1, i -> request);
    return answer();
  }

  /** Sends so many requests in one piece, and waits for all answers. */
  void burst(int count, IntFunction<Request> requests) throws IOException {
    send(count, requests);
    for (int i = 0; i < count; i++) {
      answer();
    }
  }

  private void send(int count, IntFunction<Request> requests) throws IOException {
    ByteBuf bytes = UnpooledByteBufAllocator.DEFAULT.buffer();
    for (int i = 0; i < count; i++) {
      RequestCodec.encode(
          new RequestEnvelope(version, i, false, Map.of(), requests.apply(i), 0), bytes);
    }
    ByteBuf wire = envelopes.write(bytes);
    try {
      wire.readBytes(out, wire.readableBytes());
    } finally {
      wire.release();
    }
  }

  /** The body of the next answer. */
  private ByteBuffer answer() throws IOException {
    byte[] header = new byte[ENVELOPE_HEADER];
    read(header);
    int length = ByteBuffer.wrap(header).getInt(ENVELOPE_HEADER - 4);
    if (length < 0 || length > LARGEST_ANSWER) {
      throw new IOException("an answer of " + length + " bytes");
    }
    byte[] body = new byte[length];
    read(body);
    if (header[4] == ERROR) {
      String message = new String(body, 6, Math.max(0, length - 6), StandardCharsets.UTF_8);
      throw new IOException("the node refused a training statement: " + message);
    }
    return ByteBuffer.wrap(body);
  }

  private void read(byte[] bytes) throws IOException {
    if (!segments || !started) {
      in.readFully(bytes);
      return;
    }
    int have = 0;
    while (have < bytes.length) {
      if (!payload.hasRemaining()) {
        payload = ByteBuffer.wrap(segment());
      }
      int count = Math.min(payload.remaining(), bytes.length - have);
      payload.get(bytes, have, count);
      have += count;
    }
  }

  /** The next segment's payload; checksums are the business of real clients. */
  private byte[] segment() throws IOException {
    int length =
        in.readUnsignedByte() | in.readUnsignedByte() << 8 | (in.readUnsignedByte() & 1) << 16;
    in.skipNBytes(3);
    byte[] bytes = in.readNBytes(length);
    in.skipNBytes(4);
    return bytes;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
