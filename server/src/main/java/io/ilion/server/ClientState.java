package io.ilion.server;

import io.ilion.protocol.Compression;
import io.ilion.protocol.ProtocolVersion;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What a node knows of one client connection. The connection's lane writes it; any thread may read.
 */
public final class ClientState {
  private final long id;
  private final InetSocketAddress remoteAddress;
  private final int lane;
  private final AtomicLong requests = new AtomicLong();
  private volatile Startup startup = new Startup(ProtocolVersion.V5, Compression.NONE, Map.of());
  private volatile boolean ready;
  private volatile Encrypted encrypted;
  private volatile String keyspace;
  private final AtomicBoolean warnedOfUse = new AtomicBoolean();

  /**
   * What the client asked for when it opened the connection.
   *
   * @param options all options of STARTUP, their names in upper case
   */
  public record Startup(
      ProtocolVersion version, Compression compression, Map<String, String> options) {}

  /**
   * How a connection is encrypted.
   *
   * @param protocol such as TLSv1.3
   * @param cipherSuite its name in the registry of TLS
   */
  public record Encrypted(String protocol, String cipherSuite) {}

  /**
   * Creates the state of a new connection.
   *
   * @param id unique in this node for as long as it runs
   * @param lane the index of the lane that owns the connection
   */
  public ClientState(long id, InetSocketAddress remoteAddress, int lane) {
    this.id = id;
    this.remoteAddress = remoteAddress;
    this.lane = lane;
  }

  /** The number of the connection, unique in this node for as long as it runs. */
  public long id() {
    return id;
  }

  /** Where the client is. */
  public InetSocketAddress remoteAddress() {
    return remoteAddress;
  }

  /** The index of the lane that owns the connection. */
  public int lane() {
    return lane;
  }

  /** What the client asked for; meaningful once {@link #isReady}. */
  public Startup startup() {
    return startup;
  }

  /** Notes that the connection is open for requests. */
  public void opened(Startup startup) {
    this.startup = startup;
    this.ready = true;
  }

  /** Whether the connection is open for requests. */
  public boolean isReady() {
    return ready;
  }

  /** How the connection is encrypted, or null if it is not. */
  public Encrypted encrypted() {
    return encrypted;
  }

  /** Notes how the connection is encrypted. */
  public void encrypt(Encrypted how) {
    this.encrypted = how;
  }

  /** The keyspace that USE chose, or null. */
  public String keyspace() {
    return keyspace;
  }

  /** Remembers the keyspace that USE chose. */
  public void useKeyspace(String keyspace) {
    this.keyspace = keyspace;
  }

  /** Whether to warn of USE with prepared statements: true once. */
  public boolean warnOfUse() {
    return !warnedOfUse.getAndSet(true);
  }

  /** The name of the user; everybody is this one while there are no roles. */
  public String user() {
    return "anonymous";
  }

  /** How many requests have arrived. */
  public long requestCount() {
    return requests.get();
  }

  /** Counts requests that arrived. */
  public void countRequests(int more) {
    requests.lazySet(requests.get() + more);
  }
}
