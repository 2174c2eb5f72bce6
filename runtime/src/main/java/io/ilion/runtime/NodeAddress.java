package io.ilion.runtime;

/**
 * Where a node listens for other nodes.
 *
 * @param host a name or a literal address
 * @param port in {@code 0 .. 65535}
 */
public record NodeAddress(String host, int port) implements Comparable<NodeAddress> {
  /** Checks the bounds. */
  public NodeAddress {
    if (host.isEmpty() || port < 0 || port > 0xffff) {
      throw new IllegalArgumentException("no address: '" + host + "' port " + port);
    }
  }

  @Override
  public int compareTo(NodeAddress other) {
    int order = host.compareTo(other.host);
    return order != 0 ? order : Integer.compare(port, other.port);
  }

  @Override
  public String toString() {
    return host + ":" + port;
  }
}
