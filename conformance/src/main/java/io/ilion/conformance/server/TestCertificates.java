package io.ilion.conformance.server;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * An authority, and certificates of it for a node on 127.0.0.1 and for a client, made by the JDK's
 * keytool.
 *
 * @param store all of it, as Java keeps keys; the entries are "ca", "node" and "client"
 * @param authority the authority's certificate in PEM form
 * @param node the node's certificate and its key, in PEM form
 * @param client the client's
 */
public record TestCertificates(Path store, Path authority, Path node, Path client) {
  /** Of the store and of each key in it. */
  public static final String PASSWORD = "secret";

  /** New ones, as files in this directory. */
  public static TestCertificates make(Path directory)
      throws IOException, GeneralSecurityException, InterruptedException {
    Path store = directory.resolve("store.p12");
    keytool(store, "-alias", "ca", "-dname", "CN=authority", "-ext", "bc:c");
    keytool(
        store,
        "-alias",
        "node",
        "-dname",
        "CN=node",
        "-signer",
        "ca",
        "-ext",
        "san=ip:127.0.0.1,dns:localhost");
    keytool(store, "-alias", "client", "-dname", "CN=client", "-signer", "ca");
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, PASSWORD.toCharArray());
    }
    String authority = pem("CERTIFICATE", keys.getCertificate("ca").getEncoded());
    return new TestCertificates(
        store,
        Files.writeString(directory.resolve("ca.pem"), authority),
        Files.writeString(directory.resolve("node.pem"), both(keys, "node")),
        Files.writeString(directory.resolve("client.pem"), both(keys, "client")));
  }

  /** The options with which a node talks TLS to clients that have such a certificate. */
  public List<String> serverOptions() {
    return List.of(
        "--client-encryption",
        "all",
        "--client-encryption-certificate",
        node.toString(),
        "--client-encryption-require-client-auth",
        "true",
        "--client-encryption-trusted-certificates",
        authority.toString());
  }

  private static String both(KeyStore keys, String name) throws GeneralSecurityException {
    byte[] key = keys.getKey(name, PASSWORD.toCharArray()).getEncoded();
    return pem("PRIVATE KEY", key) + pem("CERTIFICATE", keys.getCertificate(name).getEncoded());
  }

  private static String pem(String what, byte[] bytes) {
    String body = Base64.getMimeEncoder().encodeToString(bytes);
    return "-----BEGIN " + what + "-----\n" + body + "\n-----END " + what + "-----\n";
  }

  private static void keytool(Path store, String... options)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(List.of("-genkeypair", "-keyalg", "EC", "-validity", "2"));
    command.addAll(List.of("-storetype", "PKCS12", "-storepass", PASSWORD));
    command.addAll(List.of("-keystore", store.toString()));
    command.addAll(List.of(options));
    Process keytool = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (keytool.waitFor() != 0) {
      throw new IOException("keytool failed: " + output);
    }
  }
}
