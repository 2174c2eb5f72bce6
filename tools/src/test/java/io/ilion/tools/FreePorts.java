package io.ilion.tools;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Ports for nodes of a test, none of them one that connections are given for themselves: such a one
 * could be taken when a node begins again and wants it back.
 */
final class FreePorts {
  private static final int LEAST = 20_000;
  private static final int MOST = 30_000;

  private FreePorts() {}

  /** Some ports at which nobody listens at an address. */
  static int[] at(String address, int count) {
    int[] ports = new int[count];
    int port = ThreadLocalRandom.current().nextInt(LEAST, MOST);
    for (int i = 0; i < count; port++) {
      if (isFree(address, port)) {
        ports[i++] = port;
      }
    }
    return ports;
  }

  private static boolean isFree(String address, int port) {
    try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.ofLiteral(address))) {
      return socket.isBound();
    } catch (BindException e) {
      return false;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
