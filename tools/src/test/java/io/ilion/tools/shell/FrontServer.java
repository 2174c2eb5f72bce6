package io.ilion.tools.shell;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ServerSocketFactory;

/**
 * Stands before a node as a server that speaks version 4 and asks for a password: what a client
 * says once it has given that goes to the node, except for statements with the text {@link #HELD},
 * which are never answered.
 */
final class FrontServer implements AutoCloseable {
  /** In a statement: it is not answered. */
  static final String HELD = "'held'";

  private static final byte REQUEST = 4;
  private static final byte RESPONSE = (byte) 0x84;
  private static final byte ERROR = 0x00;
  private static final byte STARTUP = 0x01;
  private static final byte AUTHENTICATE = 0x03;
  private static final byte OPTIONS = 0x05;
  private static final byte SUPPORTED = 0x06;
  private static final byte QUERY = 0x07;
  private static final byte AUTH_RESPONSE = 0x0F;
  private static final byte AUTH_SUCCESS = 0x10;
  private static final int PROTOCOL_ERROR = 0x000A;
  private static final int BAD_CREDENTIALS = 0x0100;

  private final InetSocketAddress node;
  private final Map<String, String> passwords;
  private final ServerSocket listener;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();

  /** Header and body of an envelope. */
  private record Envelope(byte version, byte flags, short stream, byte opcode, byte[] body) {
    Envelope answer(byte opcode, byte[] body) {
      return new Envelope(RESPONSE, (byte) 0, stream, opcode, body);
    }
  }

  /**
   * A server on a free port of 127.0.0.1.
   *
   * @param passwords of users by their names
   */
  FrontServer(InetSocketAddress node, Map<String, String> passwords, ServerSocketFactory listeners)
      throws IOException {
    this.node = node;
    this.passwords = passwords;
    this.listener = listeners.createServerSocket(0, 50, InetAddress.ofLiteral("127.0.0.1"));
    Thread.ofVirtual().start(this::accept);
  }

  int port() {
    return listener.getLocalPort();
  }

  private void accept() {
    try {
      while (true) {
        Socket client = listener.accept();
        Thread.ofVirtual().start(() -> serve(client));
      }
    } catch (IOException e) {
      // It was closed.
      return;
    }
  }

  private void serve(Socket client) {
    sockets.add(client);
    try (client;
        Socket server = new Socket(node.getAddress(), node.getPort())) {
      sockets.add(server);
      DataInputStream fromClient = new DataInputStream(client.getInputStream());
      DataOutputStream toClient = new DataOutputStream(client.getOutputStream());
      DataInputStream fromServer = new DataInputStream(server.getInputStream());
      DataOutputStream toServer = new DataOutputStream(server.getOutputStream());
      if (!authenticate(fromClient, toClient, fromServer, toServer)) {
        return;
      }
      Thread.ofVirtual()
          .start(
              () -> {
                try {
                  fromServer.transferTo(toClient);
                  client.close();
                } catch (IOException e) {
                  // One of both has gone: so does the other.
                  return;
                }
              });
      while (true) {
        Envelope request = read(fromClient);
        boolean isHeld =
            request.opcode() == QUERY
                && new String(request.body(), StandardCharsets.ISO_8859_1).contains(HELD);
        if (!isHeld) {
          write(toServer, request);
        }
      }
    } catch (IOException e) {
      // The client has gone, or does not trust us.
      return;
    }
  }

  private boolean authenticate(
      DataInputStream fromClient,
      DataOutputStream toClient,
      DataInputStream fromServer,
      DataOutputStream toServer)
      throws IOException {
    while (true) {
      Envelope request = read(fromClient);
      if (request.version() != REQUEST) {
        String message =
            "Invalid or unsupported protocol version ("
                + request.version()
                + "); supported versions are (3/v3, 4/v4)";
        write(toClient, request.answer(ERROR, error(PROTOCOL_ERROR, message)));
        return false;
      }
      switch (request.opcode()) {
        case STARTUP -> {
          // The node asks nobody: what it says to that is for us.
          write(toServer, request);
          read(fromServer);
          write(
              toClient,
              request.answer(
                  AUTHENTICATE, text("org.apache.cassandra.auth.PasswordAuthenticator")));
        }
        case AUTH_RESPONSE -> {
          String[] said =
              new String(request.body(), 4, request.body().length - 4, StandardCharsets.UTF_8)
                  .split("\0", -1);
          if (!said[2].equals(passwords.get(said[1]))) {
            String message = "Provided username " + said[1] + " and/or password are incorrect";
            write(toClient, request.answer(ERROR, error(BAD_CREDENTIALS, message)));
            return false;
          }
          write(toClient, request.answer(AUTH_SUCCESS, new byte[] {-1, -1, -1, -1}));
          return true;
        }
        // The node's own options name a port of lanes, by which a client would pass us by.
        case OPTIONS -> write(toClient, request.answer(SUPPORTED, new byte[2]));
        default -> throw new IOException("unexpected before a password: " + request.opcode());
      }
    }
  }

  private static byte[] text(String value) {
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(2 + bytes.length).putShort((short) bytes.length).put(bytes).array();
  }

  private static byte[] error(int code, String message) {
    byte[] text = text(message);
    return ByteBuffer.allocate(4 + text.length).putInt(code).put(text).array();
  }

  private static Envelope read(DataInputStream in) throws IOException {
    byte version = in.readByte();
    byte flags = in.readByte();
    short stream = in.readShort();
    byte opcode = in.readByte();
    byte[] body = in.readNBytes(in.readInt());
    return new Envelope(version, flags, stream, opcode, body);
  }

  private static void write(DataOutputStream out, Envelope envelope) throws IOException {
    out.write(
        ByteBuffer.allocate(9 + envelope.body().length)
            .put(envelope.version())
            .put(envelope.flags())
            .putShort(envelope.stream())
            .put(envelope.opcode())
            .putInt(envelope.body().length)
            .put(envelope.body())
            .array());
    out.flush();
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (Socket socket : sockets) {
      socket.close();
    }
  }
}
