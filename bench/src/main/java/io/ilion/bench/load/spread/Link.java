package io.ilion.bench.load.spread;

import io.ilion.bench.load.BenchException;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Messages over two streams: each is its length in 4 bytes and JSON. One thread reads; any may
 * write.
 */
public final class Link implements AutoCloseable {
  private static final int LONGEST_MESSAGE = 16 << 20;

  private final JsonMapper json =
      JsonMapper.builder().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();
  private final String peer;
  private final DataInputStream in;
  private final DataOutputStream out;
  private final Closeable connection;

  /**
   * A link.
   *
   * @param peer who is at the other end, for errors
   * @param connection closed with it
   */
  public Link(String peer, InputStream in, OutputStream out, Closeable connection) {
    this.peer = peer;
    this.in = new DataInputStream(new BufferedInputStream(in));
    this.out = new DataOutputStream(new BufferedOutputStream(out));
    this.connection = connection;
  }

  /** Who is at the other end. */
  public String peer() {
    return peer;
  }

  /**
   * Sends a message.
   *
   * @throws BenchException if nobody is there any more
   */
  public synchronized void send(Message message) {
    byte[] bytes = json.writerFor(Message.class).writeValueAsBytes(message);
    if (bytes.length > LONGEST_MESSAGE) {
      throw new BenchException(
          "a message of %d bytes for %s is too long".formatted(bytes.length, peer));
    }
    try {
      out.writeInt(bytes.length);
      out.write(bytes);
      out.flush();
    } catch (IOException e) {
      throw gone(e);
    }
  }

  /**
   * Waits for a message.
   *
   * @return null if the other end closed the link between two messages
   * @throws BenchException if it went away otherwise, or sent what is none
   */
  public Message receive() {
    try {
      int first = in.read();
      if (first < 0) {
        return null;
      }
      int length = first << 24 | in.readUnsignedByte() << 16 | in.readUnsignedShort();
      if (length <= 0 || length > LONGEST_MESSAGE) {
        throw new BenchException(peer + " speaks something else: it is no agent of 'ilion bench'");
      }
      byte[] bytes = in.readNBytes(length);
      if (bytes.length < length) {
        throw new EOFException("the connection ended");
      }
      return json.readValue(bytes, Message.class);
    } catch (JacksonException e) {
      throw new BenchException(peer + " sent a message that cannot be read", e);
    } catch (IOException e) {
      throw gone(e);
    }
  }

  private BenchException gone(IOException cause) {
    return new BenchException("%s has gone away: %s".formatted(peer, cause.getMessage()), cause);
  }

  @Override
  public void close() {
    try {
      connection.close();
    } catch (IOException e) {
      throw gone(e);
    }
  }
}
