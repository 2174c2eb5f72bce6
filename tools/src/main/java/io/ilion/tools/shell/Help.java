package io.ilion.tools.shell;

import io.ilion.tools.console.Style.Tone;
import io.ilion.tools.console.ToolException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * HELP: what there is, and for each statement and command what it does, with examples. The texts
 * stand in {@code help.txt}: below {@code == NAME, OTHER NAME} the lines of a topic.
 */
final class Help {
  private static final String FILE = "help.txt";
  private static final String HEAD = "== ";

  private Help() {}

  static void show(List<String> words, Output output) {
    List<String> shown = new ArrayList<>();
    lines(words).forEach(line -> shown.add(coloured(output, line)));
    if (words.isEmpty()) {
      shown.forEach(output::result);
      output.flush();
    } else {
      output.text(shown.iterator());
    }
  }

  /**
   * What is said of a topic, or of all that begin so; without words what there is.
   *
   * @throws ToolException if there is no such topic
   */
  static List<String> lines(List<String> words) {
    Map<String, List<String>> topics = topics();
    if (words.isEmpty()) {
      return topics.get("HELP");
    }
    // cqlsh names its topics as in HELP CREATE_TABLE.
    String wanted = String.join(" ", words).toUpperCase(Locale.ROOT).replace('_', ' ');
    List<String> lines = topics.get(wanted);
    if (lines == null) {
      Set<List<String>> found = new LinkedHashSet<>();
      for (Map.Entry<String, List<String>> topic : topics.entrySet()) {
        if (topic.getKey().startsWith(wanted) || wanted.startsWith(topic.getKey() + " ")) {
          found.add(topic.getValue());
        }
      }
      lines = found.stream().flatMap(List::stream).toList();
    }
    if (lines.isEmpty()) {
      throw ToolException.wrongUse("*** No help on " + wanted).hint("HELP lists the topics");
    }
    return lines;
  }

  /** The names of all topics. */
  static Collection<String> names() {
    return topics().keySet();
  }

  private static String coloured(Output output, String line) {
    return line.startsWith("    ")
        ? output.style().paint(Tone.TEXT, line)
        : !line.isEmpty() && line.equals(line.toUpperCase(Locale.ROOT))
            ? output.style().paint(Tone.HEADING, line)
            : line;
  }

  private static Map<String, List<String>> topics() {
    Map<String, List<String>> topics = new LinkedHashMap<>();
    try (InputStream stream = Help.class.getResourceAsStream(FILE);
        BufferedReader reader =
            new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
      List<String> lines = new ArrayList<>();
      for (String line; (line = reader.readLine()) != null; ) {
        if (line.startsWith(HEAD)) {
          lines = new ArrayList<>();
          for (String name : line.substring(HEAD.length()).split(", ")) {
            topics.put(name, lines);
          }
        } else {
          lines.add(line);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return topics;
  }
}
