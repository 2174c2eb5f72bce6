package io.ilion.tools;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/**
 * The least of a client: one connection, version 4 of the protocol, one request at a time, answers
 * read and thrown away.
 */
final class TrainingClient implements AutoCloseable {
  private static final int VERSION = 4;
  private static final int STARTUP = 0x01;
  private static final int QUERY = 0x07;
  private static final int ERROR = 0x00;
  private static final int CONSISTENCY_ONE = 1;
  private static final int TIMEOUT_MILLIS = 10_000;
  private static final int LARGEST_ANSWER = 64 << 20;

  private final Socket socket;
  private final DataInputStream in;
  private final DataOutputStream out;

  private TrainingClient(Socket socket) throws IOException {
    this.socket = socket;
    this.in = new DataInputStream(socket.getInputStream());
    this.out = new DataOutputStream(socket.getOutputStream());
  }

  static TrainingClient connect(InetSocketAddress address) throws IOException {
    Socket socket = new Socket();
    socket.setSoTimeout(TIMEOUT_MILLIS);
    socket.setTcpNoDelay(true);
    socket.connect(address, TIMEOUT_MILLIS);
    TrainingClient client = new TrainingClient(socket);
    byte[] name = "CQL_VERSION".getBytes(StandardCharsets.UTF_8);
    byte[] value = "3.0.0".getBytes(StandardCharsets.UTF_8);
    client.header(STARTUP, 2 + 2 + name.length + 2 + value.length);
    client.out.writeShort(1);
    client.out.writeShort(name.length);
    client.out.write(name);
    client.out.writeShort(value.length);
    client.out.write(value);
    client.answer();
    return client;
  }

  /** Sends a statement and waits for its answer; an error answers with an IOException. */
  void query(String cql) throws IOException {
    byte[] text = cql.getBytes(StandardCharsets.UTF_8);
    header(QUERY, 4 + text.length + 2 + 1);
    out.writeInt(text.length);
    out.write(text);
    out.writeShort(CONSISTENCY_ONE);
    out.writeByte(0);
    answer();
  }

  private void header(int opcode, int length) throws IOException {
    out.writeByte(VERSION);
    out.writeByte(0);
    out.writeShort(0);
    out.writeByte(opcode);
    out.writeInt(length);
  }

  private void answer() throws IOException {
    out.flush();
    in.skipNBytes(4);
    int opcode = in.readUnsignedByte();
    int length = in.readInt();
    if (length < 0 || length > LARGEST_ANSWER) {
      throw new IOException("an answer of " + length + " bytes");
    }
    byte[] body = in.readNBytes(length);
    if (opcode == ERROR) {
      String message = new String(body, 6, Math.max(0, length - 6), StandardCharsets.UTF_8);
      throw new IOException("the node refused a training statement: " + message);
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
