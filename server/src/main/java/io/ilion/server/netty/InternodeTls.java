package io.ilion.server.netty;

import io.ilion.runtime.Clock;
import io.ilion.runtime.Files;
import io.ilion.runtime.NodeAddress;
import io.ilion.runtime.ReadFile;
import io.ilion.server.config.Config;
import io.ilion.server.config.ConfigException;
import io.ilion.server.config.InternodeEncryption;
import io.ilion.server.config.Setting;
import io.ilion.server.config.Settings;
import io.ilion.server.tls.CertificateNames;
import io.ilion.server.tls.PemException;
import io.ilion.server.tls.PemFile;
import io.ilion.server.tls.PemKeys;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.SslHandler;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.security.GeneralSecurityException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.X509Certificate;
import java.util.Date;
import java.util.Locale;
import java.util.concurrent.Executor;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.TrustManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How connections between nodes are encrypted: by TLS 1.3, in which both sides show a certificate
 * unless who connects need not. The files are read once. What takes long of a handshake is done
 * beside the lanes.
 */
public final class InternodeTls {
  private static final Logger LOGGER = LoggerFactory.getLogger(InternodeTls.class);
  private static final String PROTOCOL = "TLSv1.3";
  private static final long LARGEST_FILE = 1 << 20;
  private static final int DEEPEST_CAUSE = 10;

  private final SSLContext context;
  private final String authorities;
  private final boolean isOptional;
  private final boolean clientsShowCertificates;
  private final boolean namesAreVerified;

  private InternodeTls(SSLContext context, Config config) {
    this.context = context;
    this.authorities = config.get(Settings.INTERNODE_TRUSTED_CERTIFICATES);
    this.isOptional = config.get(Settings.INTERNODE_ENCRYPTION) == InternodeEncryption.OPTIONAL;
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
    InternodeEncryption mode = config.get(Settings.INTERNODE_ENCRYPTION);
    if (mode == InternodeEncryption.NONE) {
      return null;
    }
    PemFile certificate = read(config, Settings.INTERNODE_CERTIFICATE, files);
    PemFile key = read(config, Settings.INTERNODE_PRIVATE_KEY, files);
    PemFile trusted = read(config, Settings.INTERNODE_TRUSTED_CERTIFICATES, files);
    try {
      KeyManager[] own = PemKeys.keyManagers(certificate, key);
      TrustManager[] others = PemKeys.trustManagers(trusted);
      PemKeys.checkForBothSides(certificate, new Date(clock.wallMillis()));
      SSLContext context = SSLContext.getInstance(PROTOCOL);
      context.init(own, others, null);
      X509Certificate shown = certificate.certificates().get(0);
      LOGGER.info(
          "encryption between nodes is '{}', with the certificate of {}, valid until {}",
          mode.name().toLowerCase(Locale.ROOT),
          shown.getSubjectX500Principal(),
          shown.getNotAfter().toInstant());
      return new InternodeTls(context, config);
    } catch (PemException e) {
      String advice = e.hint() == null ? "" : "; " + e.hint();
      throw new ConfigException("internode_encryption: " + e.getMessage() + advice);
    } catch (GeneralSecurityException e) {
      throw new ConfigException("internode_encryption: TLS cannot be set up: " + e.getMessage());
    }
  }

  private static PemFile read(Config config, Setting<String> setting, Files files) {
    String path = config.get(setting);
    try (ReadFile file = files.open(path)) {
      if (file.size() > LARGEST_FILE) {
        throw wrong(setting, path, "expected a file in PEM form, not one of more than 1MiB");
      }
      ByteBuffer bytes = ByteBuffer.allocate((int) file.size());
      file.readAt(0, bytes);
      return new PemFile(path, new String(bytes.array(), StandardCharsets.ISO_8859_1));
    } catch (NoSuchFileException e) {
      throw wrong(setting, path, "there is no such file");
    } catch (IOException e) {
      throw wrong(setting, path, "it cannot be read, expected a file in PEM form");
    }
  }

  private static ConfigException wrong(Setting<?> setting, String path, String what) {
    return new ConfigException(setting + ": " + path + ": " + what);
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
    SSLEngine engine = context.createSSLEngine(peer.host(), peer.port());
    engine.setUseClientMode(true);
    engine.setEnabledProtocols(new String[] {PROTOCOL});
    if (namesAreVerified) {
      SSLParameters parameters = engine.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      engine.setSSLParameters(parameters);
    }
    return new Encryption(engine, tasks);
  }

  /** Encrypts a connection that a peer has made. */
  SslHandler ofPeer(Executor tasks) {
    SSLEngine engine = context.createSSLEngine();
    engine.setUseClientMode(false);
    engine.setEnabledProtocols(new String[] {PROTOCOL});
    engine.setNeedClientAuth(clientsShowCertificates);
    return new Encryption(engine, tasks);
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
    boolean isPlain = root(failure) instanceof NotSslRecordException;
    return isPlain ? "it does not talk TLS" : String.valueOf(root(failure).getMessage());
  }

  /** The same if it is for want of the right certificates, else null. */
  String troubleWithCertificates(Throwable failure) {
    Throwable root = root(failure);
    String message = String.valueOf(root.getMessage());
    if (root instanceof CertPathBuilderException) {
      return "its certificate is of no authority that is in " + authorities;
    }
    if (root instanceof CertificateExpiredException) {
      return "its certificate has expired";
    }
    if (root instanceof CertificateException) {
      return "its certificate is refused: " + message;
    }
    if (message.contains("Empty client certificate chain")) {
      // Nobody shows one that is of none of the authorities that it is asked for.
      return "it shows no certificate of an authority that is in " + authorities;
    }
    return message.contains("fatal alert: ") && message.contains("certificate")
        ? "it does not accept this node's certificate"
        : null;
  }

  private static Throwable root(Throwable failure) {
    Throwable cause = failure;
    for (int depth = 0; cause.getCause() != null && depth < DEEPEST_CAUSE; depth++) {
      cause = cause.getCause();
    }
    return cause;
  }

  /** A handshake that fails when its connection is over already is nobody's trouble. */
  private static final class Encryption extends SslHandler {
    Encryption(SSLEngine engine, Executor tasks) {
      super(engine, tasks);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) throws Exception {
      if (ctx.isRemoved()) {
        LOGGER.debug("TLS failed on a connection that had ended", cause);
      } else {
        super.exceptionCaught(ctx, cause);
      }
    }
  }
}
