package io.ilion.cql.schema;

import io.ilion.model.CqlException;
import io.ilion.model.schema.TableProperties;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Reads the table option {@code compaction}: which options each strategy takes, and their bounds.
 */
final class CompactionOptions {
  private static final Set<String> COMMON =
      Set.of(
          "class",
          "enabled",
          "log_all",
          "max_threshold",
          "min_threshold",
          "only_purge_repaired_tombstones",
          "provide_overlapping_tombstones",
          "tombstone_compaction_interval",
          "tombstone_threshold",
          "unchecked_tombstone_compaction");
  private static final Set<String> SIZE_TIERED =
      Set.of("bucket_high", "bucket_low", "min_sstable_size");
  private static final Set<String> LEVELED =
      Set.of("fanout_size", "single_sstable_uplevel", "sstable_size_in_mb");
  private static final Set<String> TIME_WINDOW =
      Set.of(
          "bucket_high",
          "bucket_low",
          "compaction_window_size",
          "compaction_window_unit",
          "expired_sstable_check_frequency_seconds",
          "min_sstable_size",
          "timestamp_resolution",
          "unsafe_aggressive_sstable_expiration");
  private static final Set<String> UNIFIED =
      Set.of(
          "base_shard_count",
          "expired_sstable_check_frequency_seconds",
          "flush_size_override",
          "max_sstables_to_compact",
          "min_sstable_size",
          "overlap_inclusion_method",
          "parallelize_output_shards",
          "scaling_parameters",
          "sstable_growth",
          "target_sstable_size",
          "unsafe_aggressive_sstable_expiration");
  private static final Map<String, Set<String>> STRATEGIES =
      Map.of(
          "SizeTieredCompactionStrategy", SIZE_TIERED,
          "LeveledCompactionStrategy", LEVELED,
          "TimeWindowCompactionStrategy", TIME_WINDOW,
          "UnifiedCompactionStrategy", UNIFIED);

  private CompactionOptions() {}

  /** The options given, checked and completed, or {@code base} when none were given. */
  static Map<String, String> read(Map<String, String> given, Map<String, String> base) {
    if (given == null) {
      return base;
    }
    String name = given.get("class");
    if (name == null) {
      throw CqlException.config("Missing sub-option 'class' for the 'compaction' option");
    }
    String simple = name.substring(name.lastIndexOf('.') + 1);
    if (!STRATEGIES.containsKey(simple)) {
      throw CqlException.config(
          "Unable to find compaction strategy class '%s%s'",
          name.contains(".") ? "" : TableProperties.COMPACTION_PACKAGE, name);
    }
    Map<String, String> result = new TreeMap<>(given);
    result.put("class", TableProperties.COMPACTION_PACKAGE + simple);
    if (!simple.equals("UnifiedCompactionStrategy")) {
      result.putIfAbsent("max_threshold", "32");
      result.putIfAbsent("min_threshold", "4");
    }
    refuseOthers(result, simple);
    checkThresholds(result);
    checkWindow(result);
    return result;
  }

  private static void refuseOthers(Map<String, String> options, String strategy) {
    Set<String> known = new HashSet<>(COMMON);
    known.addAll(STRATEGIES.get(strategy));
    List<String> others = new ArrayList<>(options.keySet());
    others.removeAll(known);
    if (!others.isEmpty()) {
      throw CqlException.config(
          "Properties specified %s are not understood by %s", others, strategy);
    }
  }

  private static void checkThresholds(Map<String, String> options) {
    int min = integer(options, "min_threshold", 4);
    int max = integer(options, "max_threshold", 32);
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

  private static void checkWindow(Map<String, String> options) {
    int size = integer(options, "compaction_window_size", 1);
    if (size < 1) {
      throw CqlException.config("%d must be greater than 1 for compaction_window_size", size);
    }
  }

  private static int integer(Map<String, String> options, String name, int otherwise) {
    String text = options.get(name);
    try {
      return text == null ? otherwise : Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw CqlException.config(
          "Invalid value %s for '%s' compaction sub-option - must be an integer", text, name);
    }
  }
}
