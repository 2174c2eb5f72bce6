package io.ilion.driver.internal;

import io.ilion.driver.metadata.Node;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.UUID;

/** A node with its connections. */
public final class ServerNode implements Node {
  private static final int SMOOTHING = 16;

  /** What the system tables say of a node. */
  record Info(
      UUID hostId,
      InetSocketAddress address,
      String datacenter,
      String rack,
      String releaseVersion,
      List<Long> tokens) {}

  private volatile Info info;
  private volatile NodePool pool;

  /** A moving average. Threads may overwrite each other's part in it: it is an estimate. */
  private volatile long latency;

  ServerNode(Info info) {
    this.info = info;
  }

  void update(Info newer) {
    info = newer;
  }

  void pool(NodePool opened) {
    pool = opened;
  }

  NodePool pool() {
    return pool;
  }

  /** A connection for a request, to the shard that has its token if it has one; or null. */
  public Connection pick(boolean hasToken, long token) {
    NodePool current = pool;
    return current == null ? null : current.pick(hasToken, token);
  }

  /** An answer took so long. */
  public void answered(long nanos) {
    long before = latency;
    latency = before == 0 ? nanos : before + (nanos - before) / SMOOTHING;
  }

  @Override
  public UUID hostId() {
    return info.hostId();
  }

  @Override
  public InetSocketAddress address() {
    return info.address();
  }

  @Override
  public String datacenter() {
    return info.datacenter();
  }

  @Override
  public String rack() {
    return info.rack();
  }

  @Override
  public String releaseVersion() {
    return info.releaseVersion();
  }

  @Override
  public List<Long> tokens() {
    return info.tokens();
  }

  @Override
  public boolean isUp() {
    NodePool current = pool;
    return current != null && current.isUp();
  }

  @Override
  public int connections() {
    NodePool current = pool;
    return current == null ? 0 : current.size();
  }

  @Override
  public int inFlight() {
    NodePool current = pool;
    return current == null ? 0 : current.load();
  }

  @Override
  public long latencyNanos() {
    return latency;
  }

  @Override
  public int shardCount() {
    NodePool current = pool;
    return current == null ? 1 : current.shardCount();
  }

  @Override
  public String toString() {
    return address().toString();
  }
}
