package io.ilion.tools.console;

import io.ilion.server.tls.PemException;
import io.ilion.server.tls.PemFile;
import io.ilion.server.tls.PemKeys;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/** Makes a TLS context of certificates and keys in PEM files, which is what operators have. */
final class PemFiles {
  private PemFiles() {}

  /**
   * A context.
   *
   * @param authorities who is trusted, or null for those of the JDK
   * @param certificate our own with its chain, or null
   * @param key its key, unencrypted PKCS #8; null when it stands in the certificate's file
   * @param trustAll believes every server: only for trying things out
   */
  static SSLContext context(Path authorities, Path certificate, Path key, boolean trustAll) {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys(certificate, key), trust(authorities, trustAll), null);
      return context;
    } catch (PemException e) {
      throw ToolException.wrongUse(e.getMessage()).hint(e.hint());
    } catch (GeneralSecurityException | IOException e) {
      throw ToolException.failed("TLS cannot be set up: " + e.getMessage()).causedBy(e);
    }
  }

  private static TrustManager[] trust(Path authorities, boolean trustAll)
      throws PemException, GeneralSecurityException, IOException {
    if (trustAll) {
      return new TrustManager[] {new TrustAll()};
    }
    return authorities == null ? null : PemKeys.trustManagers(read(authorities));
  }

  private static KeyManager[] keys(Path certificate, Path key)
      throws PemException, GeneralSecurityException, IOException {
    return certificate == null
        ? null
        : PemKeys.keyManagers(read(certificate), read(key == null ? certificate : key));
  }

  private static PemFile read(Path file) throws IOException {
    if (!Files.isReadable(file)) {
      throw ToolException.wrongUse(file + ": cannot be read");
    }
    return new PemFile(file.toString(), Files.readString(file, StandardCharsets.ISO_8859_1));
  }

  private static final class TrustAll extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkClientTrusted(
        X509Certificate[] chain, String type, javax.net.ssl.SSLEngine engine) {}

    @Override
    public void checkServerTrusted(
        X509Certificate[] chain, String type, javax.net.ssl.SSLEngine engine) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, java.net.Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, java.net.Socket socket) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
