package io.ilion.server;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** Which Ilion this is, and which Cassandra it passes for. */
public final class Release {
  /** What drivers take the node for, to choose the right code. */
  public static final String CASSANDRA_VERSION = "5.0.8";

  /** The version of the language. */
  public static final String CQL_VERSION = "3.4.7";

  private static final String VERSION = read();

  private Release() {}

  /** Ilion's own version, which the build wrote. */
  public static String version() {
    return VERSION;
  }

  private static String read() {
    Properties properties = new Properties();
    try (InputStream in = Release.class.getResourceAsStream("version.properties")) {
      properties.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return properties.getProperty("version");
  }
}
