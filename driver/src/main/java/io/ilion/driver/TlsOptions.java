package io.ilion.driver;

import java.util.List;
import javax.net.ssl.SSLContext;

/**
 * How connections are encrypted.
 *
 * @param context who is trusted, and the certificate of our own if there is one
 * @param verifyHostname whether the server's certificate must bear the name or address that it was
 *     reached by
 * @param protocols such as TLSv1.3; empty for the defaults of the context
 * @param cipherSuites which may be used; empty for the defaults of the context
 */
public record TlsOptions(
    SSLContext context, boolean verifyHostname, List<String> protocols, List<String> cipherSuites) {

  /** The context's defaults, with the check of the name. */
  public static TlsOptions of(SSLContext context) {
    return new TlsOptions(context, true, List.of(), List.of());
  }

  /** Any name will do, as where certificates are issued for a whole cluster. */
  public TlsOptions withoutHostnameVerification() {
    return new TlsOptions(context, false, protocols, cipherSuites);
  }
}
