package io.ilion.tools.console;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A file such as cqlsh's {@code cqlshrc}: sections in brackets, {@code name = value} below them.
 */
public final class IniFile {
  /** A file without anything. */
  public static final IniFile EMPTY = new IniFile(Map.of());

  private final Map<String, Map<String, String>> sections;

  private IniFile(Map<String, Map<String, String>> sections) {
    this.sections = sections;
  }

  /**
   * Reads a file.
   *
   * @throws ToolException if it cannot be read, or a line is neither a section nor a setting
   */
  public static IniFile read(Path file) {
    try {
      return parse(file.toString(), Files.readAllLines(file));
    } catch (IOException e) {
      throw ToolException.failed(file + ": cannot be read").causedBy(e);
    }
  }

  static IniFile parse(String name, List<String> lines) {
    Map<String, Map<String, String>> sections = new HashMap<>();
    Map<String, String> section = null;
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).strip();
      if (line.isEmpty() || line.startsWith(";") || line.startsWith("#")) {
        continue;
      }
      if (line.startsWith("[") && line.endsWith("]")) {
        String title = line.substring(1, line.length() - 1).strip();
        section = sections.computeIfAbsent(title, key -> new HashMap<>());
        continue;
      }
      int split = separator(line);
      if (split < 0 || section == null) {
        throw ToolException.wrongUse(name + ":" + (i + 1) + ": expected [section] or name = value");
      }
      section.put(
          line.substring(0, split).strip().toLowerCase(Locale.ROOT),
          line.substring(split + 1).strip());
    }
    return new IniFile(sections);
  }

  private static int separator(String line) {
    int equals = line.indexOf('=');
    int colon = line.indexOf(':');
    return equals < 0 ? colon : colon < 0 ? equals : Math.min(equals, colon);
  }

  /** A value that is not empty. Names of settings have no case, those of sections do. */
  public Optional<String> get(String section, String name) {
    return Optional.ofNullable(sections.getOrDefault(section, Map.of()).get(name))
        .filter(value -> !value.isEmpty());
  }

  /** All settings of a section; empty if there is none. */
  public Map<String, String> section(String name) {
    return Map.copyOf(sections.getOrDefault(name, Map.of()));
  }
}
