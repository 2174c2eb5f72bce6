package io.ilion.tools.bench.peer;

import io.ilion.tools.console.ToolException;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The jars of the published Cassandra: those of Maven Central, which Maven fetches once into a
 * cache and checks, or those of an unpacked distribution.
 */
final class CassandraJars {
  /** The release that is compared with. */
  static final String VERSION = "5.0.8";

  private static final String SHA_256 =
      "82a886c64c0e11d15a2aa2884a06aded43f27b80eaacbf99ae0c13aa41d96d9e";
  private static final String COPY =
      "org.apache.maven.plugins:maven-dependency-plugin:3.11.0:copy-dependencies";
  private static final long FETCH_MINUTES = 15;
  private static final String POM =
      """
      <project xmlns="http://maven.apache.org/POM/4.0.0">
        <modelVersion>4.0.0</modelVersion>
        <groupId>io.ilion.peer</groupId>
        <artifactId>cassandra</artifactId>
        <version>1</version>
        <packaging>pom</packaging>
        <dependencies>
          <dependency>
            <groupId>org.apache.cassandra</groupId>
            <artifactId>cassandra-all</artifactId>
            <version>%s</version>
          </dependency>
        </dependencies>
      </project>
      """;

  private final Path directory;
  private final Path agent;

  private CassandraJars(Path directory, Path agent) {
    this.directory = directory;
    this.agent = agent;
  }

  /** Where the jars are, all in one directory. */
  Path directory() {
    return directory;
  }

  /** The one among them that Cassandra measures its memory with, as an agent. */
  Path agent() {
    return agent;
  }

  /** Those of an unpacked distribution. */
  static CassandraJars ofDistribution(Path home) {
    Path lib = home.resolve("lib");
    if (find(lib, "apache-cassandra-*.jar") == null) {
      throw ToolException.wrongUse(home + ": this is no unpacked distribution of Cassandra")
          .hint("its directory has lib/apache-cassandra-5.x.jar");
    }
    return of(lib);
  }

  /**
   * Those of Maven Central.
   *
   * @param cache where they are kept
   * @param environment whose PATH has Maven
   */
  static CassandraJars ofMaven(Path cache, Map<String, String> environment)
      throws InterruptedException {
    Path lib = cache.resolve("cassandra-" + VERSION);
    try {
      if (!Files.isDirectory(lib)) {
        fetch(cache, lib, environment);
      }
      Path main = lib.resolve("cassandra-all-" + VERSION + ".jar");
      if (!Files.isRegularFile(main) || !digest(main).equals(SHA_256)) {
        throw ToolException.failed(main + " is not what was published")
            .hint("remove " + lib + ", so that it is fetched again");
      }
      return of(lib);
    } catch (IOException e) {
      throw ToolException.failed("Cassandra cannot be kept in " + cache + ": " + e.getMessage())
          .causedBy(e);
    }
  }

  private static CassandraJars of(Path lib) {
    Path agent = find(lib, "jamm-*.jar");
    if (agent == null) {
      throw ToolException.failed(lib + " has no jamm-*.jar, which Cassandra needs");
    }
    return new CassandraJars(lib.toAbsolutePath(), agent.toAbsolutePath());
  }

  private static Path find(Path directory, String glob) {
    if (!Files.isDirectory(directory)) {
      return null;
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, glob)) {
      var found = files.iterator();
      return found.hasNext() ? found.next() : null;
    } catch (IOException e) {
      throw ToolException.failed(directory + ": cannot be looked at").causedBy(e);
    }
  }

  /** Into a directory of another name first, so that what is there is whole. */
  private static void fetch(Path cache, Path lib, Map<String, String> environment)
      throws IOException, InterruptedException {
    Files.createDirectories(cache);
    Path work = Files.createTempDirectory(cache, "fetching");
    try {
      Path pom = work.resolve("pom.xml");
      Files.writeString(pom, POM.formatted(VERSION));
      Path log = work.resolve("log");
      Path jars = work.resolve("jars");
      // Maven refuses what does not match its checksum (-C).
      ProcessBuilder maven =
          new ProcessBuilder(
                  List.of(
                      maven(environment),
                      "-B",
                      "-C",
                      "-f",
                      pom.toString(),
                      COPY,
                      "-DincludeScope=runtime",
                      "-DoutputDirectory=" + jars))
              .redirectErrorStream(true)
              .redirectOutput(log.toFile());
      maven.environment().clear();
      maven.environment().putAll(environment);
      Process process = maven.start();
      if (!process.waitFor(FETCH_MINUTES, TimeUnit.MINUTES)) {
        process.destroyForcibly();
        throw unavailable("Maven did not end within %d minutes".formatted(FETCH_MINUTES));
      }
      if (process.exitValue() != 0) {
        throw unavailable(firstError(log));
      }
      Files.move(jars, lib, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      delete(work);
    }
  }

  private static String maven(Map<String, String> environment) {
    for (String place : environment.getOrDefault("PATH", "").split(File.pathSeparator)) {
      Path command = Path.of(place, "mvn");
      if (!place.isEmpty() && Files.isExecutable(command)) {
        return command.toString();
      }
    }
    throw unavailable("Maven is needed for that (its command 'mvn' is not on the PATH)");
  }

  private static ToolException unavailable(String reason) {
    return ToolException.failed("Cassandra %s cannot be fetched: %s".formatted(VERSION, reason))
        .hint("--cassandra-home takes an unpacked distribution instead");
  }

  private static String firstError(Path log) throws IOException {
    return Files.readAllLines(log, StandardCharsets.UTF_8).stream()
        .filter(line -> line.startsWith("[ERROR]"))
        .findFirst()
        .map(line -> line.substring("[ERROR]".length()).strip())
        .orElse("Maven failed");
  }

  private static String digest(Path file) throws IOException {
    try (InputStream in =
        new DigestInputStream(Files.newInputStream(file), MessageDigest.getInstance("SHA-256"))) {
      in.transferTo(OutputStream.nullOutputStream());
      return HexFormat.of().formatHex(((DigestInputStream) in).getMessageDigest().digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Deletes a directory with everything in it, as far as that can be. */
  static void delete(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    List<Path> all;
    try (Stream<Path> files = Files.walk(directory)) {
      all = files.toList().reversed();
    }
    for (Path file : all) {
      Files.deleteIfExists(file);
    }
  }
}
