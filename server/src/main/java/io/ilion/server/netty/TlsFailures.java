package io.ilion.server.netty;

import java.security.cert.CertPathBuilderException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;

/** Why TLS could not be agreed on, in words for operators. */
final class TlsFailures {
  private static final int DEEPEST_CAUSE = 10;

  private TlsFailures() {}

  /**
   * What is wrong with a certificate, as the end of a sentence about the other side; null if it is
   * something else.
   *
   * @param authorities the file of those that are trusted
   */
  static String ofCertificates(Throwable failure, String authorities) {
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
    return message.contains("fatal alert: ")
            && (message.contains("certificate") || message.contains("unknown_ca"))
        ? "it does not accept this node's certificate"
        : null;
  }

  static Throwable root(Throwable failure) {
    Throwable cause = failure;
    for (int depth = 0; cause.getCause() != null && depth < DEEPEST_CAUSE; depth++) {
      cause = cause.getCause();
    }
    return cause;
  }
}
