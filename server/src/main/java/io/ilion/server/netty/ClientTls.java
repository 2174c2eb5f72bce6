package io.ilion.server.netty;

import io.ilion.runtime.Clock;
import io.ilion.runtime.Files;
import io.ilion.server.config.Config;
import io.ilion.server.config.ConfigException;
import io.ilion.server.config.Encryption;
import io.ilion.server.config.Settings;
import io.ilion.server.tls.TlsFiles;
import java.util.concurrent.Executor;
import javax.net.ssl.SSLEngine;

/**
 * How connections of clients are encrypted: by TLS 1.3 or 1.2, in which the node shows a
 * certificate, and clients too if they have to. What takes long of a handshake is done beside the
 * lanes.
 */
public final class ClientTls {
  private static final String[] PROTOCOLS = {"TLSv1.3", "TLSv1.2"};

  private final TlsFiles files;
  private final String authorities;
  private final Encryption mode;
  private final boolean clientsShowCertificates;

  private ClientTls(TlsFiles files, Config config) {
    this.files = files;
    this.authorities = config.get(Settings.CLIENT_ENCRYPTION_TRUSTED_CERTIFICATES);
    this.mode = config.get(Settings.CLIENT_ENCRYPTION);
    this.clientsShowCertificates = config.get(Settings.CLIENT_ENCRYPTION_REQUIRE_CLIENT_AUTH);
  }

  /**
   * Reads certificates and key.
   *
   * @return null if this node does not talk TLS to clients
   * @throws ConfigException if a file is not what it should be; one line that names it and what
   *     would be right
   */
  public static ClientTls of(Config config, Files files, Clock clock) {
    if (config.get(Settings.CLIENT_ENCRYPTION) == Encryption.NONE) {
      return null;
    }
    boolean asks = config.get(Settings.CLIENT_ENCRYPTION_REQUIRE_CLIENT_AUTH);
    TlsFiles.Use use =
        new TlsFiles.Use(
            "of clients' connections",
            Settings.CLIENT_ENCRYPTION,
            Settings.CLIENT_ENCRYPTION_CERTIFICATE,
            Settings.CLIENT_ENCRYPTION_PRIVATE_KEY,
            asks ? Settings.CLIENT_ENCRYPTION_TRUSTED_CERTIFICATES : null,
            false);
    return new ClientTls(new TlsFiles(use, config, files, clock), config);
  }

  /** The certificate and the key, which can be read again. */
  public TlsFiles files() {
    return files;
  }

  /** Whether clients may do without, or none may. */
  Encryption mode() {
    return mode;
  }

  /**
   * Encrypts a connection that a client has made.
   *
   * @param tasks where what takes long is done
   */
  TlsHandler ofClient(Executor tasks) {
    SSLEngine engine = files.context().createSSLEngine();
    engine.setUseClientMode(false);
    engine.setEnabledProtocols(PROTOCOLS);
    engine.setNeedClientAuth(clientsShowCertificates);
    TlsHandler handler = new TlsHandler(engine, tasks);
    // The connection has a deadline for all that goes before STARTUP.
    handler.setHandshakeTimeoutMillis(0);
    return handler;
  }

  /** What is wrong with a certificate, the client's or the node's, or null. */
  String troubleWithCertificates(Throwable failure) {
    return TlsFailures.ofCertificates(failure, authorities);
  }
}
