package io.ilion.driver;

import java.net.InetSocketAddress;

/** Tells where a node that calls itself by one address can be reached from here. */
@FunctionalInterface
public interface AddressTranslator {
  /** The address to connect to, for the address that the system tables or an event name. */
  InetSocketAddress translate(InetSocketAddress announced);

  /** Nodes are reached by their own addresses. */
  static AddressTranslator none() {
    return announced -> announced;
  }
}
