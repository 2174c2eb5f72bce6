package io.ilion.tools.admin;

import io.ilion.tools.console.ToolException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** Turns the words behind the name of an operation into its arguments. */
final class CommandLineArguments {
  /** What nodetool's users type. */
  private static final Map<String, String> SHORT =
      Map.ofEntries(
          Map.entry("-t", "--tag"),
          Map.entry("-ks", "--keyspace"),
          Map.entry("-pr", "--primary-range"),
          Map.entry("--partitioner-range", "--primary-range"),
          Map.entry("-st", "--start-token"),
          Map.entry("-et", "--end-token"),
          Map.entry("-ns", "--no-snapshot"),
          Map.entry("-id", "--id"),
          Map.entry("-cf", "--tables"),
          Map.entry("--table", "--tables"),
          Map.entry("--column-family", "--tables"),
          Map.entry("-kt", "--kt-list"),
          Map.entry("-kc", "--kt-list"),
          Map.entry("--kc-list", "--kt-list"),
          Map.entry("-f", "--force"));

  /** What they type of one operation, where it means something else of others. */
  private static final Map<String, Map<String, String>> SHORT_OF =
      Map.of("toppartitions", Map.of("-k", "--top", "-s", "--capacity"));

  /** nodetool's flag before a list of tables with their keyspaces, separated by commas. */
  private static final String TABLES = "--kt-list";

  /** nodetool's flags that ask for what is done anyway, and how many words follow each. */
  private static final Map<String, Integer> MEANINGLESS =
      Map.ofEntries(
          Map.entry("-H", 0),
          Map.entry("--human-readable", 0),
          Map.entry("-r", 0),
          Map.entry("--resolve-ip", 0),
          Map.entry("-s", 0),
          Map.entry("--split-output", 0),
          Map.entry("-j", 1),
          Map.entry("--jobs", 1),
          Map.entry("-full", 0),
          Map.entry("--full", 0),
          Map.entry("-seq", 0),
          Map.entry("--sequential", 0),
          Map.entry("-a", 0),
          Map.entry("--include-all-sstables", 0),
          Map.entry("-e", 0),
          Map.entry("--extended-verify", 0),
          Map.entry("-n", 0),
          Map.entry("--no-validate", 0),
          Map.entry("-nt", 0),
          Map.entry("--no-ttl", 0),
          Map.entry("-os", 0),
          Map.entry("--optimise-streams", 0),
          Map.entry("-dcpar", 0),
          Map.entry("--dc-parallel", 0),
          Map.entry("-g", 1),
          Map.entry("--granularity", 1),
          Map.entry("--force", 0));

  private CommandLineArguments() {}

  /**
   * Reads words.
   *
   * @param operation as the node describes it
   * @return values by parameter, as text, a list of texts, or true
   */
  static Map<String, Object> read(JsonNode operation, List<String> words) {
    String name = operation.path("name").asString();
    Map<String, JsonNode> byName = new LinkedHashMap<>();
    List<JsonNode> places = new ArrayList<>();
    for (JsonNode parameter : operation.path("parameters")) {
      byName.put(parameter.path("name").asString(), parameter);
      if (parameter.path("is_positional").asBoolean()) {
        places.add(parameter);
      }
    }
    Map<String, Object> values = new LinkedHashMap<>();
    boolean onlyPlaces = false;
    for (int i = 0; i < words.size(); i++) {
      String given = words.get(i);
      String known = SHORT.getOrDefault(given, given);
      String word = SHORT_OF.getOrDefault(name, Map.of()).getOrDefault(given, known);
      boolean isFlagged = !onlyPlaces && word.matches("-[-a-zA-Z].*");
      if (!onlyPlaces && word.equals("--")) {
        onlyPlaces = true;
      } else if (isFlagged
          && MEANINGLESS.containsKey(word)
          && !byName.containsKey(word.replaceFirst("^-+", ""))) {
        i += MEANINGLESS.get(word);
      } else if (isFlagged && word.equals(TABLES) && i + 1 < words.size()) {
        i++;
        for (String table : words.get(i).split(",")) {
          place(values, places, table, operation);
        }
      } else if (isFlagged && !word.startsWith("--")) {
        throw ToolException.wrongUse(name + " does not know " + word).hint(usage(operation));
      } else if (isFlagged) {
        int equals = word.indexOf('=');
        String flag = word.substring(2, equals < 0 ? word.length() : equals);
        JsonNode parameter = byName.get(flag);
        if (parameter == null) {
          throw ToolException.wrongUse(name + " does not know --" + flag).hint(usage(operation));
        }
        boolean isFlag = parameter.path("type").asString().equals("boolean");
        if (equals >= 0) {
          put(values, parameter, word.substring(equals + 1));
        } else if (isFlag) {
          values.put(flag, true);
        } else if (i + 1 < words.size()) {
          i++;
          put(values, parameter, words.get(i));
        } else {
          throw ToolException.wrongUse("--" + flag + " needs a value").hint(usage(operation));
        }
      } else {
        place(values, places, word, operation);
      }
    }
    return values;
  }

  private static void place(
      Map<String, Object> values, List<JsonNode> places, String word, JsonNode operation) {
    for (JsonNode parameter : places) {
      boolean isMany = parameter.path("type").asString().equals("texts");
      if (isMany || !values.containsKey(parameter.path("name").asString())) {
        put(values, parameter, word);
        return;
      }
    }
    throw ToolException.wrongUse(
            operation.path("name").asString() + " does not know what to do with '" + word + "'")
        .hint(usage(operation));
  }

  @SuppressWarnings("unchecked") // Only texts have lists.
  private static void put(Map<String, Object> values, JsonNode parameter, String text) {
    String name = parameter.path("name").asString();
    if (parameter.path("type").asString().equals("texts")) {
      ((List<String>) values.computeIfAbsent(name, key -> new ArrayList<String>())).add(text);
    } else {
      values.put(name, text);
    }
  }

  /** How an operation is called, in one line. */
  static String usage(JsonNode operation) {
    StringBuilder usage = new StringBuilder("usage: ilion admin ");
    usage.append(operation.path("name").asString());
    for (JsonNode parameter : operation.path("parameters")) {
      String name = parameter.path("name").asString();
      String type = parameter.path("type").asString();
      String text =
          parameter.path("is_positional").asBoolean()
              ? name.toUpperCase(Locale.ROOT) + (type.equals("texts") ? "..." : "")
              : type.equals("boolean") ? "--" + name : "--" + name + " " + type;
      usage.append(parameter.path("is_required").asBoolean() ? " " + text : " [" + text + "]");
    }
    return usage.toString();
  }
}
