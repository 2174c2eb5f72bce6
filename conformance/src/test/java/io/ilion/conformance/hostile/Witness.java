package io.ilion.conformance.hostile;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A well-behaved client that writes and reads all the while, on one connection, in a thread of its
 * own, and notes what goes wrong and how long an answer took at most.
 */
final class Witness implements AutoCloseable {
  private final Peer peer;
  private final Thread thread;
  private final AtomicReference<Throwable> failure = new AtomicReference<>();
  private volatile boolean stopping;
  private volatile long served;
  private volatile long slowestNanos;

  private Witness(InetSocketAddress server) throws IOException {
    peer = Peer.ready(server);
    expectResult(
        "CREATE KEYSPACE IF NOT EXISTS witness WITH replication ="
            + " {'class': 'SimpleStrategy', 'replication_factor': 1}");
    expectResult("CREATE TABLE IF NOT EXISTS witness.t (k int PRIMARY KEY, v int)");
    thread = Thread.ofPlatform().name("witness").start(this::run);
  }

  static Witness start(InetSocketAddress server) throws IOException {
    return new Witness(server);
  }

  /** How many requests it has been served. */
  long served() {
    return served;
  }

  /** The longest that an answer took. */
  long slowestMillis() {
    return slowestNanos / 1_000_000;
  }

  /** Ends it; throws what went wrong. */
  @Override
  public void close() throws IOException {
    stopping = true;
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    peer.close();
    if (failure.get() != null) {
      throw new AssertionError("the witness was not served", failure.get());
    }
  }

  private void run() {
    try {
      for (int i = 0; !stopping; i++) {
        long start = System.nanoTime();
        expectResult("INSERT INTO witness.t (k, v) VALUES (" + i % 100 + ", " + i + ")");
        Peer.Answer answer = expectResult("SELECT v FROM witness.t WHERE k = " + i % 100);
        ByteBuffer body = ByteBuffer.wrap(answer.body());
        if (body.getInt(body.limit() - 4) != i) {
          throw new AssertionError("another value than was written, at " + i);
        }
        slowestNanos = Math.max(slowestNanos, System.nanoTime() - start);
        served = i + 1L;
      }
    } catch (IOException | RuntimeException | AssertionError e) {
      failure.set(e);
    }
  }

  private Peer.Answer expectResult(String cql) throws IOException {
    Peer.Answer answer = peer.ask(Frame.query(cql));
    if (answer == null || answer.opcode() != Frame.RESULT) {
      throw new IOException(cql + ": " + (answer == null ? "connection closed" : answer.message()));
    }
    return answer;
  }
}
