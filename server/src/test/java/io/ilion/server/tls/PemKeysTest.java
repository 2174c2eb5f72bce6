package io.ilion.server.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ilion.runtime.system.SystemClock;
import io.ilion.runtime.system.SystemFiles;
import io.ilion.server.config.Config;
import io.ilion.server.config.ConfigException;
import io.ilion.server.config.Encryption;
import io.ilion.server.config.Settings;
import io.ilion.server.netty.InternodeTls;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files of certificates and keys, as a node is given them. */
class PemKeysTest {
  @TempDir static Path folder;
  private static TestAuthority authority;
  private static Path member;
  private static Path other;

  @BeforeAll
  static void makeCertificates() throws Exception {
    authority = new TestAuthority(folder, "house");
    member = authority.issue("member", "-ext", "san=ip:127.0.4.1,ip:::1,dns:*.house,dns:Alone");
    other = authority.issue("other", "-keyalg", "RSA");
  }

  private static void open(Path certificate, Path key, Path trusted) {
    InternodeTls.of(
        Config.defaults(2)
            .with(Settings.INTERNODE_ENCRYPTION, Encryption.ALL)
            .with(Settings.INTERNODE_CERTIFICATE, certificate.toString())
            .with(Settings.INTERNODE_PRIVATE_KEY, key.toString())
            .with(Settings.INTERNODE_TRUSTED_CERTIFICATES, trusted.toString()),
        SystemFiles.ofWorkingDirectory(),
        new SystemClock());
  }

  private static void assertWrong(Path certificate, Path key, Path trusted, String message) {
    assertThatThrownBy(() -> open(certificate, key, trusted))
        .isInstanceOf(ConfigException.class)
        .hasMessage(message);
  }

  private static Path file(String name, String text) throws Exception {
    return Files.writeString(folder.resolve(name), text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"EC", "RSA", "Ed25519"})
  void keysOfTheUsualKindsAreTaken(String algorithm) throws Exception {
    Path file = authority.issue("kind" + algorithm, "-keyalg", algorithm);
    assertThatCode(() -> open(file, file, authority.certificate())).doesNotThrowAnyException();
  }

  @Test
  void whatIsWrongIsOneLineThatNamesTheFile() throws Exception {
    Path trusted = authority.certificate();
    Path missing = folder.resolve("missing.pem");
    assertWrong(
        missing, member, trusted, "internode_certificate: " + missing + ": there is no such file");
    assertWrong(
        member,
        folder,
        trusted,
        "internode_private_key: " + folder + ": it cannot be read, expected a file in PEM form");
    Path text = file("text.pem", "hello");
    assertWrong(
        member,
        member,
        text,
        "internode_encryption: " + text + ": there is no certificate in PEM form");
    assertWrong(
        member,
        trusted,
        trusted,
        "internode_encryption: " + trusted + ": there is no private key in PEM form");
    Path damaged =
        file(
            "damaged.pem",
            Files.readString(member) + TestAuthority.pem("CERTIFICATE", new byte[9]));
    assertWrong(
        damaged,
        member,
        trusted,
        "internode_encryption: " + damaged + ": certificate 2 of it is damaged");
    Path old = file("old.pem", TestAuthority.pem("RSA PRIVATE KEY", new byte[9]));
    assertWrong(
        member,
        old,
        trusted,
        "internode_encryption: "
            + old
            + ": expected an unencrypted key in PKCS #8 form (BEGIN PRIVATE KEY), not 'BEGIN RSA"
            + " PRIVATE KEY'; convert it: openssl pkcs8 -topk8 -nocrypt -in "
            + old
            + " -out key.pem");
    Path unknown = file("unknown.pem", TestAuthority.pem("PRIVATE KEY", new byte[9]));
    assertWrong(
        member,
        unknown,
        trusted,
        "internode_encryption: " + unknown + ": expected a key for RSA, EC or EdDSA");
    assertWrong(
        member,
        other,
        trusted,
        "internode_encryption: "
            + other
            + ": the key is not that of the first certificate in "
            + member
            + ", which has to be one's own");
    Path large = file("large.pem", "x".repeat((1 << 20) + 1));
    assertWrong(
        large,
        member,
        trusted,
        "internode_certificate: "
            + large
            + ": expected a file in PEM form, not one of more than 1MiB");
  }

  @Test
  void aCertificateThatOthersWouldRefuseIsRefusedAtTheStart() throws Exception {
    Path trusted = authority.certificate();
    Path expired = authority.issue("expired", "-startdate", "-9d", "-validity", "1");
    assertThatThrownBy(() -> open(expired, expired, trusted))
        .hasMessageStartingWith(
            "internode_encryption: " + expired + ": the certificate expired at 20");
    Path early = authority.issue("early", "-startdate", "+1d");
    assertThatThrownBy(() -> open(early, early, trusted))
        .hasMessageStartingWith(
            "internode_encryption: " + early + ": the certificate is valid from");
    Path oneSided = authority.issue("oneSided", "-ext", "eku=serverAuth");
    assertWrong(
        oneSided,
        oneSided,
        trusted,
        "internode_encryption: "
            + oneSided
            + ": the certificate has to be for both sides of a connection (extendedKeyUsage ="
            + " serverAuth, clientAuth)");
    Path both = authority.issue("both", "-ext", "eku=serverAuth,clientAuth");
    assertThatCode(() -> open(both, both, trusted)).doesNotThrowAnyException();
  }

  @Test
  void aCertificateBearsNamesAndAddresses() throws Exception {
    X509Certificate certificate =
        new PemFile("member", Files.readString(member)).certificates().get(0);
    for (String host : new String[] {"127.0.4.1", "::1", "0:0:0:0:0:0:0:1", "a.house", "alone"}) {
      assertThat(CertificateNames.has(certificate, host)).as(host).isTrue();
    }
    for (String host :
        new String[] {"127.0.4.2", "::2", "house", "a.b.house", ".house", "member"}) {
      assertThat(CertificateNames.has(certificate, host)).as(host).isFalse();
    }
    X509Certificate bare = new PemFile("o", Files.readString(other)).certificates().get(0);
    assertThat(CertificateNames.has(bare, "other")).isFalse();
  }
}
