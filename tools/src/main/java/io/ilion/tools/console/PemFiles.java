package io.ilion.tools.console;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/** Makes a TLS context of certificates and keys in PEM files, which is what operators have. */
final class PemFiles {
  private static final Pattern KEY =
      Pattern.compile("-----BEGIN ([A-Z ]*)PRIVATE KEY-----(.*?)-----END", Pattern.DOTALL);

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
    } catch (GeneralSecurityException | IOException e) {
      throw ToolException.failed("TLS cannot be set up: " + e.getMessage()).causedBy(e);
    }
  }

  private static TrustManager[] trust(Path authorities, boolean trustAll)
      throws GeneralSecurityException, IOException {
    if (trustAll) {
      return new TrustManager[] {new TrustAll()};
    }
    if (authorities == null) {
      return null;
    }
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    List<Certificate> certificates = certificates(authorities);
    for (int i = 0; i < certificates.size(); i++) {
      store.setCertificateEntry("ca" + i, certificates.get(i));
    }
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    return factory.getTrustManagers();
  }

  private static KeyManager[] keys(Path certificate, Path key)
      throws GeneralSecurityException, IOException {
    if (certificate == null) {
      return null;
    }
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    List<Certificate> chain = certificates(certificate);
    store.setKeyEntry(
        "own",
        privateKey(key == null ? certificate : key),
        new char[0],
        chain.toArray(Certificate[]::new));
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, new char[0]);
    return factory.getKeyManagers();
  }

  private static List<Certificate> certificates(Path file)
      throws GeneralSecurityException, IOException {
    // What stands between and before the certificates, such as a key, is not theirs to read.
    String text = read(file);
    Matcher matcher =
        Pattern.compile("-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", Pattern.DOTALL)
            .matcher(text);
    CertificateFactory factory = CertificateFactory.getInstance("X.509");
    List<Certificate> certificates = new ArrayList<>();
    while (matcher.find()) {
      byte[] bytes = matcher.group().getBytes(StandardCharsets.US_ASCII);
      certificates.add(factory.generateCertificate(new ByteArrayInputStream(bytes)));
    }
    if (certificates.isEmpty()) {
      throw ToolException.wrongUse(file + ": there is no certificate in PEM form");
    }
    return certificates;
  }

  private static PrivateKey privateKey(Path file) throws GeneralSecurityException, IOException {
    Matcher matcher = KEY.matcher(read(file));
    if (!matcher.find()) {
      throw ToolException.wrongUse(file + ": there is no private key in PEM form");
    }
    if (!matcher.group(1).isEmpty()) {
      throw ToolException.wrongUse(
              file + ": expected an unencrypted key in PKCS #8 form, not a " + matcher.group(1))
          .hint("convert it: openssl pkcs8 -topk8 -nocrypt -in " + file + " -out key.pem");
    }
    byte[] bytes = Base64.getMimeDecoder().decode(matcher.group(2));
    for (String algorithm : List.of("RSA", "EC", "EdDSA")) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(bytes));
      } catch (InvalidKeySpecException e) {
        // A key of another algorithm: the next one may know it.
        continue;
      }
    }
    throw ToolException.wrongUse(file + ": expected a key for RSA, EC or EdDSA");
  }

  private static String read(Path file) throws IOException {
    if (!Files.isReadable(file)) {
      throw ToolException.wrongUse(file + ": cannot be read");
    }
    return Files.readString(file, StandardCharsets.ISO_8859_1);
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
