package io.ilion.bench.load.workload;

import io.ilion.bench.load.BenchException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The workloads that come along; they are YAML files like everybody's. */
public final class NamedWorkloads {
  private static final List<String> NAMES =
      List.of(
          "key-value",
          "ycsb-a",
          "ycsb-b",
          "ycsb-c",
          "ycsb-d",
          "ycsb-e",
          "ycsb-f",
          "time-series",
          "wide-rows",
          "counters",
          "conditional",
          "collections",
          "queue",
          "deletions");

  private NamedWorkloads() {}

  /** The names, in the order in which they are shown. */
  public static List<String> names() {
    return NAMES;
  }

  /** The text of one, to read or to begin an own one from. */
  public static String text(String name) {
    if (!NAMES.contains(name)) {
      throw new BenchException(
          "there is no workload '%s'; there are %s, and files that end in .yaml"
              .formatted(name, String.join(", ", NAMES)));
    }
    try (InputStream in = NamedWorkloads.class.getResourceAsStream(name + ".yaml")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The workload of a name, or of a file if it is a path or ends in {@code .yaml}.
   *
   * @param settings what parameters are to be instead of what it says
   */
  public static Workload find(String nameOrFile, Map<String, String> settings) {
    return WorkloadReader.read(nameOrFile, source(nameOrFile), settings);
  }

  /** The text of the workload of a name or a file. */
  public static String source(String nameOrFile) {
    boolean isFile = nameOrFile.endsWith(".yaml") || nameOrFile.indexOf('/') >= 0;
    return isFile ? file(nameOrFile) : text(nameOrFile);
  }

  private static String file(String name) {
    try {
      return Files.readString(Path.of(name));
    } catch (NoSuchFileException e) {
      throw new BenchException(name + ": there is no such file", e);
    } catch (IOException e) {
      throw new BenchException(name + ": cannot be read: " + e.getClass().getSimpleName(), e);
    }
  }
}
