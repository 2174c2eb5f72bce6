package io.ilion.server;

import io.ilion.server.config.Config;
import io.ilion.server.config.Settings;
import io.ilion.server.netty.PortListener;
import java.io.IOException;
import java.net.InetSocketAddress;

/** A running node. */
public final class Node implements AutoCloseable {
  private final PortListener listener;

  private Node(PortListener listener) {
    this.listener = listener;
  }

  /**
   * Starts a node; it serves when this returns.
   *
   * @throws IOException if it cannot serve with this configuration; the message says why
   */
  public static Node start(Config config) throws IOException {
    int port = config.get(Settings.NATIVE_TRANSPORT_PORT);
    return new Node(PortListener.open(config.get(Settings.ADDRESS), port));
  }

  /** Where it serves CQL, with the port that was chosen if the configured one is 0. */
  public InetSocketAddress nativeAddress() {
    return listener.address();
  }

  /** Stops serving, makes everything durable and returns. Idempotent. */
  @Override
  public void close() {
    listener.close();
  }
}
