package io.ilion.conformance.chaos;

import java.io.Closeable;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/**
 * The links between the nodes of a cluster: each node says that it is reached here, and what
 * arrives is passed on to it. Who connects says in its first message who it is, so each direction
 * of each pair of nodes can be cut or slow by itself (a connection between nodes carries messages
 * in one direction only).
 */
final class Links implements AutoCloseable {
  private static final int BUFFER_BYTES = 16 << 10;
  private static final int HELLO_FIXED_BYTES = 11;
  private static final int HELLO_MILLIS = 5_000;
  private static final int CONNECT_MILLIS = 3_000;

  /** What becomes of messages. */
  enum State {
    /** They are passed on. */
    OPEN,
    /** They are passed on late. */
    SLOW,
    /** They wait, and are passed on when the link is open again. */
    STALLED,
    /** Connections end, and none are made. */
    BROKEN
  }

  private final List<String> hosts;
  private final List<InetSocketAddress> targets;
  private final Link[][] links;
  private final List<ServerSocket> listeners = new ArrayList<>();
  private volatile boolean closed;

  /**
   * Begins to listen.
   *
   * @param hosts where the nodes say that they are
   * @param port the same for all
   * @param targets where they are
   */
  Links(List<String> hosts, int port, List<InetSocketAddress> targets) throws IOException {
    this.hosts = List.copyOf(hosts);
    this.targets = List.copyOf(targets);
    int count = hosts.size();
    links = new Link[count][count];
    for (int from = 0; from < count; from++) {
      for (int to = 0; to < count; to++) {
        links[from][to] = new Link();
      }
    }
    try {
      for (int to = 0; to < count; to++) {
        ServerSocket listener = new ServerSocket();
        listeners.add(listener);
        listener.setReuseAddress(true);
        listener.bind(new InetSocketAddress(hosts.get(to), port));
      }
    } catch (IOException e) {
      close();
      throw e;
    }
    for (int to = 0; to < count; to++) {
      int target = to;
      Thread.ofVirtual().name("link to " + to).start(() -> accept(target));
    }
  }

  /**
   * Changes one direction of a link.
   *
   * @param delayNanos by which what arrives at once is passed on later, if it is slow
   */
  void set(int from, int to, State state, long delayNanos) {
    links[from][to].set(state, delayNanos);
  }

  /** All links are open. */
  void heal() {
    for (Link[] row : links) {
      for (Link link : row) {
        link.set(State.OPEN, 0);
      }
    }
  }

  private void accept(int to) {
    while (!closed) {
      try {
        Socket socket = listeners.get(to).accept();
        Thread.ofVirtual().start(() -> serve(socket, to));
      } catch (IOException e) {
        if (!closed) {
          throw new IllegalStateException("the links of node " + to + " end", e);
        }
      }
    }
  }

  private void serve(Socket near, int to) {
    try (near;
        Socket far = new Socket()) {
      near.setTcpNoDelay(true);
      near.setSoTimeout(HELLO_MILLIS);
      byte[] hello = readHello(new DataInputStream(near.getInputStream()));
      near.setSoTimeout(0);
      int from = hosts.indexOf(sender(hello));
      if (from < 0) {
        throw new IOException("a hello of nobody");
      }
      Link link = links[from][to];
      if (!link.enter(near, far)) {
        return;
      }
      try {
        far.setTcpNoDelay(true);
        far.connect(targets.get(to), CONNECT_MILLIS);
        far.getOutputStream().write(hello);
        Thread back = Thread.ofVirtual().start(() -> pump(far, near, link));
        pump(near, far, link);
        back.join();
      } finally {
        link.leave(near, far);
      }
    } catch (IOException e) {
      // The node is away, or the other side is; both see their connection end.
      closeQuietly(near);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The first message, which {@code InternodeHandshake} describes. */
  private static byte[] readHello(DataInputStream in) throws IOException {
    byte[] fixed = new byte[HELLO_FIXED_BYTES];
    in.readFully(fixed);
    int length = ByteBuffer.wrap(fixed).getChar(HELLO_FIXED_BYTES - 2);
    byte[] hello = new byte[HELLO_FIXED_BYTES + length];
    System.arraycopy(fixed, 0, hello, 0, HELLO_FIXED_BYTES);
    in.readFully(hello, HELLO_FIXED_BYTES, length);
    return hello;
  }

  /** The host of the sender: behind the lane and the name of the cluster. */
  private static String sender(byte[] hello) {
    ByteBuffer in = ByteBuffer.wrap(hello).position(HELLO_FIXED_BYTES + 2);
    in.position(in.position() + 2 + in.getChar(in.position()));
    byte[] host = new byte[in.getChar()];
    in.get(host);
    return new String(host, StandardCharsets.UTF_8);
  }

  private static void pump(Socket from, Socket to, Link link) {
    byte[] buffer = new byte[BUFFER_BYTES];
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        link.pass();
        out.write(buffer, 0, read);
      }
    } catch (IOException e) {
      // One side has gone; so the other goes too.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    closeQuietly(from);
    closeQuietly(to);
  }

  private static void closeQuietly(Closeable socket) {
    try {
      socket.close();
    } catch (IOException e) {
      throw new IllegalStateException("a socket cannot be closed", e);
    }
  }

  @Override
  public void close() {
    closed = true;
    listeners.forEach(Links::closeQuietly);
    for (Link[] row : links) {
      for (Link link : row) {
        link.set(State.BROKEN, 0);
      }
    }
  }

  /** One direction between two nodes. */
  private static final class Link {
    private final Set<Socket> sockets = new HashSet<>();
    private State state = State.OPEN;
    private long delayNanos;

    synchronized void set(State newState, long newDelayNanos) {
      state = newState;
      delayNanos = newDelayNanos;
      if (newState == State.BROKEN) {
        sockets.forEach(Links::closeQuietly);
      }
      notifyAll();
    }

    /** A connection is made; false if none can be. */
    synchronized boolean enter(Socket near, Socket far) {
      if (state == State.BROKEN) {
        return false;
      }
      sockets.add(near);
      sockets.add(far);
      return true;
    }

    synchronized void leave(Socket near, Socket far) {
      sockets.remove(near);
      sockets.remove(far);
    }

    /** Waits until what has arrived may be passed on. */
    void pass() throws InterruptedException {
      long delay;
      synchronized (this) {
        while (state == State.STALLED) {
          wait();
        }
        delay = state == State.SLOW ? delayNanos : 0;
      }
      if (delay > 0) {
        LockSupport.parkNanos(delay);
      }
    }
  }
}
