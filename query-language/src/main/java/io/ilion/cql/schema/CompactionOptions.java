package io.ilion.cql.schema;

import io.ilion.model.CqlException;
import io.ilion.model.schema.TableProperties;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Reads the table option {@code compaction}: the strategy, and what holds for all of them. */
final class CompactionOptions {
  private static final Set<String> STRATEGIES =
      Set.of(
          "SizeTieredCompactionStrategy",
          "LeveledCompactionStrategy",
          "TimeWindowCompactionStrategy",
          "UnifiedCompactionStrategy");
  private static final Set<String> PROVIDED_TOMBSTONES = Set.of("NONE", "ROW", "CELL");

  private CompactionOptions() {}

  /** The options given, checked and completed, or {@code base} when none were given. */
  static Map<String, String> read(Map<String, String> given, Map<String, String> base) {
    if (given == null) {
      return base;
    }
    PropertyReader.checkLengths("compaction", given);
    String name = given.get("class");
    if (name == null) {
      throw CqlException.config("Missing sub-option 'class' for the 'compaction' option");
    }
    String full = name.contains(".") ? name : TableProperties.COMPACTION_PACKAGE + name;
    String strategy =
        full.startsWith(TableProperties.COMPACTION_PACKAGE)
            ? full.substring(TableProperties.COMPACTION_PACKAGE.length())
            : full;
    if (!STRATEGIES.contains(strategy)) {
      throw CqlException.config("Unable to find compaction strategy class '%s'", full);
    }
    checkProvidedTombstones(given.get("provide_overlapping_tombstones"));
    Map<String, String> result = new HashMap<>(given);
    result.put("class", full);
    boolean unified = strategy.equals("UnifiedCompactionStrategy");
    if (!unified) {
      result.putIfAbsent("max_threshold", "32");
      result.putIfAbsent("min_threshold", "4");
    }
    Map<String, String> others = new StrategyChecks(result).othersOf(strategy);
    if (!others.isEmpty()) {
      throw CqlException.config(
          "Properties specified %s are not understood by %s", others.keySet(), strategy);
    }
    if (!unified) {
      checkThresholds(result);
    }
    return new TreeMap<>(result);
  }

  private static void checkProvidedTombstones(String given) {
    String upper = given == null ? "NONE" : given.toUpperCase(Locale.ROOT);
    if (!PROVIDED_TOMBSTONES.contains(upper)) {
      throw CqlException.config(
          "Invalid value %s for 'provide_overlapping_tombstones' compaction sub-option - must be"
              + " one of the following [NONE, ROW, CELL].",
          upper);
    }
  }

  private static void checkThresholds(Map<String, String> options) {
    int min = threshold(options, "min_threshold");
    int max = threshold(options, "max_threshold");
    if (min <= 0 || max <= 0) {
      throw CqlException.config(
          "Disabling compaction by setting compaction thresholds to 0 has been removed, set the"
              + " compaction option 'enabled' to false instead.");
    }
    if (min < 2) {
      throw CqlException.config("Min compaction threshold cannot be less than 2 (got %d)", min);
    }
    if (min > max) {
      throw CqlException.config(
          "Min compaction threshold (got %d) cannot be greater than max compaction threshold"
              + " (got %d)",
          min, max);
    }
  }

  private static int threshold(Map<String, String> options, String name) {
    String text = options.get(name);
    // Nine digits at most: nobody has more files.
    if (text.isEmpty() || text.length() > 9 || !text.chars().allMatch(Character::isDigit)) {
      throw CqlException.config(
          "Invalid value %s for '%s' compaction sub-option - must be an integer", text, name);
    }
    return Integer.parseInt(text);
  }
}
