package io.ilion.tools.bench.peer;

import io.ilion.tools.console.ToolException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Finds a JDK of a release that Cassandra runs on. */
final class JavaHomes {
  private static final String WANTED = "17";

  private final Map<String, String> environment;
  private final List<Path> parents;

  /** Those that this environment names, then those in the usual places. */
  JavaHomes(Map<String, String> environment) {
    this(
        environment,
        List.of(
            Path.of("/usr/lib/jvm"),
            Path.of("/usr/java"),
            Path.of("/opt/java"),
            Path.of(System.getProperty("user.home"), ".sdkman/candidates/java"),
            Path.of(System.getProperty("user.home"), ".jdks"),
            Path.of("/Library/Java/JavaVirtualMachines")));
  }

  JavaHomes(Map<String, String> environment, List<Path> parents) {
    this.environment = environment;
    this.parents = parents;
  }

  /**
   * The home of a JDK 17.
   *
   * @throws ToolException if there is none
   */
  Path find() {
    List<Path> candidates = new ArrayList<>();
    for (String variable : List.of("JAVA17_HOME", "JDK17_HOME", "JAVA_HOME")) {
      String home = environment.getOrDefault(variable, "");
      if (!home.isEmpty()) {
        candidates.add(Path.of(home));
      }
    }
    for (Path parent : parents) {
      if (Files.isDirectory(parent)) {
        try (DirectoryStream<Path> homes = Files.newDirectoryStream(parent)) {
          for (Path home : homes) {
            candidates.add(home);
            candidates.add(home.resolve("Contents/Home"));
          }
        } catch (IOException e) {
          throw ToolException.failed(parent + ": cannot be looked at").causedBy(e);
        }
      }
    }
    return candidates.stream()
        .filter(JavaHomes::isWanted)
        .findFirst()
        .orElseThrow(
            () ->
                ToolException.failed("Cassandra needs a JDK 17, and none was found")
                    .hint("JAVA17_HOME says where there is one"));
  }

  private static boolean isWanted(Path home) {
    if (!Files.isExecutable(home.resolve("bin/java"))) {
      return false;
    }
    try {
      return Files.readAllLines(home.resolve("release")).stream()
          .anyMatch(line -> line.startsWith("JAVA_VERSION=\"" + WANTED));
    } catch (IOException e) {
      return false;
    }
  }
}
