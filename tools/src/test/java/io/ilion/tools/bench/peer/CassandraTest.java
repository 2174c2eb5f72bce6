package io.ilion.tools.bench.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ilion.tools.console.ToolException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** What is said when something that Cassandra needs is not there; it does not run here. */
@Timeout(60)
class CassandraTest {
  @TempDir private Path directory;

  private Path script(String name, String text) throws IOException {
    Path file = directory.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, "#!/bin/sh\n" + text + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    return file;
  }

  private Path jdk(String name, String version) throws IOException {
    script(name + "/bin/java", "echo cannot do that; exit 3");
    Path home = directory.resolve(name);
    Files.writeString(home.resolve("release"), "JAVA_VERSION=\"" + version + "\"\n");
    return home;
  }

  @Test
  void aJdkThatCassandraRunsOnIsFound() throws IOException {
    jdk("jvm/jdk-25", "25.0.3");
    assertThatThrownBy(() -> new JavaHomes(Map.of(), List.of(directory.resolve("jvm"))).find())
        .isInstanceOf(ToolException.class)
        .hasMessage("Cassandra needs a JDK 17, and none was found");
    Path home = jdk("jvm/jdk-17", "17.0.15");
    assertThat(new JavaHomes(Map.of(), List.of(directory.resolve("jvm"))).find()).isEqualTo(home);
    Path named = jdk("other", "17.0.1");
    assertThat(
            new JavaHomes(
                    Map.of("JAVA17_HOME", named.toString()), List.of(directory.resolve("jvm")))
                .find())
        .isEqualTo(named);
  }

  @Test
  void whatCannotBeFetchedIsSaidInOneLine() throws Exception {
    assertThatThrownBy(
            () -> CassandraJars.ofMaven(directory.resolve("cache"), Map.of("PATH", "/nowhere")))
        .isInstanceOf(ToolException.class)
        .hasMessageStartingWith("Cassandra 5.0.8 cannot be fetched: ");
    script("path/mvn", "echo '[INFO] trying'; echo '[ERROR] Unknown host repo.maven'; exit 1");
    Map<String, String> offline = Map.of("PATH", directory.resolve("path") + ":/usr/bin:/bin");
    assertThatThrownBy(() -> CassandraJars.ofMaven(directory.resolve("cache"), offline))
        .hasMessage("Cassandra 5.0.8 cannot be fetched: Unknown host repo.maven");
    try (var left = Files.list(directory.resolve("cache"))) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void whatIsNotWhatWasPublishedIsRefused() throws IOException {
    Path lib = Files.createDirectories(directory.resolve("cache/cassandra-5.0.8"));
    Files.writeString(lib.resolve("cassandra-all-5.0.8.jar"), "something else");
    assertThatThrownBy(() -> CassandraJars.ofMaven(directory.resolve("cache"), Map.of()))
        .hasMessageContaining("is not what was published");
    assertThatThrownBy(() -> CassandraJars.ofDistribution(directory))
        .hasMessageContaining("no unpacked distribution");
    Files.createDirectories(directory.resolve("home/lib"));
    Files.writeString(directory.resolve("home/lib/apache-cassandra-5.0.8.jar"), "");
    Files.writeString(directory.resolve("home/lib/jamm-0.4.0.jar"), "");
    assertThat(CassandraJars.ofDistribution(directory.resolve("home")).agent())
        .hasFileName("jamm-0.4.0.jar");
  }

  @Test
  void aCassandraThatEndsSaysWhy() throws IOException {
    Cassandra.Installation broken =
        new Cassandra.Installation(
            jdk("jdk", "17.0.1"), directory, directory.resolve("jamm-0.4.0.jar"));
    assertThatThrownBy(() -> Cassandra.start(broken, "1G", null))
        .isInstanceOf(ToolException.class)
        .hasMessage("Cassandra ended with code 3: cannot do that");
  }

  @Test
  void itsConfigurationIsYaml() {
    Object settings =
        new Load(LoadSettings.builder().build())
            .loadFromString(Cassandra.configuration(directory, 19042, 17000));
    assertThat(settings)
        .asInstanceOf(InstanceOfAssertFactories.map(String.class, Object.class))
        .containsEntry("native_transport_port", 19042)
        .containsEntry("data_file_directories", List.of(directory + "/data"))
        .containsEntry("listen_address", "127.0.0.1");
  }
}
