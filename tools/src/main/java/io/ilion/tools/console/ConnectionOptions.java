package io.ilion.tools.console;

import io.ilion.driver.Authenticator;
import io.ilion.driver.DriverException;
import io.ilion.driver.Session;
import io.ilion.driver.SessionBuilder;
import io.ilion.driver.Settings;
import io.ilion.driver.TlsOptions;
import io.ilion.driver.policy.DatacenterPolicy;
import io.ilion.model.Consistency;
import io.ilion.protocol.Compression;
import io.ilion.protocol.ProtocolVersion;
import java.io.Console;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import picocli.CommandLine.Option;

/**
 * The options of every command that connects to a cluster, as a picocli mixin, and the session that
 * they ask for. What a flag does not say is taken from the environment (as for cqlsh: {@code
 * CQLSH_HOST}, {@code CQLSH_PORT}, {@code SSL_CERTFILE}, and {@code CQL_USERNAME}, {@code
 * CQL_PASSWORD}), then from {@code ~/.cassandra/cqlshrc} and {@code ~/.cassandra/credentials}.
 *
 * <pre>{@code
 * @Mixin private ConnectionOptions connection = new ConnectionOptions();
 * ...
 * try (Session session = connection.connect(builder -> builder.connectionsPerNode(2))) {
 * }</pre>
 */
public final class ConnectionOptions {
  private static final int DEFAULT_PORT = 9042;
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
  private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(10);

  /** Given without a value, the password is asked for. */
  private static final String ASK = "\0";

  private final UserEnvironment environment;

  @Option(
      names = "--host",
      split = ",",
      paramLabel = "HOST[:PORT]",
      description = "nodes to ask for the others (default: 127.0.0.1)")
  private List<String> hosts;

  @Option(
      names = "--port",
      paramLabel = "PORT",
      description = "where CQL is served (default: 9042)")
  private Integer port;

  @Option(
      names = {"-u", "--username"},
      paramLabel = "USER",
      description = "who you are; otherwise CQL_USERNAME, then the credentials file")
  private String user;

  @Option(
      names = {"-p", "--password"},
      arity = "0..1",
      fallbackValue = ASK,
      paramLabel = "PASSWORD",
      description = {
        "the password; asked for when no value is given.",
        "Others can see it here: better CQL_PASSWORD or the credentials file"
      })
  private String password;

  @Option(
      names = "--credentials",
      paramLabel = "FILE",
      description =
          "a file with username and password below [PlainTextAuthProvider]"
              + " (default: ~/.cassandra/credentials)")
  private Path credentials;

  @Option(
      names = "--cqlshrc",
      paramLabel = "FILE",
      description = "settings in cqlsh's form (default: ~/.cassandra/cqlshrc)")
  private Path cqlshrc;

  @Option(
      names = {"-k", "--keyspace"},
      paramLabel = "KEYSPACE",
      description = "the keyspace of names without one")
  private String keyspace;

  @Option(
      names = {"--ssl", "--tls"},
      description = "encrypt the connections")
  private boolean tls;

  @Option(
      names = "--tls-ca",
      paramLabel = "FILE",
      description = "who is trusted, in PEM form (default: SSL_CERTFILE, then those of the JDK)")
  private Path tlsAuthorities;

  @Option(
      names = "--tls-cert",
      paramLabel = "FILE",
      description = "our certificate in PEM form, if the cluster asks for one")
  private Path tlsCertificate;

  @Option(names = "--tls-key", paramLabel = "FILE", description = "its key in PEM form (PKCS #8)")
  private Path tlsKey;

  @Option(
      names = "--tls-any-name",
      description = "do not compare the server's name with its certificate")
  private boolean tlsAnyName;

  @Option(names = "--tls-insecure", description = "trust every server: only to try things out")
  private boolean tlsInsecure;

  @Option(
      names = {"--dc", "--local-dc"},
      paramLabel = "DC",
      description = "the data centre to prefer (default: that of the first node)")
  private String datacenter;

  @Option(
      names = {"--consistency", "--cl", "--consistency-level"},
      paramLabel = "LEVEL",
      description = "how many replicas have to answer")
  private String consistency;

  @Option(
      names = {"--serial-consistency", "--serial-consistency-level"},
      paramLabel = "LEVEL",
      description = "SERIAL or LOCAL_SERIAL")
  private String serialConsistency;

  @Option(
      names = "--connect-timeout",
      paramLabel = "TIME",
      description = "such as 5, 5s or 500ms (default: 5s)")
  private String connectTimeout;

  @Option(
      names = "--request-timeout",
      paramLabel = "TIME",
      description = "how long an answer may take (default: 10s)")
  private String requestTimeout;

  @Option(names = "--compression", paramLabel = "none|lz4", description = "of what is sent")
  private String compression;

  @Option(
      names = "--protocol-version",
      paramLabel = "3|4|5",
      description = "of the native protocol (default: the newest that both speak)")
  private Integer protocolVersion;

  private IniFile configuration;

  /** Options that read the environment of the process. */
  public ConnectionOptions() {
    this(System.getenv());
  }

  /** Options that read this environment. */
  public ConnectionOptions(Map<String, String> environment) {
    this.environment = new UserEnvironment(environment);
  }

  // ---- what was said

  /** Names a node as an argument, for commands whose arguments are cqlsh's; null says nothing. */
  public void node(String host, Integer nodePort) {
    hosts = host == null ? hosts : List.of(host);
    port = nodePort == null ? port : nodePort;
  }

  /** Connects as somebody else from now on; running what it returns takes that back. */
  public Runnable login(String name, String secret) {
    String userBefore = user;
    String passwordBefore = password;
    user = name;
    password = secret;
    return () -> {
      user = userBefore;
      password = passwordBefore;
    };
  }

  /** The nodes to ask, with their names not resolved; at least one. */
  public List<InetSocketAddress> contactPoints() {
    List<String> names = hosts;
    if (names == null) {
      String named =
          environment
              .variable("CQLSH_HOST")
              .or(() -> configuration().get("connection", "hostname"))
              .orElse("");
      names = List.of(named.isEmpty() ? "127.0.0.1" : named);
    }
    int defaultPort = defaultPort();
    List<InetSocketAddress> points = new ArrayList<>();
    for (String name : names) {
      points.add(ContactPoint.parse(name.strip(), defaultPort));
    }
    return points;
  }

  private int defaultPort() {
    if (port != null) {
      return port;
    }
    Optional<String> said =
        environment.variable("CQLSH_PORT").or(() -> configuration().get("connection", "port"));
    return said.map(text -> ContactPoint.port(text, text)).orElse(DEFAULT_PORT);
  }

  /** The keyspace of names without one, as it was given, or null. */
  public String keyspace() {
    return keyspace != null
        ? keyspace
        : configuration().get("authentication", "keyspace").orElse(null);
  }

  /** The consistency that was asked for, or null. */
  public Consistency consistency() {
    return consistency(consistency, "--consistency");
  }

  /** The serial consistency that was asked for, or null. */
  public Consistency serialConsistency() {
    Consistency level = consistency(serialConsistency, "--serial-consistency");
    if (level != null && !level.isSerial()) {
      throw ToolException.wrongUse("--serial-consistency is SERIAL or LOCAL_SERIAL");
    }
    return level;
  }

  private static Consistency consistency(String name, String flag) {
    if (name == null) {
      return null;
    }
    try {
      return Consistency.valueOf(name.toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw ToolException.wrongUse(flag + " " + name + ": there is no such consistency level")
          .hint("one of " + List.of(Consistency.values()))
          .causedBy(e);
    }
  }

  /** How long an answer may take; zero for ever. */
  public Duration requestTimeout() {
    return duration(requestTimeout, "--request-timeout", "request_timeout", REQUEST_TIMEOUT);
  }

  /** How long opening a connection may take. */
  public Duration connectTimeout() {
    return duration(connectTimeout, "--connect-timeout", "timeout", CONNECT_TIMEOUT);
  }

  private Duration duration(String text, String flag, String setting, Duration otherwise) {
    String said = text != null ? text : configuration().get("connection", setting).orElse(null);
    return said == null ? otherwise : Durations.parse(said, flag);
  }

  /** The settings of cqlshrc; empty if there is no such file. */
  public IniFile configuration() {
    if (configuration == null) {
      configuration = environment.file(cqlshrc, "cqlshrc");
    }
    return configuration;
  }

  // ---- who connects

  /** Who connects, or null when nobody was named: then the server is not told. */
  public String user() {
    return user != null
        ? user
        : environment.variable("CQL_USERNAME").or(() -> credential("username")).orElse(null);
  }

  private Authenticator authenticator() {
    String name = user();
    if (name == null) {
      if (password != null) {
        throw ToolException.wrongUse("a password needs a user").hint("add -u USER");
      }
      return null;
    }
    return Authenticator.plain(name, password(name));
  }

  private String password(String name) {
    if (password != null && !password.equals(ASK)) {
      return password;
    }
    Optional<String> known =
        password != null
            ? Optional.empty()
            : environment.variable("CQL_PASSWORD").or(() -> credential("password"));
    return known.orElseGet(() -> ask(name));
  }

  /** Reads a password from the terminal without showing it. */
  public static String ask(String name) {
    Console console = System.console();
    char[] typed = console == null ? null : console.readPassword("Password for %s: ", name);
    if (typed == null) {
      throw ToolException.wrongUse("there is no terminal to ask for the password of " + name)
          .hint("set CQL_PASSWORD, or write it into ~/.cassandra/credentials");
    }
    return new String(typed);
  }

  private Optional<String> credential(String name) {
    return environment.credential(credentials, configuration(), name);
  }

  // ---- the session

  /**
   * A builder that has been told all of this.
   *
   * @throws ToolException if an option is wrong
   */
  public SessionBuilder builder() {
    SessionBuilder builder = Session.builder();
    contactPoints().forEach(builder::contactPoint);
    Settings defaults = Settings.NONE.timeout(requestTimeout());
    if (consistency() != null) {
      defaults = defaults.consistency(consistency());
    }
    if (serialConsistency() != null) {
      defaults = defaults.serialConsistency(serialConsistency());
    }
    builder.defaults(defaults).connectTimeout(connectTimeout()).authenticator(authenticator());
    if (datacenter != null) {
      builder.loadBalancing(DatacenterPolicy.standard().preferring(datacenter));
    }
    if (keyspace() != null) {
      builder.keyspace(keyspace());
    }
    builder.tls(tlsOptions());
    if (compression != null) {
      builder.compression(
          switch (compression.toLowerCase(Locale.ROOT)) {
            case "lz4" -> Compression.LZ4;
            case "none" -> Compression.NONE;
            default -> throw ToolException.wrongUse("--compression is none or lz4");
          });
    }
    String version =
        protocolVersion != null
            ? protocolVersion.toString()
            : configuration().get("protocol", "version").orElse(null);
    if (version != null) {
      if (!version.matches("[345]")) {
        throw ToolException.wrongUse("--protocol-version is 3, 4 or 5");
      }
      builder.protocolVersion(ProtocolVersion.of(Integer.parseInt(version)));
    }
    return builder;
  }

  private TlsOptions tlsOptions() {
    IniFile file = configuration();
    boolean wanted =
        tls
            || tlsAuthorities != null
            || tlsCertificate != null
            || tlsInsecure
            || file.get("connection", "ssl").map(ConnectionOptions::isTrue).orElse(false);
    if (!wanted) {
      return null;
    }
    String host = contactPoints().getFirst().getHostString();
    Path authorities =
        tlsAuthorities != null || environment.variable("SSL_CERTFILE").isPresent()
            ? path(tlsAuthorities, "SSL_CERTFILE", "certfile")
            : file.get("certfiles", host)
                .map(environment::path)
                .orElseGet(() -> path(null, "SSL_CERTFILE", "certfile"));
    boolean trustAll =
        tlsInsecure
            || !isTrue(
                environment
                    .variable("SSL_VALIDATE")
                    .or(() -> file.get("ssl", "validate"))
                    .orElse("true"));
    TlsOptions options =
        TlsOptions.of(
            PemFiles.context(
                authorities,
                path(tlsCertificate, "SSL_USERCERT", "usercert"),
                path(tlsKey, "SSL_USERKEY", "userkey"),
                trustAll));
    return tlsAnyName || trustAll ? options.withoutHostnameVerification() : options;
  }

  private Path path(Path flag, String variable, String name) {
    return flag != null
        ? flag
        : environment
            .variable(variable)
            .or(() -> configuration().get("ssl", name))
            .map(environment::path)
            .orElse(null);
  }

  private static boolean isTrue(String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "true", "yes", "on", "1" -> true;
      default -> false;
    };
  }

  /** Connects; see {@link #connect(UnaryOperator)}. */
  public Session connect() {
    return connect(builder -> builder);
  }

  /**
   * Connects with a builder that the command has said its own to.
   *
   * @throws ToolException if that fails, with a hint what to do
   */
  public Session connect(UnaryOperator<SessionBuilder> settings) {
    SessionBuilder builder = settings.apply(builder());
    try {
      return builder.connect();
    } catch (DriverException e) {
      throw ConnectionErrors.explain(contactPoints(), e);
    }
  }
}
