package io.ilion.server.tls;

import io.ilion.runtime.Clock;
import io.ilion.runtime.Files;
import io.ilion.runtime.ReadFile;
import io.ilion.server.config.Config;
import io.ilion.server.config.ConfigException;
import io.ilion.server.config.Setting;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Locale;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The certificate, the key and the authorities of one kind of connection, in files that can be read
 * again while the node runs: connections that begin later use what is new, those that are open stay
 * as they are. What cannot be used changes nothing. Safe to use from any thread; those that read
 * files block.
 */
public final class TlsFiles {
  private static final Logger LOGGER = LoggerFactory.getLogger(TlsFiles.class);
  private static final long LARGEST_FILE = 1 << 20;

  /**
   * So many sessions are kept for clients that come again and know no tickets, which need no room.
   */
  private static final int MOST_SESSIONS = 1024;

  private final Config config;
  private final Files files;
  private final Clock clock;
  private final Use use;
  private volatile Loaded inForce;

  /** What the last look at the files found. */
  private Found seen;

  /** What was last found and put in force, or refused. */
  private Found settled;

  /**
   * What the files are for.
   *
   * @param connections whose, as the log says it, such as "between nodes"
   * @param mode the setting that turns encryption on
   * @param trusted the setting of the authorities, or null if nobody is asked for a certificate
   * @param connects whether this side begins such connections, too
   */
  public record Use(
      String connections,
      Setting<?> mode,
      Setting<String> certificate,
      Setting<String> key,
      Setting<String> trusted,
      boolean connects) {}

  /** What a look at the files found. */
  private sealed interface Found {}

  /** What they hold. */
  private record Texts(List<PemFile> files) implements Found {}

  /** Why they cannot be read. */
  private record Wrong(String what) implements Found {}

  /** What is in force. */
  private record Loaded(SSLContext context, X509Certificate own) {}

  /**
   * Reads the files.
   *
   * @throws ConfigException if one is not what it should be; one line that names it and what would
   *     be right
   */
  public TlsFiles(Use use, Config config, Files files, Clock clock) {
    this.use = use;
    this.config = config;
    this.files = files;
    this.clock = clock;
    List<PemFile> texts = read();
    inForce = load(texts);
    seen = new Texts(texts);
    settled = seen;
    LOGGER.info(
        "encryption {} is '{}', with {}",
        use.connections(),
        config.get(use.mode()).toString().toLowerCase(Locale.ROOT),
        describe());
  }

  /** What connections that begin now are to use. */
  public SSLContext context() {
    return inForce.context();
  }

  /** The setting that turns this encryption on. */
  public String name() {
    return use.mode().name();
  }

  /** The file of the certificate. */
  public String certificateFile() {
    return config.get(use.certificate());
  }

  /** Whose certificate is in force. */
  public String subject() {
    return inForce.own().getSubjectX500Principal().toString();
  }

  /** Until when the certificate that is in force is valid. */
  public Instant validUntil() {
    return inForce.own().getNotAfter().toInstant();
  }

  private String describe() {
    return "the certificate of " + subject() + ", valid until " + validUntil();
  }

  /**
   * Reads the files again and puts them in force.
   *
   * @throws ConfigException if they cannot be used; what was in force stays so
   */
  public synchronized void reload() {
    seen = find();
    settle(seen);
  }

  /**
   * To be called from time to time: puts in force what was changed, once the files have been the
   * same twice, since who changes several does not change them at once. What cannot be used is said
   * once.
   */
  public synchronized void look() {
    Found found = find();
    boolean isSteady = found.equals(seen);
    seen = found;
    if (isSteady && !found.equals(settled)) {
      try {
        settle(found);
      } catch (ConfigException e) {
        LOGGER.debug("nobody asked for this", e);
      }
    }
  }

  private Found find() {
    try {
      return new Texts(read());
    } catch (ConfigException e) {
      return new Wrong(e.getMessage());
    }
  }

  private void settle(Found found) {
    settled = found;
    try {
      inForce =
          switch (found) {
            case Texts texts -> load(texts.files());
            case Wrong wrong -> throw new ConfigException(wrong.what());
          };
    } catch (ConfigException e) {
      LOGGER.warn(
          "{}; encryption {} goes on with {}", e.getMessage(), use.connections(), describe());
      throw e;
    }
    LOGGER.info("encryption {} is from now on with {}", use.connections(), describe());
  }

  private Loaded load(List<PemFile> texts) {
    PemFile certificate = texts.get(0);
    try {
      KeyManager[] own = PemKeys.keyManagers(certificate, texts.get(1));
      TrustManager[] others =
          use.trusted() == null ? new TrustManager[0] : PemKeys.trustManagers(texts.get(2));
      PemKeys.checkUsable(certificate, use.connects(), new Date(clock.wallMillis()));
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(own, others, null);
      context.getServerSessionContext().setSessionCacheSize(MOST_SESSIONS);
      return new Loaded(context, certificate.certificates().get(0));
    } catch (PemException e) {
      String advice = e.hint() == null ? "" : "; " + e.hint();
      throw new ConfigException(name() + ": " + e.getMessage() + advice);
    } catch (GeneralSecurityException e) {
      throw new ConfigException(name() + ": TLS cannot be set up: " + e.getMessage());
    }
  }

  private List<PemFile> read() {
    List<PemFile> texts = new ArrayList<>();
    texts.add(read(use.certificate()));
    texts.add(read(use.key()));
    if (use.trusted() != null) {
      texts.add(read(use.trusted()));
    }
    return texts;
  }

  private PemFile read(Setting<String> setting) {
    String path = config.get(setting);
    try (ReadFile file = files.open(path)) {
      if (file.size() > LARGEST_FILE) {
        throw wrong(setting, path, "expected a file in PEM form, not one of more than 1MiB");
      }
      ByteBuffer bytes = ByteBuffer.allocate((int) file.size());
      file.readAt(0, bytes);
      return new PemFile(path, new String(bytes.array(), StandardCharsets.ISO_8859_1));
    } catch (NoSuchFileException e) {
      throw wrong(setting, path, "there is no such file");
    } catch (IOException e) {
      throw wrong(setting, path, "it cannot be read, expected a file in PEM form");
    }
  }

  private static ConfigException wrong(Setting<?> setting, String path, String what) {
    return new ConfigException(setting + ": " + path + ": " + what);
  }
}
