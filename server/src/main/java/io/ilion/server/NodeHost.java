package io.ilion.server;

import io.ilion.protocol.Event;
import io.ilion.server.metrics.Pool;
import io.ilion.server.tls.TlsFiles;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Properties;

/** What a {@link NodeCore} asks of the process around it, beside the seams of its runtime. */
public interface NodeHost {

  /** The index of the lane that the caller runs on, or -1; asked for each request. */
  int currentLane();

  /** Where clients reach the node. */
  InetSocketAddress nativeAddress();

  /** Tells an event to every client that has registered for it. Any thread may call this. */
  void publish(Event event);

  /** Lets no client in any more, and ends the connections: the node has left its cluster. */
  default void stopServing() {}

  /**
   * Lets clients in again, or ends their connections and lets none in until it is called again. May
   * block for a moment.
   *
   * @throws java.io.IOException if the port cannot be taken again
   * @throws IllegalStateException if the node has stopped serving for good
   */
  default void setServing(boolean isServing) throws IOException {
    throw new IllegalStateException("nothing is served here");
  }

  /** The files of certificates and keys that are in force. */
  default List<TlsFiles> encryptions() {
    return List.of();
  }

  /** The connections that are open now. */
  List<ClientState> clients();

  /** The threads as they are now. */
  List<Pool> pools();

  /** The properties of the virtual machine. */
  Properties properties();
}
