package io.ilion.cql.schema;

import io.ilion.model.CqlException;
import io.ilion.model.schema.ByteSizes;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** Checks the options of the unified compaction strategy; takes out what it has checked. */
final class UnifiedChecks {
  private static final Pattern SCALING = Pattern.compile("N|L[0-9]+|T[0-9]+|[+-]?[0-9]+");
  private static final long LEAST_TARGET_BYTES = 1 << 20;
  private static final long DEFAULT_TARGET_BYTES = 1 << 30;
  private static final Set<String> REACHES = Set.of("NONE", "SINGLE", "TRANSITIVE");

  private final Map<String, String> rest;

  UnifiedChecks(Map<String, String> rest) {
    this.rest = rest;
  }

  void check() {
    checkScaling(rest.remove("scaling_parameters"));
    int shards = StrategyChecks.integer("base_shard_count", rest.remove("base_shard_count"), 4);
    checkPositive("base_shard_count", shards);
    double target = target(rest.remove("target_sstable_size"));
    checkFlushSize(rest.remove("flush_size_override"));
    StrategyChecks.integer("max_sstables_to_compact", rest.remove("max_sstables_to_compact"), 32);
    checkCheckFrequency(rest.remove("expired_sstable_check_frequency_seconds"));
    StrategyChecks.checkFlag(
        "unsafe_aggressive_sstable_expiration",
        rest.remove("unsafe_aggressive_sstable_expiration"),
        "%s should either be 'true' or 'false', not %s");
    checkReach(rest.remove("overlap_inclusion_method"));
    checkLeastSize(rest.remove("min_sstable_size"), (long) target);
    checkGrowth(rest.remove("sstable_growth"));
  }

  private static void checkScaling(String given) {
    if (given == null) {
      return;
    }
    for (String element : given.split(",")) {
      String parameter = element.trim();
      if (!SCALING.matcher(parameter).matches()) {
        throw CqlException.config(
            "Scaling parameter %s must match %s", parameter, SCALING.pattern());
      }
      String number = parameter.replaceFirst("[NLT]", "");
      try {
        if (!number.isEmpty() && Integer.parseInt(number) < 2 && !number.equals(parameter)) {
          throw CqlException.config("Fan factor cannot be lower than 2 in %s", parameter);
        }
      } catch (NumberFormatException e) {
        throw CqlException.config(
            "org.apache.cassandra.db.compaction.UnifiedCompactionStrategy.validateOptions() threw"
                + " an error: java.lang.NumberFormatException %s",
            e.getMessage());
      }
    }
  }

  private static void checkPositive(String name, long value) {
    if (value < 1) {
      throw CqlException.config("Invalid configuration, %s should be positive: %d", name, value);
    }
  }

  private static double target(String given) {
    if (given == null) {
      return DEFAULT_TARGET_BYTES;
    }
    double size = size("target_sstable_size", given);
    if (size < LEAST_TARGET_BYTES) {
      throw tooSmall("target_sstable_size", given);
    }
    if (size >= 0x1p63) {
      throw CqlException.config("target_sstable_size %s is out of range of Long.", given);
    }
    return size;
  }

  private static void checkFlushSize(String given) {
    if (given != null && (long) size("flush_size_override", given) < LEAST_TARGET_BYTES) {
      throw tooSmall("flush_size_override", given);
    }
  }

  private static double size(String name, String given) {
    try {
      return ByteSizes.parse(given);
    } catch (NumberFormatException e) {
      throw CqlException.config(
          "%s %s is not a valid size in bytes: %s", name, given, e.getMessage());
    }
  }

  private static CqlException tooSmall(String name, String given) {
    return CqlException.config(
        "%s %s is not acceptable, size must be at least %s",
        name, given, ByteSizes.print(LEAST_TARGET_BYTES));
  }

  private static void checkCheckFrequency(String given) {
    String name = "expired_sstable_check_frequency_seconds";
    try {
      checkPositive(name, given == null ? 1 : Long.parseLong(given));
    } catch (NumberFormatException e) {
      throw StrategyChecks.notWhole(given, "long", name);
    }
  }

  private static void checkReach(String given) {
    if (given != null && !REACHES.contains(given.toUpperCase(Locale.ROOT))) {
      throw CqlException.config(
          "Invalid overlap inclusion method %s. The valid options are [NONE, SINGLE, TRANSITIVE].",
          given);
    }
  }

  private static void checkLeastSize(String given, long target) {
    if (given == null) {
      return;
    }
    long size;
    try {
      size = ByteSizes.parseLong(given);
    } catch (NumberFormatException e) {
      throw CqlException.config("%s is not a valid size in bytes for min_sstable_size", given);
    }
    if (size < 0) {
      throw CqlException.config(
          "Invalid configuration, min_sstable_size should be greater than or equal to 0 (zero)");
    }
    // Cassandra keeps the limit in 32 bits, so it is 2 GiB at most.
    if (size >= (int) Math.ceil(target * Math.sqrt(0.5))) {
      throw CqlException.config(
          "Invalid configuration, min_sstable_size (%s) should be less than 70%% of the"
              + " targetSSTableSize (%s)",
          ByteSizes.print(size), ByteSizes.print(target));
    }
  }

  private static void checkGrowth(String given) {
    if (given == null) {
      return;
    }
    double growth;
    try {
      growth =
          given.endsWith("%")
              ? Double.parseDouble(given.substring(0, given.length() - 1)) / 100
              : Double.parseDouble(given);
    } catch (NumberFormatException e) {
      throw CqlException.config(
          "sstable_growth is not a valid number between 0 and 1: %s", e.getMessage());
    }
    if (growth < 0 || growth > 1) {
      throw CqlException.config("sstable_growth %s must be between 0 and 1", given);
    }
  }
}
