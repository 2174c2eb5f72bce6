package io.ilion.cql.schema;

import io.ilion.cql.ast.PropertyValue;
import io.ilion.model.CqlException;
import io.ilion.model.schema.TableProperties;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Table options from the properties of a statement, over what the table had. */
final class TableOptionsReader {
  private static final double LEAST_FP_CHANCE = 6.71E-5;
  private static final int MAX_TTL = 20 * 365 * 24 * 60 * 60;
  private static final double PLAIN_FP_CHANCE = 0.01;
  private static final double LEVELED_FP_CHANCE = 0.1;
  private static final Set<String> MEMTABLES = Set.of("default", "skiplist", "trie");

  private TableOptionsReader() {}

  /** The options of a new table: that of its bloom filters depends on its compaction. */
  static TableProperties readFirst(Map<String, PropertyValue> raw) {
    TableProperties read = read(raw, TableProperties.DEFAULT, PLAIN_FP_CHANCE);
    String leveled = TableProperties.COMPACTION_PACKAGE + "LeveledCompactionStrategy";
    return leveled.equals(read.compaction().get("class"))
        ? read(raw, TableProperties.DEFAULT, LEVELED_FP_CHANCE)
        : read;
  }

  static TableProperties read(Map<String, PropertyValue> raw, TableProperties base) {
    return read(raw, base, base.bloomFilterFpChance());
  }

  private static TableProperties read(
      Map<String, PropertyValue> raw, TableProperties base, double fpChance) {
    PropertyReader in = new PropertyReader(raw);
    // Given for compatibility with statements of older versions; they have no effect there either.
    in.has("id");
    in.has("read_repair_chance");
    in.has("dclocal_read_repair_chance");
    TableProperties read =
        new TableProperties(
            SpeculativeRetry.normalize(
                in.text("additional_write_policy", base.additionalWritePolicy())),
            in.flag("allow_auto_snapshot", base.allowAutoSnapshot()),
            in.decimal("bloom_filter_fp_chance", fpChance),
            caching(in.map("caching", null), base.caching()),
            in.flag("cdc", base.cdc()),
            in.text("comment", base.comment()),
            CompactionOptions.read(in.map("compaction", null), base.compaction()),
            CompressionOptions.read(in.map("compression", null), base.compression()),
            in.decimal("crc_check_chance", base.crcCheckChance()),
            in.integer("default_time_to_live", base.defaultTimeToLive()),
            in.has("extensions") ? new HashMap<>() : base.extensions(),
            in.integer("gc_grace_seconds", base.gcGraceSeconds()),
            in.flag("incremental_backups", base.incrementalBackups()),
            in.integer("max_index_interval", base.maxIndexInterval()),
            memtable(in.text("memtable", base.memtable())),
            in.integer("memtable_flush_period_in_ms", base.memtableFlushPeriodMillis()),
            in.integer("min_index_interval", base.minIndexInterval()),
            readRepair(in.text("read_repair", base.readRepair())),
            SpeculativeRetry.normalize(in.text("speculative_retry", base.speculativeRetry())));
    in.refuseOthers("Unknown property '%s'");
    check(read);
    return read;
  }

  private static void check(TableProperties p) {
    if (p.bloomFilterFpChance() <= LEAST_FP_CHANCE || p.bloomFilterFpChance() > 1) {
      throw CqlException.config(
          "bloom_filter_fp_chance must be larger than %s and less than or equal to 1.0 (got %s)",
          LEAST_FP_CHANCE, p.bloomFilterFpChance());
    }
    if (p.crcCheckChance() < 0 || p.crcCheckChance() > 1) {
      throw CqlException.config(
          "crc_check_chance must be larger than or equal to 0 and smaller than or equal to 1.0"
              + " (got %s)",
          p.crcCheckChance());
    }
    atLeast("default_time_to_live", p.defaultTimeToLive(), 0);
    if (p.defaultTimeToLive() > MAX_TTL) {
      throw CqlException.config(
          "default_time_to_live must be less than or equal to %d (got %d)",
          MAX_TTL, p.defaultTimeToLive());
    }
    atLeast("gc_grace_seconds", p.gcGraceSeconds(), 0);
    atLeast("min_index_interval", p.minIndexInterval(), 1);
    if (p.maxIndexInterval() < p.minIndexInterval()) {
      throw CqlException.config(
          "max_index_interval must be greater than or equal to min_index_interval (%d) (got %d)",
          p.minIndexInterval(), p.maxIndexInterval());
    }
    atLeast("memtable_flush_period_in_ms", p.memtableFlushPeriodMillis(), 0);
  }

  private static void atLeast(String name, int value, int least) {
    if (value < least) {
      throw CqlException.config(
          "%s must be greater than or equal to %d (got %d)", name, least, value);
    }
  }

  private static String readRepair(String text) {
    String upper = text.toUpperCase(Locale.ROOT);
    if (!upper.equals("BLOCKING") && !upper.equals("NONE")) {
      throw CqlException.config(
          "Invalid value %s for option 'read_repair', must be one of BLOCKING, NONE", text);
    }
    return upper;
  }

  private static String memtable(String name) {
    if (!MEMTABLES.contains(name)) {
      throw CqlException.config("Memtable configuration \"%s\" not found.", name);
    }
    return name;
  }

  private static Map<String, String> caching(Map<String, String> given, Map<String, String> base) {
    if (given == null) {
      return base;
    }
    Map<String, String> result = new TreeMap<>(Map.of("keys", "ALL", "rows_per_partition", "NONE"));
    given.forEach(
        (key, value) -> {
          if (!result.containsKey(key)) {
            throw CqlException.config(
                "Invalid caching sub-options %s: only 'keys' and 'rows_per_partition' are allowed",
                Set.of(key));
          }
          String upper = value.toUpperCase(Locale.ROOT);
          boolean rows = key.equals("rows_per_partition");
          boolean count = rows && value.matches("[0-9]+");
          if (!count && !upper.equals("ALL") && !upper.equals("NONE")) {
            throw CqlException.config(
                "Invalid value '%s' for caching sub-option '%s': only %s are allowed",
                value, key, rows ? "'ALL', 'NONE', and integer values" : "'ALL' and 'NONE'");
          }
          result.put(key, upper);
        });
    return result;
  }
}
