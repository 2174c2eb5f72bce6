package io.ilion.conformance.cql;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The fixture files in the source tree, each with the keyspace that belongs to it. */
final class FixtureFiles {
  private static final Path ROOT = Path.of("src", "test", "resources", "cql");

  private FixtureFiles() {}

  /** The files whose path begins with {@code prefix} ('select/', 'types/numbers'), in order. */
  static List<Path> list(String prefix) throws IOException {
    try (Stream<Path> files = Files.walk(ROOT)) {
      return files
          .filter(file -> file.toString().endsWith(".cql"))
          .filter(file -> name(file).startsWith(prefix))
          .sorted()
          .toList();
    }
  }

  /** The path below the root, with slashes. */
  static String name(Path file) {
    return ROOT.relativize(file).toString().replace('\\', '/');
  }

  /** The keyspace of a file: {@code select/order_by.cql} has {@code select_order_by}. */
  static String keyspace(Path file) {
    return name(file).replace(".cql", "").replaceAll("[^a-z0-9]", "_");
  }

  static Fixture read(Path file) throws IOException {
    return Fixture.parse(Files.readAllLines(file));
  }

  static void write(Path file, Fixture fixture) throws IOException {
    Files.write(file, fixture.format());
  }
}
