package io.ilion.conformance.realdata;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Debian's package index as this machine has it: what {@code apt-get update} has fetched, read
 * through apt, which knows its place and compression. {@code -Dilion.packages=FILE} reads a {@code
 * Packages} file instead, where there is no apt.
 */
final class PackageIndex {
  private PackageIndex() {}

  /** Every package of the index, each name and version once, in the order of the index. */
  static List<DebianPackage> read() throws IOException, InterruptedException {
    List<DebianPackage> packages = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    String file = System.getProperty("ilion.packages");
    if (file != null) {
      try (InputStream in = Files.newInputStream(Path.of(file))) {
        parse(in, packages, seen);
      }
      return packages;
    }
    for (String index : indexFiles()) {
      Process cat =
          new ProcessBuilder("/usr/lib/apt/apt-helper", "cat-file", index)
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      try (InputStream in = cat.getInputStream()) {
        parse(in, packages, seen);
      }
      if (cat.waitFor() != 0) {
        throw new IOException("apt-helper cannot read " + index);
      }
    }
    return packages;
  }

  private static List<String> indexFiles() throws IOException, InterruptedException {
    Process targets =
        new ProcessBuilder(
                "apt-get", "indextargets", "--format", "$(FILENAME)", "Created-By: Packages")
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    List<String> files;
    try (BufferedReader reader = targets.inputReader(StandardCharsets.UTF_8)) {
      files = reader.lines().filter(line -> !line.isBlank()).toList();
    }
    if (targets.waitFor() != 0) {
      throw new IOException("apt-get indextargets failed");
    }
    return files;
  }

  private static void parse(InputStream in, List<DebianPackage> packages, Set<String> seen)
      throws IOException {
    BufferedReader reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
    Map<String, String> fields = new HashMap<>();
    String field = null;
    for (String line = reader.readLine(); line != null; line = reader.readLine()) {
      if (line.isEmpty()) {
        add(fields, packages, seen);
        fields.clear();
        field = null;
      } else if (line.charAt(0) == ' ') {
        fields.merge(field, line, (before, more) -> before + "\n" + more.strip());
      } else {
        int colon = line.indexOf(':');
        field = line.substring(0, colon);
        fields.put(field, line.substring(colon + 1).strip());
      }
    }
    add(fields, packages, seen);
  }

  private static void add(
      Map<String, String> fields, List<DebianPackage> packages, Set<String> seen) {
    String name = fields.get("Package");
    if (name != null && seen.add(name + " " + fields.get("Version"))) {
      packages.add(DebianPackage.of(fields));
    }
  }
}
