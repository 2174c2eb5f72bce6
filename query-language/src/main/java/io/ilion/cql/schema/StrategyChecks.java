package io.ilion.cql.schema;

import io.ilion.model.CqlException;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Checks the options of the compaction strategies, in Cassandra's order and with its messages. What
 * was checked is taken out; what is left at the end is unknown.
 */
final class StrategyChecks {
  private static final BigInteger MOST_OF_LEVEL = BigInteger.valueOf(Long.MAX_VALUE);
  private static final int HIGHEST_LEVEL = 8;

  private Map<String, String> rest;

  StrategyChecks(Map<String, String> options) {
    this.rest = new HashMap<>(options);
  }

  /** The options that a strategy does not know; throws if one that it knows is wrong. */
  Map<String, String> othersOf(String strategy) {
    checkCommon();
    switch (strategy) {
      case "SizeTieredCompactionStrategy" -> checkSizeTiered();
      case "LeveledCompactionStrategy" -> checkLeveled();
      case "TimeWindowCompactionStrategy" -> checkTimeWindow();
      default -> {
        // The order in which unknown options are told is that of a map of what is left here.
        rest = new HashMap<>(rest);
        new UnifiedChecks(rest).check();
      }
    }
    return rest;
  }

  private void checkCommon() {
    double threshold =
        decimal("tombstone_threshold", 0, "%s is not a parsable int (base10) for %s");
    if (threshold < 0) {
      throw CqlException.config(
          "tombstone_threshold must be greater than 0, but was %s",
          String.format(Locale.ROOT, "%f", (float) threshold));
    }
    long interval = whole("tombstone_compaction_interval", 0);
    if (interval < 0) {
      throw CqlException.config(
          "tombstone_compaction_interval must be greater than 0, but was %d", interval);
    }
    checkFlag(
        "unchecked_tombstone_compaction", "'%s' should be either 'true' or 'false', not '%s'");
    checkFlag("log_all", "'%s' should either be 'true' or 'false', not %s");
    checkFlag("enabled", "%s should either be 'true' or 'false', not %s");
    rest.keySet()
        .removeAll(
            Set.of("class", "only_purge_repaired_tombstones", "provide_overlapping_tombstones"));
  }

  private void checkSizeTiered() {
    long least = whole("min_sstable_size", 0);
    if (least < 0) {
      throw CqlException.config("min_sstable_size must be non negative: %d", least);
    }
    double low = decimal("bucket_low", 0.5, "%s is not a parsable float for %s");
    double high = decimal("bucket_high", 1.5, "%s is not a parsable float for %s");
    if (high <= low) {
      throw CqlException.config(
          "bucket_high value (%s) is less than or equal to the bucket_low value (%s)", high, low);
    }
    rest.remove("min_threshold");
    rest.remove("max_threshold");
  }

  private void checkLeveled() {
    int megabytes = integer("sstable_size_in_mb", 1);
    checkLarger("sstable_size_in_mb", megabytes);
    rest.remove("single_sstable_uplevel");
    int fanOut = integer("fanout_size", 10);
    checkLarger("fanout_size", fanOut);
    BigInteger highest =
        BigInteger.valueOf(fanOut)
            .pow(HIGHEST_LEVEL)
            .multiply(BigInteger.valueOf((long) megabytes << 20));
    if (highest.compareTo(MOST_OF_LEVEL) > 0) {
      throw CqlException.config(
          "At most %s bytes may be in a compaction level; your maxSSTableSize must be absurdly high"
              + " to compute %s",
          MOST_OF_LEVEL, highest);
    }
    checkSizeTiered();
  }

  private static void checkLarger(String name, int value) {
    if (value < 1) {
      throw CqlException.config("%s must be larger than 0, but was %d", name, value);
    }
  }

  private void checkTimeWindow() {
    checkUnit(
        "timestamp_resolution", Set.of("NANOSECONDS", "MICROSECONDS", "MILLISECONDS", "SECONDS"));
    checkUnit("compaction_window_unit", Set.of("MINUTES", "HOURS", "DAYS"));
    int size = integer("compaction_window_size", 1);
    if (size < 1) {
      throw CqlException.config("%d must be greater than 1 for compaction_window_size", size);
    }
    long seconds = whole("expired_sstable_check_frequency_seconds", 600);
    if (seconds < 0) {
      throw CqlException.config(
          "expired_sstable_check_frequency_seconds must not be negative, but was %d", seconds);
    }
    String unsafe =
        checkFlag("unsafe_aggressive_sstable_expiration", "%s is not 'true' or 'false' (%s)");
    if ("true".equalsIgnoreCase(unsafe)) {
      throw CqlException.config(
          "unsafe_aggressive_sstable_expiration is requested but not allowed, restart cassandra"
              + " with -Dcassandra.allow_unsafe_aggressive_sstable_expiration=true to allow it");
    }
    checkSizeTiered();
  }

  private void checkUnit(String name, Set<String> units) {
    String given = rest.remove(name);
    if (given != null && !units.contains(given)) {
      throw CqlException.config("%s is not valid for %s", given, name);
    }
  }

  /** A flag as it was given, or null. */
  private String checkFlag(String name, String message) {
    String given = rest.remove(name);
    checkFlag(name, given, message);
    return given;
  }

  static void checkFlag(String name, String given, String message) {
    if (given != null && !given.equalsIgnoreCase("true") && !given.equalsIgnoreCase("false")) {
      throw CqlException.config(message, name, given);
    }
  }

  private double decimal(String name, double otherwise, String message) {
    String given = rest.remove(name);
    try {
      return given == null ? otherwise : Double.parseDouble(given);
    } catch (NumberFormatException e) {
      throw CqlException.config(message, given, name);
    }
  }

  private long whole(String name, long otherwise) {
    String given = rest.remove(name);
    try {
      return given == null ? otherwise : Long.parseLong(given);
    } catch (NumberFormatException e) {
      throw notWhole(given, "int", name);
    }
  }

  private int integer(String name, int otherwise) {
    return integer(name, rest.remove(name), otherwise);
  }

  static int integer(String name, String given, int otherwise) {
    try {
      return given == null ? otherwise : Integer.parseInt(given);
    } catch (NumberFormatException e) {
      throw notWhole(given, "int", name);
    }
  }

  static CqlException notWhole(String given, String type, String name) {
    return CqlException.config("%s is not a parsable %s (base10) for %s", given, type, name);
  }
}
