package io.ilion.server.tls;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Date;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/** What TLS of the JDK needs of certificates and keys, made of files in PEM form. */
public final class PemKeys {
  private static final String SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
  private static final String CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";
  private static final String ANY_USAGE = "2.5.29.37.0";

  private PemKeys() {}

  /**
   * What shows our own certificate.
   *
   * @param certificate our own, and behind it those that lead to its authority
   * @param key the key of the first certificate
   */
  public static KeyManager[] keyManagers(PemFile certificate, PemFile key)
      throws PemException, GeneralSecurityException {
    List<X509Certificate> chain = certificate.certificates();
    PrivateKey own = key.privateKey();
    if (!belong(own, chain.get(0).getPublicKey())) {
      throw new PemException(
          key.name()
              + ": the key is not that of the first certificate in "
              + certificate.name()
              + ", which has to be one's own");
    }
    KeyStore store = empty();
    store.setKeyEntry("own", own, new char[0], chain.toArray(Certificate[]::new));
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, new char[0]);
    return factory.getKeyManagers();
  }

  /** What believes certificates that one of these authorities has signed. */
  public static TrustManager[] trustManagers(PemFile authorities)
      throws PemException, GeneralSecurityException {
    KeyStore store = empty();
    List<X509Certificate> certificates = authorities.certificates();
    for (int i = 0; i < certificates.size(); i++) {
      store.setCertificateEntry("ca" + i, certificates.get(i));
    }
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    return factory.getTrustManagers();
  }

  /**
   * Finds what others would refuse of our own certificate: it has to hold now, and be for a server.
   *
   * @param connects whether it has to be for who connects, too
   */
  public static void checkUsable(PemFile certificate, boolean connects, Date now)
      throws PemException {
    X509Certificate own = certificate.certificates().get(0);
    if (now.after(own.getNotAfter())) {
      throw new PemException(
          certificate.name() + ": the certificate expired at " + own.getNotAfter().toInstant());
    }
    if (now.before(own.getNotBefore())) {
      throw new PemException(
          certificate.name()
              + ": the certificate is valid from "
              + own.getNotBefore().toInstant()
              + " only");
    }
    List<String> usages;
    try {
      usages = own.getExtendedKeyUsage();
    } catch (CertificateParsingException e) {
      throw new PemException(certificate.name() + ": certificate 1 of it is damaged");
    }
    if (usages == null || usages.contains(ANY_USAGE)) {
      return;
    }
    if (connects && !usages.containsAll(List.of(SERVER_AUTH, CLIENT_AUTH))) {
      throw new PemException(
          certificate.name()
              + ": the certificate has to be for both sides of a connection (extendedKeyUsage ="
              + " serverAuth, clientAuth)");
    }
    if (!usages.contains(SERVER_AUTH)) {
      throw new PemException(
          certificate.name()
              + ": the certificate has to be for a server (extendedKeyUsage = serverAuth)");
    }
  }

  private static KeyStore empty() throws GeneralSecurityException {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    try {
      store.load(null, null);
    } catch (IOException e) {
      throw new IllegalStateException("nothing was read", e);
    }
    return store;
  }

  private static boolean belong(PrivateKey own, PublicKey shown) {
    byte[] probe = {1, 2, 3};
    try {
      Signature signature =
          Signature.getInstance(
              switch (own.getAlgorithm()) {
                case "RSA" -> "SHA256withRSA";
                case "EC" -> "SHA256withECDSA";
                default -> "EdDSA";
              });
      signature.initSign(own);
      signature.update(probe);
      byte[] signed = signature.sign();
      signature.initVerify(shown);
      signature.update(probe);
      return signature.verify(signed);
    } catch (GeneralSecurityException e) {
      // A key of another kind than the certificate's.
      return false;
    }
  }
}
