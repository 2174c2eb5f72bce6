package io.ilion.conformance.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** A connection that sends whatever bytes it is given and reads frames of versions 3 and 4. */
final class Peer implements AutoCloseable {
  private static final int TIMEOUT_MILLIS = 20_000;

  private final Socket socket;
  private final DataInputStream in;

  private Peer(Socket socket) throws IOException {
    this.socket = socket;
    in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
  }

  /** An answer of the server. */
  record Answer(int opcode, byte[] body) {
    /** The code of an error, or -1 of another answer. */
    int errorCode() {
      return opcode == Frame.ERROR ? ByteBuffer.wrap(body).getInt() : -1;
    }

    @Override
    public String toString() {
      return "opcode " + opcode + ", error " + errorCode() + ": " + message();
    }

    /** The message of an error. */
    String message() {
      if (opcode != Frame.ERROR) {
        return "no error";
      }
      int length = ByteBuffer.wrap(body).getShort(4) & 0xffff;
      return new String(body, 6, length, StandardCharsets.UTF_8);
    }
  }

  /** Connects without a word. */
  static Peer open(InetSocketAddress server) throws IOException {
    Socket socket = new Socket();
    socket.connect(server, TIMEOUT_MILLIS);
    socket.setSoTimeout(TIMEOUT_MILLIS);
    socket.setTcpNoDelay(true);
    return new Peer(socket);
  }

  /** Connects and says STARTUP with these options. */
  static Peer ready(InetSocketAddress server, String... options) throws IOException {
    Peer peer = open(server);
    Answer answer = peer.ask(Frame.startup(options));
    if (answer == null || answer.opcode() != Frame.READY) {
      throw new IOException("STARTUP was answered by " + answer);
    }
    return peer;
  }

  /**
   * Sends a frame and demands an error, to the letter; then whether the connection goes on, or is
   * closed in order.
   */
  void demandError(byte[] frame, int code, String message, boolean goesOn) throws IOException {
    Answer answer = ask(frame);
    assertThat(answer).as("an answer: %s", message).isNotNull();
    assertThat(answer.opcode()).as("opcode of the answer: %s", message).isEqualTo(Frame.ERROR);
    assertThat(answer.message()).isEqualTo(message);
    assertThat(answer.errorCode()).as(message).isEqualTo(code);
    if (goesOn) {
      assertThat(ask(Frame.options()).opcode()).as(message).isEqualTo(Frame.SUPPORTED);
    } else {
      assertThat(read()).as("what comes after: %s", message).isNull();
    }
  }

  /** Sends a frame and demands that it is answered by this opcode. */
  void demand(byte[] frame, int opcode) throws IOException {
    Answer answer = ask(frame);
    assertThat(answer).as("an answer").isNotNull();
    assertThat(answer.opcode()).as("%s", answer).isEqualTo(opcode);
  }

  void send(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
  }

  /** The next answer, or null if the server has closed the connection. */
  Answer read() throws IOException {
    try {
      int version = in.readByte() & 0x7f;
      in.readByte();
      // The versions before 3 have a stream of one byte.
      in.skipNBytes(version < 3 ? 1 : 2);
      int opcode = in.readByte() & 0xff;
      byte[] body = new byte[in.readInt()];
      in.readFully(body);
      return new Answer(opcode, body);
    } catch (EOFException | SocketException e) {
      return null;
    }
  }

  /** Sends a frame and reads an answer, or null if the server closes instead. */
  Answer ask(byte[] frame) throws IOException {
    try {
      send(frame);
    } catch (SocketException e) {
      // The server may have closed while the frame was on its way; what it said can be read still.
      return read();
    }
    return read();
  }

  /**
   * Sends bytes, says that no more will come, and reads until the server closes too. Returns how
   * many frames came, as long as they were bare ones; negative if it does not close within the time
   * limit.
   */
  int sendAndCount(byte[] bytes) throws IOException {
    int count = 0;
    try {
      send(bytes);
      socket.shutdownOutput();
    } catch (SocketException e) {
      // The server has closed; what it said before can be read still.
    }
    try {
      while (true) {
        in.skipNBytes(Frame.HEADER_BYTES - Integer.BYTES);
        int length = in.readInt();
        if (length < 0) {
          // An accident of the bytes went over to segments.
          in.skipNBytes(Long.MAX_VALUE);
        }
        in.skipNBytes(length);
        count++;
      }
    } catch (EOFException | SocketException e) {
      return count;
    } catch (java.net.SocketTimeoutException e) {
      return -1;
    }
  }

  /** As above; false if it does not close. */
  boolean sendAndDrain(byte[] bytes) throws IOException {
    return sendAndCount(bytes) >= 0;
  }

  /** Sends bytes and returns all that comes until the server closes. */
  byte[] sendAndReadAll(byte[] bytes) throws IOException {
    send(bytes);
    return in.readAllBytes();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
