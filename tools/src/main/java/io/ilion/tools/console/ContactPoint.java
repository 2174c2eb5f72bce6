package io.ilion.tools.console;

import java.net.InetSocketAddress;

/** A node as a person writes it: {@code HOST}, {@code HOST:PORT}, {@code [ADDRESS]:PORT}. */
final class ContactPoint {
  private ContactPoint() {}

  /**
   * Reads one; the name is not resolved.
   *
   * @throws ToolException if it is none
   */
  static InetSocketAddress parse(String name, int defaultPort) {
    int colon = name.lastIndexOf(':');
    if (name.startsWith("[")) {
      int end = name.indexOf(']');
      if (end < 0 || (end < name.length() - 1 && colon != end + 1)) {
        throw ToolException.wrongUse("--host " + name + ": expected [ADDRESS]:PORT");
      }
      int number = colon > end ? port(name.substring(colon + 1), name) : defaultPort;
      return InetSocketAddress.createUnresolved(name.substring(1, end), number);
    }
    boolean bare = colon < 0 || name.indexOf(':') != colon;
    return bare
        ? InetSocketAddress.createUnresolved(name, defaultPort)
        : InetSocketAddress.createUnresolved(
            name.substring(0, colon), port(name.substring(colon + 1), name));
  }

  /**
   * Reads a port.
   *
   * @param where it stands, for the message
   * @throws ToolException if it is none
   */
  static int port(String text, String where) {
    try {
      int number = Integer.parseInt(text);
      if (number > 0 && number < 1 << 16) {
        return number;
      }
    } catch (NumberFormatException e) {
      throw ToolException.wrongUse(where + ": the port is no number").causedBy(e);
    }
    throw ToolException.wrongUse(where + ": a port is a number from 1 to 65535");
  }
}
