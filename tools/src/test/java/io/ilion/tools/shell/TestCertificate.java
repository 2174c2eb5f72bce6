package io.ilion.tools.shell;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/**
 * A certificate for 127.0.0.1 that is signed by itself.
 *
 * @param context for a server that has it
 * @param pem the certificate alone, for whoever trusts it
 * @param own the certificate and its key
 */
public record TestCertificate(SSLContext context, Path pem, Path own) {
  private static final char[] PASSWORD = "secret".toCharArray();

  /** A new one, with its files in a directory. */
  public static TestCertificate make(Path directory)
      throws IOException, GeneralSecurityException, InterruptedException {
    Path file = Files.createTempDirectory(directory, "certificate").resolve("keys");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-keyalg",
                "EC",
                "-alias",
                "own",
                "-dname",
                "CN=node",
                "-ext",
                "san=ip:127.0.0.1",
                "-validity",
                "2",
                "-storetype",
                "PKCS12",
                "-storepass",
                new String(PASSWORD),
                "-keystore",
                file.toString())
            .redirectErrorStream(true)
            .start();
    String output = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(keytool.waitFor()).as(output).isZero();
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(file)) {
      store.load(in, PASSWORD);
    }
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(store, PASSWORD);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), null, null);
    Path pem = file.resolveSibling("certificate.pem");
    String certificate = pem("CERTIFICATE", store.getCertificate("own").getEncoded());
    Files.writeString(pem, certificate);
    Path own = file.resolveSibling("own.pem");
    String key = pem("PRIVATE KEY", store.getKey("own", PASSWORD).getEncoded());
    Files.writeString(own, certificate + key);
    return new TestCertificate(context, pem, own);
  }

  private static String pem(String what, byte[] bytes) {
    String body = Base64.getMimeEncoder().encodeToString(bytes);
    return "-----BEGIN " + what + "-----\n" + body + "\n-----END " + what + "-----\n";
  }
}
