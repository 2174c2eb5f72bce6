package io.ilion.server.netty;

import io.ilion.runtime.Clock;
import io.ilion.runtime.Files;
import io.ilion.runtime.NodeAddress;
import io.ilion.server.config.Config;
import io.ilion.server.config.ConfigException;
import io.ilion.server.config.Encryption;
import io.ilion.server.config.Settings;
import io.ilion.server.tls.CertificateNames;
import io.ilion.server.tls.TlsFiles;
import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.SslHandler;
import java.security.cert.X509Certificate;
import java.util.concurrent.Executor;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLPeerUnverifiedException;

/**
 * How connections between nodes are encrypted: by TLS 1.3, in which both sides show a certificate
 * unless who connects need not. What takes long of a handshake is done beside the lanes.
 */
public final class InternodeTls {
  private static final String PROTOCOL = "TLSv1.3";

  private final TlsFiles files;
  private final String authorities;
  private final boolean isOptional;
  private final boolean clientsShowCertificates;
  private final boolean namesAreVerified;

  private InternodeTls(TlsFiles files, Config config) {
    this.files = files;
    this.authorities = config.get(Settings.INTERNODE_TRUSTED_CERTIFICATES);
    this.isOptional = config.get(Settings.INTERNODE_ENCRYPTION) == Encryption.OPTIONAL;
    this.clientsShowCertificates = config.get(Settings.INTERNODE_REQUIRE_CLIENT_AUTH);
    this.namesAreVerified = config.get(Settings.INTERNODE_REQUIRE_ENDPOINT_VERIFICATION);
  }

  /**
   * Reads certificates and key.
   *
   * @return null if this node does not talk TLS to others
   * @throws ConfigException if a file is not what it should be; one line that names it and what
   *     would be right
   */
  public static InternodeTls of(Config config, Files files, Clock clock) {
    if (config.get(Settings.INTERNODE_ENCRYPTION) == Encryption.NONE) {
      return null;
    }
    TlsFiles.Use use =
        new TlsFiles.Use(
            "between nodes",
            Settings.INTERNODE_ENCRYPTION,
            Settings.INTERNODE_CERTIFICATE,
            Settings.INTERNODE_PRIVATE_KEY,
            Settings.INTERNODE_TRUSTED_CERTIFICATES,
            true);
    return new InternodeTls(new TlsFiles(use, config, files, clock), config);
  }

  /** The certificates and the key, which can be read again. */
  public TlsFiles files() {
    return files;
  }

  /** Whether nodes are talked to that do without. */
  boolean isOptional() {
    return isOptional;
  }

  /**
   * Encrypts a connection to a peer.
   *
   * @param tasks where what takes long is done
   */
  SslHandler toPeer(NodeAddress peer, Executor tasks) {
    SSLEngine engine = files.context().createSSLEngine(peer.host(), peer.port());
    engine.setUseClientMode(true);
    engine.setEnabledProtocols(new String[] {PROTOCOL});
    if (namesAreVerified) {
      SSLParameters parameters = engine.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      engine.setSSLParameters(parameters);
    }
    return new TlsHandler(engine, tasks);
  }

  /** Encrypts a connection that a peer has made. */
  SslHandler ofPeer(Executor tasks) {
    SSLEngine engine = files.context().createSSLEngine();
    engine.setUseClientMode(false);
    engine.setEnabledProtocols(new String[] {PROTOCOL});
    engine.setNeedClientAuth(clientsShowCertificates);
    return new TlsHandler(engine, tasks);
  }

  /**
   * Whether who made a connection may come as this node. It is held to the name that it gives, not
   * to where its connection comes from, which on a machine with several addresses may be any.
   */
  boolean mayComeAs(NodeAddress from, SslHandler connection) {
    if (!namesAreVerified || !clientsShowCertificates) {
      return true;
    }
    try {
      return connection.engine().getSession().getPeerCertificates()[0] instanceof X509Certificate c
          && CertificateNames.has(c, from.host());
    } catch (SSLPeerUnverifiedException e) {
      return false;
    }
  }

  /** Why there is no encrypted connection to a peer, for operators: the end of a sentence. */
  String reason(Throwable failure) {
    String trouble = troubleWithCertificates(failure);
    if (trouble != null) {
      return trouble;
    }
    // Its message has all that arrived.
    boolean isPlain = TlsFailures.root(failure) instanceof NotSslRecordException;
    return isPlain
        ? "it does not talk TLS"
        : String.valueOf(TlsFailures.root(failure).getMessage());
  }

  /** The same if it is for want of the right certificates, else null. */
  String troubleWithCertificates(Throwable failure) {
    return TlsFailures.ofCertificates(failure, authorities);
  }
}
