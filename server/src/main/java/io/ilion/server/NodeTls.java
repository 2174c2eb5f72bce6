package io.ilion.server;

import io.ilion.runtime.Clock;
import io.ilion.runtime.Files;
import io.ilion.server.config.Config;
import io.ilion.server.config.ConfigException;
import io.ilion.server.netty.ClientTls;
import io.ilion.server.netty.InternodeTls;
import io.ilion.server.tls.TlsFiles;
import java.util.ArrayList;
import java.util.List;

/**
 * What of a node's connections is encrypted.
 *
 * @param internode those with other nodes, or null if they are not
 * @param clients those of clients, or null if they are not
 */
record NodeTls(InternodeTls internode, ClientTls clients) {

  /**
   * Reads the files that the settings name.
   *
   * @throws ConfigException if one is not what it should be
   */
  static NodeTls of(Config config, Files files, Clock clock) {
    return new NodeTls(
        NodeCluster.isConnected(config) ? InternodeTls.of(config, files, clock) : null,
        ClientTls.of(config, files, clock));
  }

  /** The files of all of it. */
  List<TlsFiles> files() {
    List<TlsFiles> files = new ArrayList<>();
    if (internode != null) {
      files.add(internode.files());
    }
    if (clients != null) {
      files.add(clients.files());
    }
    return files;
  }
}
