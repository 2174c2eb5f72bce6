package io.ilion.server.tls;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Key;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** An authority that issues certificates, as files in PEM form. Made by the JDK's keytool. */
public final class TestAuthority {
  private static final String PASSWORD = "secret";

  private final Path directory;
  private final Path store;
  private final Path certificate;

  /** A new one, with its files in a new directory below this. */
  public TestAuthority(Path parent, String name) throws Exception {
    directory = Files.createTempDirectory(parent, name);
    store = directory.resolve("store");
    keytool("-alias", "ca", "-dname", "CN=" + name, "-ext", "bc:c");
    certificate = directory.resolve("ca.pem");
    Files.writeString(certificate, pem("CERTIFICATE", load().getCertificate("ca").getEncoded()));
  }

  /** Its own certificate, for who trusts it. */
  public Path certificate() {
    return certificate;
  }

  /**
   * A file with a key and a certificate for it.
   *
   * @param more further options of keytool, such as {@code -ext san=ip:127.0.0.1}
   */
  public Path issue(String name, String... more) throws Exception {
    List<String> options = new ArrayList<>(List.of("-alias", name, "-dname", "CN=" + name));
    options.addAll(List.of("-signer", "ca"));
    options.addAll(List.of(more));
    keytool(options.toArray(String[]::new));
    KeyStore loaded = load();
    Key key = loaded.getKey(name, PASSWORD.toCharArray());
    Certificate own = loaded.getCertificate(name);
    return Files.writeString(
        directory.resolve(name + ".pem"),
        pem("PRIVATE KEY", key.getEncoded()) + pem("CERTIFICATE", own.getEncoded()));
  }

  private KeyStore load() throws Exception {
    KeyStore loaded = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      loaded.load(in, PASSWORD.toCharArray());
    }
    return loaded;
  }

  private void keytool(String... options) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(List.of("-genkeypair", "-keyalg", "EC", "-storetype", "PKCS12"));
    command.addAll(List.of("-storepass", PASSWORD, "-keystore", store.toString()));
    if (!List.of(options).contains("-validity")) {
      command.addAll(List.of("-validity", "2"));
    }
    command.addAll(List.of(options));
    Process keytool = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(keytool.waitFor()).as(output).isZero();
  }

  /** The PEM form of some bytes. */
  public static String pem(String what, byte[] bytes) {
    return "-----BEGIN "
        + what
        + "-----\n"
        + Base64.getMimeEncoder().encodeToString(bytes)
        + "\n-----END "
        + what
        + "-----\n";
  }
}
