package io.ilion.server.tls;

import io.netty.util.NetUtil;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;

/** The names and addresses that a certificate bears (its subjectAltName). */
public final class CertificateNames {
  private static final int DNS_NAME = 2;
  private static final int IP_ADDRESS = 7;

  private CertificateNames() {}

  /**
   * Whether a certificate bears the name or literal address of a host. {@code *.example} stands for
   * one more part of a name; an address is never matched by a name.
   */
  public static boolean has(X509Certificate certificate, String host) {
    Collection<List<?>> names;
    try {
      names = certificate.getSubjectAlternativeNames();
    } catch (CertificateParsingException e) {
      return false;
    }
    if (names == null) {
      return false;
    }
    byte[] address = NetUtil.createByteArrayFromIpAddressString(host);
    for (List<?> name : names) {
      int kind = (Integer) name.get(0);
      if (address == null
          ? kind == DNS_NAME && isNamed((String) name.get(1), host)
          : kind == IP_ADDRESS
              && Arrays.equals(
                  address, NetUtil.createByteArrayFromIpAddressString((String) name.get(1)))) {
        return true;
      }
    }
    return false;
  }

  private static boolean isNamed(String name, String host) {
    int dot = host.indexOf('.');
    return name.equalsIgnoreCase(host)
        || name.startsWith("*.")
            && dot > 0
            && name.substring(1).equalsIgnoreCase(host.substring(dot));
  }
}
