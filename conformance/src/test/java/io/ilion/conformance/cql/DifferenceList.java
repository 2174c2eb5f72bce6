package io.ilion.conformance.cql;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** The page that lists where Ilion means to answer otherwise than Apache Cassandra, and why. */
final class DifferenceList {
  static final Path FILE = Path.of("DIFFERENCES.md");

  private DifferenceList() {}

  /** The lines of the page, from the cases of all fixtures that give a reason. */
  static List<String> page() throws IOException {
    Map<String, List<String>> byReason = new TreeMap<>();
    for (Path file : FixtureFiles.list("")) {
      for (Fixture.Case one : FixtureFiles.read(file).cases()) {
        if (one.reason() != null) {
          StringBuilder text = new StringBuilder();
          one.directives().forEach(each -> text.append(each).append(' '));
          text.append(String.join(" ", one.statementLines()));
          String statement = text.toString().replaceAll("\\s+", " ");
          String shown = statement.length() > 90 ? statement.substring(0, 90) + "..." : statement;
          byReason
              .computeIfAbsent(one.reason(), reason -> new ArrayList<>())
              .add("- `" + FixtureFiles.name(file) + "`: `` " + shown + " ``");
        }
      }
    }
    List<String> lines = new ArrayList<>();
    lines.add("# Differences from Apache Cassandra 5.0.8");
    lines.add("");
    lines.add("Made from the fixtures, where each stands with both answers; a test keeps it true.");
    lines.add("");
    lines.add("Syntax errors have words of their own: of them code and position are compared.");
    byReason.forEach(
        (reason, statements) -> {
          lines.add("");
          String first = reason.substring(0, 1).toUpperCase(Locale.ROOT);
          lines.add("## " + first + reason.substring(1));
          lines.add("");
          lines.addAll(statements);
        });
    return lines;
  }
}
