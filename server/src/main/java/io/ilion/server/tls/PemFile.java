package io.ilion.server.tls;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A file in PEM form. It may have certificates and a key, in any order; what stands between them is
 * a comment.
 *
 * @param name how errors call it
 * @param text what it has
 */
public record PemFile(String name, String text) {
  private static final Pattern CERTIFICATE =
      Pattern.compile("-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", Pattern.DOTALL);
  private static final Pattern KEY =
      Pattern.compile("-----BEGIN ([A-Z ]*)PRIVATE KEY-----(.*?)-----END", Pattern.DOTALL);

  /** All certificates of the file, in their order; at least one. */
  public List<X509Certificate> certificates() throws PemException {
    Matcher matcher = CERTIFICATE.matcher(text);
    List<X509Certificate> certificates = new ArrayList<>();
    while (matcher.find()) {
      certificates.add(certificate(matcher.group(), certificates.size() + 1));
    }
    if (certificates.isEmpty()) {
      throw new PemException(name + ": there is no certificate in PEM form");
    }
    return certificates;
  }

  private X509Certificate certificate(String text, int number) throws PemException {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    try {
      return (X509Certificate)
          CertificateFactory.getInstance("X.509")
              .generateCertificate(new ByteArrayInputStream(bytes));
    } catch (CertificateException e) {
      throw new PemException(name + ": certificate " + number + " of it is damaged");
    }
  }

  /** The first key of the file. */
  public PrivateKey privateKey() throws PemException {
    Matcher matcher = KEY.matcher(text);
    if (!matcher.find()) {
      throw new PemException(name + ": there is no private key in PEM form");
    }
    if (!matcher.group(1).isEmpty()) {
      throw new PemException(
          name
              + ": expected an unencrypted key in PKCS #8 form (BEGIN PRIVATE KEY), not 'BEGIN "
              + matcher.group(1)
              + "PRIVATE KEY'",
          "convert it: openssl pkcs8 -topk8 -nocrypt -in " + name + " -out key.pem");
    }
    byte[] bytes;
    try {
      bytes = Base64.getMimeDecoder().decode(matcher.group(2));
    } catch (IllegalArgumentException e) {
      throw new PemException(name + ": the private key in it is damaged");
    }
    for (String algorithm : List.of("RSA", "EC", "EdDSA")) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(bytes));
      } catch (InvalidKeySpecException e) {
        // A key of another algorithm: the next one may know it.
        continue;
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException(e);
      }
    }
    throw new PemException(name + ": expected a key for RSA, EC or EdDSA");
  }
}
